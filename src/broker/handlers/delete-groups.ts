/** DeleteGroups: groups without members, with their offsets. Versions 0–2. */

import type { deleteGroups } from '../../protocol/delete-groups.ts'
import type { Handler } from '../request-context.ts'

export const handleDeleteGroups: Handler<typeof deleteGroups> = async (request, { broker }) => {
  const results = [...new Set(request.groupsNames)].map(async (groupId) => {
    const errorCode = await broker.groups.deleteGroup(groupId)
    return { groupId, errorCode }
  })
  return { results: await Promise.all(results) }
}
