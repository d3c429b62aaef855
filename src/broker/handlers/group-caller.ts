/** Who asks, as the group coordinator wants to know it. */

import type { Caller } from '../groups/group-parts.ts'
import type { RequestContext } from '../request-context.ts'
import { may } from '../security/access.ts'

export function callerOf(context: RequestContext): Caller {
  const { version, clientId, peer } = context
  // Kafka prints addresses with a slash before them, and tools show what they are given.
  const clientHost = `/${peer.host}`
  const caller = { version, clientId: clientId ?? '', clientHost, closed: peer.closed }
  if (!context.broker.authorizer.isEnforced) return caller
  return { ...caller, maySee: (topic) => may(context, 'describe', 'topic', topic) }
}
