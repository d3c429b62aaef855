/** FindCoordinator: who looks after a group or a transactional id. It is always this broker. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { findCoordinator } from '../../protocol/find-coordinator.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

const keyTypes = { group: 0, transaction: 1, share: 2 } as const

export const handleFindCoordinator: Handler<typeof findCoordinator> = (request, context) => {
  const { keyType, key, coordinatorKeys } = request
  if (context.version < 4) return coordinatorOf(keyType, key, context)
  return {
    coordinators: coordinatorKeys.map((each) => {
      return { key: each, ...coordinatorOf(keyType, each, context) }
    }),
  }
}

function coordinatorOf(keyType: number, key: string, context: RequestContext) {
  const { broker, peer } = context
  const resourceType = resourceTypeOf(keyType)
  const nowhere = { nodeId: -1, host: '', port: -1 }
  if (!resourceType) {
    const errorMessage = `There is no coordinator for key type ${keyType}.`
    return { ...nowhere, errorCode: errorCodes.INVALID_REQUEST, errorMessage }
  }
  if (!may(context, 'describe', resourceType, key)) {
    return { ...nowhere, ...refusalOf(refused(resourceType)) }
  }
  return { nodeId: broker.options.nodeId, ...peer.dialled, errorCode: errorCodes.NONE }
}

function resourceTypeOf(keyType: number): 'group' | 'transactionalId' | undefined {
  if (keyType === keyTypes.group) return 'group'
  return keyType === keyTypes.transaction ? 'transactionalId' : undefined
}
