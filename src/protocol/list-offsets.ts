/**
 * ListOffsets: finds the offset for a timestamp, or for one of the special ones below 0.
 *
 * Versions 1–11. Version 1 gives one offset instead of a list (KIP-79), 2 adds the isolation level
 * (KIP-98), 4 adds leader epochs (KIP-320), 6 is flexible (KIP-482), 7 adds the timestamp -3, the
 * largest one (KIP-734), 8 adds -4, the first local offset (KIP-405), 9 adds -5, the last tiered
 * one (KIP-1005), 10 adds the timeout (KIP-1075), 11 adds -6, the first offset not yet tiered
 * (KIP-1023).
 */

import { api } from './api.ts'
import { array, clampedInt64, int16, int32, int64, int8, optional, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const listOffsets = api({
  name: 'ListOffsets',
  key: 2,
  versions: { min: 1, max: 11, flexibleFrom: 6 },
  request: struct({
    replicaId: optional(int32, -1),
    isolationLevel: since(2, int8, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            currentLeaderEpoch: since(4, int32, -1),
            timestamp: clampedInt64,
          }),
        ),
      }),
    ),
    timeoutMs: since(10, int32, 0),
  }),
  response: struct({
    throttleTimeMs: since(2, int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            timestamp: optional(clampedInt64, -1),
            offset: optional(int64, -1),
            leaderEpoch: since(4, int32, -1),
          }),
        ),
      }),
    ),
  }),
})
