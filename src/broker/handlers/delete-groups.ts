/** DeleteGroups: groups without members, with their offsets. Versions 0–2. */

import type { deleteGroups } from '../../protocol/delete-groups.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

export const handleDeleteGroups: Handler<typeof deleteGroups> = async (request, context) => {
  const results = [...new Set(request.groupsNames)].map(async (groupId) => {
    if (!may(context, 'delete', 'group', groupId)) {
      return { groupId, errorCode: refused('group').errorCode }
    }
    const errorCode = await context.broker.groups.deleteGroup(groupId)
    return { groupId, errorCode }
  })
  return { results: await Promise.all(results) }
}
