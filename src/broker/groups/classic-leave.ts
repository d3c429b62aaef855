/**
 * How members of a classic group go: they leave, their session ends, or their connection closes
 * while they wait for an answer.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import { ClassicDraft, type Outcome } from './classic-draft.ts'
import {
  memberOf,
  staticMemberId,
  type ClassicGroup,
  type ClassicMember,
  type Ticket,
} from './classic-group.ts'
import {
  completeIfAllJoined,
  rebalanceOrComplete,
  type RebalanceFacts,
} from './classic-rebalance.ts'
import { RequestError } from '../request-error.ts'
import { unknownMember } from './refusals.ts'

export interface Leaver {
  /** Empty where an administrator removes a static member. */
  readonly memberId: string
  readonly instanceId: string | null
}

export interface LeaveDecision {
  readonly outcome: Outcome
  /** One for each leaver, in their order. */
  readonly errorCodes: readonly number[]
}

export function decideLeave(
  group: ClassicGroup,
  leavers: readonly Leaver[],
  facts: RebalanceFacts,
): LeaveDecision {
  const draft = new ClassicDraft(group, facts.nowMs)
  const codes = leavers.map((leaver) => leave(draft, leaver))
  if (codes.includes(errorCodes.NONE)) goOnWithout(draft, facts)
  return { outcome: draft.finish(), errorCodes: codes }
}

function leave(draft: ClassicDraft, leaver: Leaver): number {
  try {
    draft.remove(leavingId(draft.group, leaver))
    return errorCodes.NONE
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return errorCodes[error.errorName]
  }
}

/** @throws RequestError where nobody is to leave */
function leavingId(group: ClassicGroup, { memberId, instanceId }: Leaver): string {
  if (memberId === '') {
    const current = instanceId === null ? undefined : staticMemberId(group, instanceId)
    if (current === undefined) throw unknownMember(group.groupId, memberId)
    return current
  }
  if (group.pendingJoins.has(memberId)) return memberId
  return memberOf(group, memberId, instanceId).memberId
}

function goOnWithout(draft: ClassicDraft, facts: RebalanceFacts): void {
  const { state } = draft.group
  if (state === 'PreparingRebalance') completeIfAllJoined(draft)
  else if (state !== 'Empty') rebalanceOrComplete(draft, facts)
}

/** Removes a member that was silent for the length of its session, if it does not only wait. */
export function decideExpiry(
  group: ClassicGroup,
  memberId: string,
  facts: RebalanceFacts,
): Outcome {
  const draft = new ClassicDraft(group, facts.nowMs)
  const member = group.members.get(memberId)
  const isWaiting = member?.join !== undefined || member?.sync !== undefined
  // Who waits for an answer sends nothing else. Of one that cannot return nothing else is heard.
  if (member && isWaiting && member.canReturn) return draft.finish()
  if (!member && !group.pendingJoins.has(memberId)) return draft.finish()
  draft.remove(memberId)
  goOnWithout(draft, facts)
  return draft.finish()
}

/**
 * Forgets a request whose connection has closed. Its member stays: it may join again on another
 * connection. But a client that cannot return goes.
 */
export function decideDrop(group: ClassicGroup, ticket: Ticket, facts: RebalanceFacts): Outcome {
  const draft = new ClassicDraft(group, facts.nowMs)
  const member = [...group.members.values()].find(
    ({ join, sync }) => join === ticket || sync === ticket,
  )
  if (member?.canReturn) {
    forget(draft, member, ticket)
  } else if (member) {
    draft.remove(member.memberId)
    goOnWithout(draft, facts)
  }
  return draft.finish()
}

function forget(draft: ClassicDraft, member: ClassicMember, ticket: Ticket): void {
  const { memberId, sessionTimeoutMs } = member
  draft.startSession(memberId, sessionTimeoutMs)
  if (member.join === ticket) {
    draft.put({ ...member, join: undefined })
  } else {
    draft.put({ ...member, sync: undefined })
    draft.addPendingSync(memberId)
  }
}
