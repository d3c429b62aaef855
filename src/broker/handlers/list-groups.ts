/** ListGroups: all groups, or those of some states or types. Versions 0–5. */

import type { listGroups } from '../../protocol/list-groups.ts'
import type { Handler } from '../request-context.ts'

export const handleListGroups: Handler<typeof listGroups> = (request, { broker }) =>
  broker.groups.listGroups(request)
