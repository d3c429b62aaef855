/** What a client says of itself when it joins a group with the classic protocol. */

import type { ClassicMember, MemberProtocol, Ticket } from './classic-group.ts'
import type { RebalanceFacts } from './classic-rebalance.ts'

/** What it says of itself to a group of either protocol. */
export interface ClassicJoiner {
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
}

export interface JoinRequest extends ClassicJoiner {
  /** Empty where the client has none yet. */
  readonly memberId: string
  /** Whether the client can be asked to come again with a member id (version 4, KIP-394). */
  readonly acceptsMemberId: boolean
  /** Whether a leader can be told to leave the assignment as it is (version 9, KIP-814). */
  readonly acceptsSkipping: boolean
  readonly ticket: Ticket
}

export interface JoinFacts extends RebalanceFacts {
  readonly maxSize: number
  /** The id of the client, if it is to become a member. */
  readonly newMemberId: string
}

/** Returns `member` with what it says of itself now, waiting for the answer to it. */
export function updatedMember(member: ClassicMember, request: JoinRequest): ClassicMember {
  const { sessionTimeoutMs, rebalanceTimeoutMs, protocols, ticket } = request
  return { ...member, sessionTimeoutMs, rebalanceTimeoutMs, protocols, join: ticket }
}
