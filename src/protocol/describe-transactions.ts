/**
 * DescribeTransactions: tells the state of transactions and their partitions (KIP-664).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import { array, int16, int32, int64, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const describeTransactions = api({
  name: 'DescribeTransactions',
  key: 65,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({ transactionalIds: array(string) }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    transactionStates: array(
      struct({
        errorCode: int16,
        transactionalId: string,
        transactionState: optional(string, ''),
        transactionTimeoutMs: optional(int32, 0),
        transactionStartTimeMs: optional(int64, 0),
        producerId: optional(int64, 0),
        producerEpoch: optional(int16, 0),
        topics: optional(array(struct({ topic: string, partitions: array(int32) })), []),
      }),
    ),
  }),
})
