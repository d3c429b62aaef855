/** UnregisterBroker: there is one broker, which is here and stays. Version 0. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { unregisterBroker } from '../../protocol/unregister-broker.ts'
import { refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleUnregisterBroker: Handler<typeof unregisterBroker> = (request, context) => {
  const { broker } = context
  if (!may(context, 'alter', 'cluster')) return refusalOf(refused('cluster'))
  const { brokerId } = request
  if (brokerId === broker.options.nodeId) {
    const errorMessage = `Broker ID ${brokerId} is the one that is asked, and cannot be taken away.`
    return { errorCode: errorCodes.INVALID_REQUEST, errorMessage }
  }
  const errorMessage = `Broker ID ${brokerId} is not currently registered`
  return { errorCode: errorCodes.BROKER_ID_NOT_REGISTERED, errorMessage }
}
