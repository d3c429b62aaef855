/**
 * ListTransactions: the transactional ids that are known, by state, producer, age and name
 * (KIP-664). Versions 0–1: the pattern of version 2 is a regular expression, which a broker must
 * not run for anybody.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { listTransactions } from '../../protocol/list-transactions.ts'
import type { Handler } from '../request-context.ts'
import { transactionStatuses } from '../transactions/transaction.ts'

export const handleListTransactions: Handler<typeof listTransactions> = (request, { broker }) => {
  const { producerIdFilters, durationFilter } = request
  const known: readonly string[] = transactionStatuses
  const states = request.stateFilters.filter((state) => known.includes(state))
  const oldestMs = broker.clock.now() - durationFilter
  const listed = [...broker.transactions.all()].filter(
    ({ status, producerId, startedAtMs }) =>
      (request.stateFilters.length === 0 || states.includes(status)) &&
      (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
      (durationFilter < 0 || (startedAtMs >= 0 && startedAtMs < oldestMs)),
  )
  return {
    errorCode: errorCodes.NONE,
    unknownStateFilters: request.stateFilters.filter((state) => !known.includes(state)),
    transactionStates: listed.map(({ transactionalId, producerId, status }) => ({
      transactionalId,
      producerId,
      transactionState: status,
    })),
  }
}
