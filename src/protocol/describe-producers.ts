/**
 * DescribeProducers: lists the producers that recently wrote to partitions (KIP-664).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import { array, clampedInt64, errorText, int16, int32, int64, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const describeProducers = api({
  name: 'DescribeProducers',
  key: 61,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({
    topics: array(struct({ name: string, partitionIndexes: array(int32) })),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            errorCode: int16,
            errorMessage: optional(errorText, null),
            activeProducers: optional(
              array(
                struct({
                  producerId: int64,
                  producerEpoch: int32,
                  lastSequence: optional(int32, -1),
                  lastTimestamp: optional(clampedInt64, -1),
                  coordinatorEpoch: int32,
                  currentTxnStartOffset: optional(int64, -1),
                }),
              ),
              [],
            ),
          }),
        ),
      }),
    ),
  }),
})
