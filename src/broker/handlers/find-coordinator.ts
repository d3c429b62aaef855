/** FindCoordinator: who looks after a group or a transactional id. It is always this broker. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { findCoordinator } from '../../protocol/find-coordinator.ts'
import type { Handler } from '../request-context.ts'

const keyTypes = { group: 0, transaction: 1, share: 2 } as const

export const handleFindCoordinator: Handler<typeof findCoordinator> = (request, context) => {
  const { broker, peer, version } = context
  const { keyType } = request
  const isKnown = keyType === keyTypes.group || keyType === keyTypes.transaction
  const here = isKnown
    ? { nodeId: broker.options.nodeId, ...peer.dialled, errorCode: errorCodes.NONE }
    : {
        nodeId: -1,
        host: '',
        port: -1,
        errorCode: errorCodes.INVALID_REQUEST,
        errorMessage: `There is no coordinator for key type ${keyType}.`,
      }
  if (version < 4) return here
  return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...here })) }
}
