/** DescribeGroups: state, members and assignments of classic groups. Versions 0–6. */

import type { describeGroups } from '../../protocol/describe-groups.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { allGroupOperations, operationsNotAsked } from './group-caller.ts'

/** Earlier versions have no error for a group that is not there: it is dead (KIP-1043). */
const firstVersionWithNotFound = 6

export const handleDescribeGroups: Handler<typeof describeGroups> = (request, context) => {
  const { broker, version } = context
  const { groups } = broker.groups.describeGroups(request)
  const authorizedOperations = request.includeAuthorizedOperations
    ? allGroupOperations
    : operationsNotAsked
  return {
    groups: groups.map((group) =>
      group.errorCode === errorCodes.NONE
        ? { ...group, authorizedOperations }
        : notFound(group, version),
    ),
  }
}

function notFound<Described extends { readonly errorCode: number }>(
  group: Described,
  version: number,
): Described & { readonly groupState: string } {
  const errorCode = version >= firstVersionWithNotFound ? group.errorCode : errorCodes.NONE
  return { ...group, errorCode, groupState: 'Dead' }
}
