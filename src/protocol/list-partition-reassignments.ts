/**
 * ListPartitionReassignments: lists the moves of replicas that are under way (KIP-455).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import { array, errorText, int16, int32, nullableArray, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const listPartitionReassignments = api({
  name: 'ListPartitionReassignments',
  key: 46,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({
    timeoutMs: optional(int32, 60_000),
    topics: optional(nullableArray(struct({ name: string, partitionIndexes: array(int32) })), []),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    topics: optional(
      array(
        struct({
          name: string,
          partitions: array(
            struct({
              partitionIndex: int32,
              replicas: array(int32),
              addingReplicas: array(int32),
              removingReplicas: array(int32),
            }),
          ),
        }),
      ),
      [],
    ),
  }),
})
