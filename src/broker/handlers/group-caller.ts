/** Who asks, as the group coordinator wants to know it. */

import type { Caller } from '../groups/group-parts.ts'
import type { RequestContext } from '../request-context.ts'

export function callerOf({ version, clientId, peer }: RequestContext): Caller {
  // Kafka prints addresses with a slash before them, and tools show what they are given.
  const clientHost = `/${peer.host}`
  return { version, clientId: clientId ?? '', clientHost, closed: peer.closed }
}

/** Kafka's operations on a group that anybody may do, as long as nothing is forbidden. */
export const allGroupOperations = bits({
  read: 3,
  delete: 6,
  describe: 8,
  describeConfigs: 10,
  alterConfigs: 11,
})

/** What stands for "was not asked". */
export const operationsNotAsked = -0x8000_0000

function bits(codes: Readonly<Record<string, number>>): number {
  return Object.values(codes).reduce((sum, code) => sum | (1 << code), 0)
}
