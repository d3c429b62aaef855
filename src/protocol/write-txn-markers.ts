/**
 * WriteTxnMarkers: a transaction coordinator writes the end of a transaction into its partitions.
 *
 * Versions 1–2. Version 1 is flexible (KIP-482), 2 adds the transaction version (KIP-1228).
 */

import { api } from './api.ts'
import { array, boolean, int16, int32, int64, int8, since, string } from './codec.ts'
import { struct } from './struct.ts'

export const writeTxnMarkers = api({
  name: 'WriteTxnMarkers',
  key: 27,
  versions: { min: 1, max: 2, flexibleFrom: 1 },
  request: struct({
    markers: array(
      struct({
        producerId: int64,
        producerEpoch: int16,
        transactionResult: boolean,
        topics: array(struct({ name: string, partitionIndexes: array(int32) })),
        coordinatorEpoch: int32,
        transactionVersion: since(2, int8, 0),
      }),
    ),
  }),
  response: struct({
    markers: array(
      struct({
        producerId: int64,
        topics: array(
          struct({
            name: string,
            partitions: array(struct({ partitionIndex: int32, errorCode: int16 })),
          }),
        ),
      }),
    ),
  }),
})
