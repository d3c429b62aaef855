/** JoinGroup: waits until all members of a classic group have joined. Versions 0–9. */

import type { joinGroup } from '../../protocol/join-group.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { callerOf } from './group-caller.ts'

export const handleJoinGroup: Handler<typeof joinGroup> = (request, context) =>
  may(context, 'read', 'group', request.groupId)
    ? context.broker.groups.joinGroup(request, callerOf(context))
    : { memberId: '', errorCode: refused('group').errorCode }
