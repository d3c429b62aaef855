/** Who asks, as the group coordinator wants to know it. */

import type { Caller } from '../groups/group-parts.ts'
import type { RequestContext } from '../request-context.ts'

export function callerOf({ version, clientId, peer }: RequestContext): Caller {
  // Kafka prints addresses with a slash before them, and tools show what they are given.
  const clientHost = `/${peer.host}`
  return { version, clientId: clientId ?? '', clientHost, closed: peer.closed }
}
