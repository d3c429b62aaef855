/**
 * InitProducerId: an id for an idempotent producer, or the id and epoch of a transactional one.
 * Some clients of the former send 0 where they mean "none yet", so what they say is not looked at.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { initProducerId } from '../../protocol/init-producer-id.ts'
import { RequestError } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMay, may, refused } from '../security/access.ts'
import { codeFor } from '../transactions/transaction-errors.ts'

/** Older clients know only of INVALID_PRODUCER_EPOCH (KIP-588). */
const fencedVersion = 4

export const handleInitProducerId: Handler<typeof initProducerId> = async (request, context) => {
  const { broker, session, version } = context
  const { transactionalId } = request
  try {
    if (transactionalId === null) {
      const { authorizer } = broker
      // Who may write to any topic may do so without repetitions (KIP-679).
      if (
        !may(context, 'idempotentWrite', 'cluster') &&
        !authorizer.allowsAny(session, 'write', 'topic')
      ) {
        throw refused('cluster')
      }
      const producerId = await broker.producerIds.next(broker.options.nodeId)
      return { errorCode: errorCodes.NONE, producerId, producerEpoch: 0 }
    }
    checkMay(context, 'write', 'transactionalId', transactionalId)
    if (transactionalId === '') {
      throw new RequestError('INVALID_REQUEST', 'The transactional id is empty.')
    }
    if ((request.producerId === -1) !== (request.producerEpoch === -1)) {
      throw new RequestError('INVALID_REQUEST', 'A producer id and its epoch come together.')
    }
    const identity = await broker.transactions.initialise({ ...request, transactionalId })
    const { producerId, producerEpoch } = identity
    return { errorCode: errorCodes.NONE, producerId, producerEpoch }
  } catch (error) {
    return { errorCode: codeFor(error, { knowsFenced: version >= fencedVersion }) }
  }
}
