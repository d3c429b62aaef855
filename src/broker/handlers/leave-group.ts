/** LeaveGroup: one member, or from version 3 on several. Versions 0–5. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { leaveGroup } from '../../protocol/leave-group.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { refusalOf } from '../request-error.ts'

const firstVersionWithMembers = 3

export const handleLeaveGroup: Handler<typeof leaveGroup> = async (request, context) => {
  const { version, broker } = context
  const { groupId, memberId } = request
  const hasMembers = version >= firstVersionWithMembers
  const leavers = hasMembers
    ? request.members.map((member) => ({ ...member, instanceId: member.groupInstanceId }))
    : [{ memberId, instanceId: null }]
  try {
    checkMay(context, 'read', 'group', groupId)
    const codes = await broker.groups.leaveGroup(groupId, leavers)
    if (!hasMembers) return { errorCode: codes[0]! }
    const members = leavers.map((leaver, index) => ({
      memberId: leaver.memberId,
      groupInstanceId: leaver.instanceId,
      errorCode: codes[index]!,
    }))
    return { errorCode: errorCodes.NONE, members }
  } catch (error) {
    return { errorCode: refusalOf(error).errorCode }
  }
}
