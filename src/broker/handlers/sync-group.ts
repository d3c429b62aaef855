/** SyncGroup: waits until the leader of a classic group hands out its assignment. Versions 0–5. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { syncGroup } from '../../protocol/sync-group.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { callerOf } from './group-caller.ts'

/** From here on a member says what it takes the group for (KIP-559). */
const firstVersionWithProtocol = 5

export const handleSyncGroup: Handler<typeof syncGroup> = (request, context) => {
  const isSaid = request.protocolType !== null && request.protocolName !== null
  if (context.version >= firstVersionWithProtocol && !isSaid) {
    return { errorCode: errorCodes.INCONSISTENT_GROUP_PROTOCOL }
  }
  if (!may(context, 'read', 'group', request.groupId)) {
    return { errorCode: refused('group').errorCode }
  }
  return context.broker.groups.syncGroup(request, callerOf(context))
}
