/**
 * AlterReplicaLogDirs: moves replicas from one data directory of a broker to another (KIP-113).
 *
 * Versions 1–2. Version 2 is flexible (KIP-482).
 */

import { api } from './api.ts'
import { array, int16, int32, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const alterReplicaLogDirs = api({
  name: 'AlterReplicaLogDirs',
  key: 34,
  versions: { min: 1, max: 2, flexibleFrom: 2 },
  request: struct({
    dirs: array(
      struct({ path: string, topics: array(struct({ name: string, partitions: array(int32) })) }),
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    results: array(
      struct({
        topicName: string,
        partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  }),
})
