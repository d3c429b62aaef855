/** UnregisterBroker: there is one broker, which is here and stays. Version 0. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { unregisterBroker } from '../../protocol/unregister-broker.ts'
import type { Handler } from '../request-context.ts'
import { clusterResourceName } from '../security/authorizer.ts'

export const handleUnregisterBroker: Handler<typeof unregisterBroker> = (request, context) => {
  const { broker, session } = context
  if (!broker.authorizer.allows(session, 'alter', 'cluster', clusterResourceName)) {
    const errorCode = errorCodes.CLUSTER_AUTHORIZATION_FAILED
    return { errorCode, errorMessage: 'Cluster authorization failed.' }
  }
  const { brokerId } = request
  if (brokerId === broker.options.nodeId) {
    const errorMessage = `Broker ID ${brokerId} is the one that is asked, and cannot be taken away.`
    return { errorCode: errorCodes.INVALID_REQUEST, errorMessage }
  }
  const errorMessage = `Broker ID ${brokerId} is not currently registered`
  return { errorCode: errorCodes.BROKER_ID_NOT_REGISTERED, errorMessage }
}
