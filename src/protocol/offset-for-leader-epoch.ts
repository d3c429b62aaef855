/**
 * OffsetForLeaderEpoch: tells where the records of a leader epoch end, so that a consumer notices
 * lost records (KIP-101).
 *
 * Versions 2–4. Version 2 checks the current leader epoch (KIP-320), 3 adds the replica id, where
 * -2 is a debugging client, 4 is flexible (KIP-482).
 */

import { api } from './api.ts'
import { array, int16, int32, int64, optional, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const offsetForLeaderEpoch = api({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  versions: { min: 2, max: 4, flexibleFrom: 4 },
  request: struct({
    replicaId: since(3, int32, -2),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            partition: int32,
            currentLeaderEpoch: optional(int32, -1),
            leaderEpoch: int32,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    topics: array(
      struct({
        topic: string,
        partitions: array(
          struct({
            errorCode: int16,
            partition: int32,
            leaderEpoch: optional(int32, -1),
            endOffset: optional(int64, -1),
          }),
        ),
      }),
    ),
  }),
})
