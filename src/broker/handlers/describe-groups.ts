/** DescribeGroups: state, members and assignments of classic groups. Versions 0–6. */

import type { describeGroups } from '../../protocol/describe-groups.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { authorizedOperations, may, operationsNotAsked, refused } from '../security/access.ts'

/** Earlier versions have no error for a group that is not there: it is dead (KIP-1043). */
const firstVersionWithNotFound = 6

export const handleDescribeGroups: Handler<typeof describeGroups> = (request, context) => {
  const { broker, version } = context
  const isAllowed = (groupId: string): boolean => may(context, 'describe', 'group', groupId)
  // Once each, however often it is asked for: its members may be many.
  const asked = [...new Set(request.groups)]
  const { groups } = broker.groups.describeGroups({ groups: asked.filter(isAllowed) })
  const describe = (group: (typeof groups)[number]): (typeof groups)[number] => {
    const operations = request.includeAuthorizedOperations
      ? authorizedOperations(context, 'group', group.groupId)
      : operationsNotAsked
    const described = { ...group, authorizedOperations: operations }
    return group.errorCode === errorCodes.NONE ? described : notFound(described, version)
  }
  const { errorCode } = refused('group')
  const hidden = asked
    .filter((groupId) => !isAllowed(groupId))
    .map((groupId) => ({ groupId, errorCode }))
  return { groups: [...hidden, ...groups.map(describe)] }
}

interface Described {
  readonly errorCode: number
  readonly authorizedOperations: number
}

function notFound<Group extends Described>(
  group: Group,
  version: number,
): Group & { readonly groupState: string } {
  const groupState = 'Dead'
  if (version < firstVersionWithNotFound) {
    return { ...group, errorCode: errorCodes.NONE, groupState }
  }
  return { ...group, authorizedOperations: operationsNotAsked, groupState }
}
