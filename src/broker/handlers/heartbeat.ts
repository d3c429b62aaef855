/** Heartbeat: keeps a member of a classic group in it. Versions 0–4. */

import type { heartbeat } from '../../protocol/heartbeat.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleHeartbeat: Handler<typeof heartbeat> = (request, context) =>
  may(context, 'read', 'group', request.groupId)
    ? context.broker.groups.heartbeat(request)
    : { errorCode: refused('group').errorCode }
