/** SyncGroup: waits until the leader of a classic group hands out its assignment. Versions 0–5. */

import type { syncGroup } from '../../protocol/sync-group.ts'
import type { Handler } from '../request-context.ts'
import { callerOf } from './group-caller.ts'

export const handleSyncGroup: Handler<typeof syncGroup> = (request, context) =>
  context.broker.groups.syncGroup(request, callerOf(context))
