/** DescribeTransactions: the state of transactional ids (KIP-664). Version 0. */

import type { describeTransactions } from '../../protocol/describe-transactions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleDescribeTransactions: Handler<typeof describeTransactions> = (
  { transactionalIds },
  context,
) => ({
  // Once each, however often it is asked for: its partitions may be many.
  transactionStates: [...new Set(transactionalIds)].map((transactionalId) => {
    if (!may(context, 'describe', 'transactionalId', transactionalId)) {
      return { transactionalId, errorCode: refused('transactionalId').errorCode }
    }
    if (transactionalId === '') return { transactionalId, errorCode: errorCodes.INVALID_REQUEST }
    const transaction = context.broker.transactions.get(transactionalId)
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
      topics: [...partitions]
        .filter(([topic]) => may(context, 'describe', 'topic', topic))
        .map(([topic, ids]) => ({ topic, partitions: [...ids] })),
    }
  }),
})
