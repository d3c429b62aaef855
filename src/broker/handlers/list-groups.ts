/** ListGroups: all groups, or those of some states or types. Versions 0–5. */

import type { listGroups } from '../../protocol/list-groups.ts'
import type { Handler } from '../request-context.ts'
import { may } from '../security/access.ts'

export const handleListGroups: Handler<typeof listGroups> = (request, context) => {
  const answer = context.broker.groups.listGroups(request)
  // Who may see the cluster sees all groups, others those that they may see.
  if (may(context, 'describe', 'cluster')) return answer
  const groups = (answer.groups ?? []).filter(({ groupId }) =>
    may(context, 'describe', 'group', groupId),
  )
  return { ...answer, groups }
}
