/** DescribeTransactions: the state of transactional ids (KIP-664). Version 0. */

import type { describeTransactions } from '../../protocol/describe-transactions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'

export const handleDescribeTransactions: Handler<typeof describeTransactions> = (
  { transactionalIds },
  { broker },
) => ({
  transactionStates: transactionalIds.map((transactionalId) => {
    if (transactionalId === '') return { transactionalId, errorCode: errorCodes.INVALID_REQUEST }
    const transaction = broker.transactions.get(transactionalId)
    if (!transaction) {
      return { transactionalId, errorCode: errorCodes.TRANSACTIONAL_ID_NOT_FOUND }
    }
    const { partitions } = transaction
    return {
      errorCode: errorCodes.NONE,
      transactionalId,
      transactionState: transaction.status,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStartTimeMs: transaction.startedAtMs,
      producerId: transaction.producerId,
      producerEpoch: transaction.producerEpoch,
      topics: [...partitions].map(([topic, ids]) => ({ topic, partitions: [...ids] })),
    }
  }),
})
