/**
 * ListTransactions: the transactional ids that are known, by state, producer, age and name
 * (KIP-664).
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { listTransactions } from '../../protocol/list-transactions.ts'
import { withExpressions } from '../expressions.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may } from '../security/access.ts'
import { matchingIds } from '../transactions/id-pattern.ts'
import { transactionStatuses } from '../transactions/transaction.ts'

type ListHandler = Handler<typeof listTransactions>

const list: ListHandler = (request, context) => {
  const { broker } = context
  const { producerIdFilters, durationFilter, transactionalIdPattern: pattern } = request
  const known: readonly string[] = transactionStatuses
  const states = request.stateFilters.filter((state) => known.includes(state))
  const oldestMs = broker.clock.now() - durationFilter
  const found = [...broker.transactions.all()].filter(
    ({ status, producerId, startedAtMs }) =>
      (request.stateFilters.length === 0 || states.includes(status)) &&
      (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
      (durationFilter < 0 || (startedAtMs >= 0 && startedAtMs < oldestMs)),
  )
  let matching: ReadonlySet<string> | undefined
  try {
    const ids = found.map(({ transactionalId }) => transactionalId)
    // No pattern, or an empty one, asks for all.
    if (pattern) matching = matchingIds(pattern, ids)
  } catch (error) {
    return { errorCode: refusalOf(error).errorCode }
  }
  return {
    errorCode: errorCodes.NONE,
    unknownStateFilters: request.stateFilters.filter((state) => !known.includes(state)),
    transactionStates: found
      .filter(({ transactionalId }) => matching?.has(transactionalId) ?? true)
      .filter(({ transactionalId }) => may(context, 'describe', 'transactionalId', transactionalId))
      .map(({ transactionalId, producerId, status }) => ({
        transactionalId,
        producerId,
        transactionState: status,
      })),
  }
}

export const handleListTransactions: ListHandler = (request, context) =>
  withExpressions(request.transactionalIdPattern, () => list(request, context))
