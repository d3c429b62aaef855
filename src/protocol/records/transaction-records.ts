/**
 * Records of `__transaction_state`: the state of each transactional id.
 *
 * Version 1 of the value is flexible; it adds what transactions of KIP-890 need.
 */

import {
  array,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  string,
  tagged,
  type ValueOf,
} from '../codec.ts'
import { struct } from '../struct.ts'
import { inflexible, recordSchema, typedRecordSchema } from './record-schema.ts'

export const transactionLogKey = typedRecordSchema({
  type: 0,
  name: 'TransactionLogKey',
  versions: inflexible,
  codec: struct({ transactionalId: string }),
})
export type TransactionLogKey = ValueOf<typeof transactionLogKey.codec>

export const transactionLogValue = recordSchema({
  name: 'TransactionLogValue',
  versions: { min: 0, max: 1, flexibleFrom: 1 },
  codec: struct({
    producerId: int64,
    previousProducerId: tagged({ number: 0, min: 1 }, int64, -1),
    nextProducerId: tagged({ number: 1, min: 1 }, int64, -1),
    producerEpoch: int16,
    nextProducerEpoch: tagged({ number: 3, min: 1 }, int16, -1),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: nullableArray(struct({ topic: string, partitionIds: array(int32) })),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: tagged({ number: 2, min: 1 }, int16, 0),
  }),
})
export type TransactionLogValue = ValueOf<typeof transactionLogValue.codec>
