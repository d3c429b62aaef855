/**
 * InitProducerId: an id for an idempotent producer. Some clients send 0 where they mean "none yet",
 * so what they say of an earlier id is not looked at. Transactional ids come with transactions.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { initProducerId } from '../../protocol/init-producer-id.ts'
import type { Handler } from '../request-context.ts'

export const handleInitProducerId: Handler<typeof initProducerId> = async (request, { broker }) => {
  if (request.transactionalId !== null) {
    // Not retriable, so that a client tells its user instead of asking for ever.
    return { errorCode: errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED }
  }
  const producerId = await broker.producerIds.next(broker.options.nodeId)
  return { errorCode: errorCodes.NONE, producerId, producerEpoch: 0 }
}
