/** Heartbeat: keeps a member of a classic group in it. Versions 0–4. */

import type { heartbeat } from '../../protocol/heartbeat.ts'
import type { Handler } from '../request-context.ts'

export const handleHeartbeat: Handler<typeof heartbeat> = (request, { broker }) =>
  broker.groups.heartbeat(request)
