/**
 * The rebalance of a classic group: it asks all members to join again, starts the next generation
 * with those that did, and gives up on those that do not ask for their assignment.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { JoinGroupResponseInput } from '../../protocol/join-group.ts'
import { ClassicDraft, type Outcome } from './classic-draft.ts'
import {
  haveAllJoined,
  joinedMembers,
  metadataOf,
  noAssignment,
  rebalanceTimeoutMs,
  selectProtocol,
  type ClassicGroup,
  type ClassicMember,
} from './classic-group.ts'

/** Members may ask for a rebalance timeout of 0, which must not become a loop without a pause. */
const retryMinMs = 1000

export interface RebalanceFacts {
  readonly initialRebalanceDelayMs: number
  readonly nowMs: number
}

/** Starts a rebalance; if one is being prepared already, ends it where all have joined. */
export function rebalanceOrComplete(draft: ClassicDraft, facts: RebalanceFacts): void {
  if (draft.group.state === 'PreparingRebalance') completeIfAllJoined(draft)
  else prepareRebalance(draft, facts)
}

export function prepareRebalance(draft: ClassicDraft, facts: RebalanceFacts): void {
  if (draft.group.state === 'CompletingRebalance') sendWaitingBack(draft)
  draft.clearPendingSyncs()

  const isInitialRebalance = draft.group.state === 'Empty'
  draft.enter('PreparingRebalance')
  draft.change({ isInitialRebalance, hasNewMember: false })
  const delayMs = facts.initialRebalanceDelayMs
  if (isInitialRebalance && delayMs > 0) {
    const remainingMs = Math.max(rebalanceTimeoutMs(draft.group) - delayMs, 0)
    draft.wait({ kind: 'initial', delayMs, remainingMs })
  } else if (isInitialRebalance || haveAllJoined(draft.group)) {
    completeJoin(draft)
  } else {
    draft.wait({ kind: 'join', delayMs: rebalanceTimeoutMs(draft.group) })
  }
}

/** Asks those that wait for an assignment, which will not come, to join again. */
function sendWaitingBack(draft: ClassicDraft): void {
  for (const member of draft.group.members.values()) {
    draft.failSync(member, errorCodes.REBALANCE_IN_PROGRESS)
    if (member.sync !== undefined) draft.startSession(member.memberId, member.sessionTimeoutMs)
    draft.put({ ...member, sync: undefined, assignment: noAssignment })
  }
}

/** An initial rebalance does not end before its time: more members may come. */
export function completeIfAllJoined(draft: ClassicDraft): void {
  const { state, isInitialRebalance } = draft.group
  if (state !== 'PreparingRebalance' || isInitialRebalance) return
  if (haveAllJoined(draft.group)) completeJoin(draft)
}

/** Starts the next generation with the members that have joined. */
function completeJoin(draft: ClassicDraft): void {
  for (const { memberId, instanceId, join } of draft.group.members.values()) {
    // A static member may be away for as long as its session lasts (KIP-345).
    if (join === undefined && instanceId === null) draft.remove(memberId)
  }
  if (draft.group.members.size === 0) {
    becomeEmpty(draft)
    return
  }
  const joined = joinedMembers(draft.group)
  const { leader, members } = draft.group
  if (joined.length === 0) {
    // Only static members are left, and all of them are away: their sessions decide.
    const delayMs = Math.max(rebalanceTimeoutMs(draft.group), retryMinMs)
    draft.wait({ kind: 'join', delayMs })
    return
  }
  if (members.get(leader!)!.join === undefined) draft.change({ leader: joined[0]!.memberId })
  startGeneration(draft)
}

function becomeEmpty(draft: ClassicDraft): void {
  draft.enter('Empty')
  draft.change({ generation: draft.group.generation + 1, protocol: null })
  draft.clearPendingSyncs()
  draft.wait('none')
  draft.store()
}

function startGeneration(draft: ClassicDraft): void {
  draft.enter('CompletingRebalance')
  draft.change({
    generation: draft.group.generation + 1,
    protocol: selectProtocol(draft.group),
    isInitialRebalance: false,
  })
  draft.clearPendingSyncs()
  for (const member of draft.group.members.values()) {
    if (member.join !== undefined) {
      draft.answerJoin(member.join, joinAnswer(draft.group, member.memberId))
    }
    draft.put({ ...member, join: undefined, canReturn: true })
    draft.startSession(member.memberId, member.sessionTimeoutMs)
    draft.addPendingSync(member.memberId)
  }
  draft.wait({ kind: 'sync', delayMs: rebalanceTimeoutMs(draft.group) })
}

/** What a member is told of the group's generation. Only the leader is told who the others are. */
export function joinAnswer(group: ClassicGroup, memberId: string): JoinGroupResponseInput {
  const { generation: generationId, protocolType, protocol: protocolName, leader } = group
  const members = memberId === leader ? [...group.members.values()] : []
  return {
    errorCode: errorCodes.NONE,
    generationId,
    protocolType,
    protocolName,
    leader: leader ?? '',
    memberId,
    members: members.map((member) => listed(member, protocolName)),
  }
}

function listed(
  member: ClassicMember,
  protocol: string | null,
): NonNullable<JoinGroupResponseInput['members']>[number] {
  const { memberId, instanceId: groupInstanceId } = member
  return { memberId, groupInstanceId, metadata: metadataOf(member, protocol) }
}

/** The wait for more members is over, unless one has come during it. */
export function decideInitialTimer(
  group: ClassicGroup,
  remainingMs: number,
  facts: RebalanceFacts,
): Outcome {
  const draft = new ClassicDraft(group, facts.nowMs)
  if (group.state !== 'PreparingRebalance' || !group.isInitialRebalance) return draft.finish()
  if (group.hasNewMember && remainingMs > 0) {
    const delayMs = Math.min(facts.initialRebalanceDelayMs, remainingMs)
    draft.change({ hasNewMember: false })
    draft.wait({ kind: 'initial', delayMs, remainingMs: remainingMs - delayMs })
  } else {
    completeJoin(draft)
  }
  return draft.finish()
}

/** Starts a rebalance. Where nobody leads the first of the members does from here on. */
export function decideRebalance(group: ClassicGroup, facts: RebalanceFacts): Outcome {
  const draft = new ClassicDraft(group, facts.nowMs)
  const [first = null] = group.members.keys()
  draft.change({ leader: group.leader ?? first })
  prepareRebalance(draft, facts)
  return draft.finish()
}

/** Goes on without the members that have not joined in time. */
export function decideJoinTimer(group: ClassicGroup, facts: RebalanceFacts): Outcome {
  const draft = new ClassicDraft(group, facts.nowMs)
  if (group.state === 'PreparingRebalance') completeJoin(draft)
  return draft.finish()
}

/** Goes on without the members that have not asked for their assignment in time. */
export function decideSyncTimer(group: ClassicGroup, facts: RebalanceFacts): Outcome {
  const draft = new ClassicDraft(group, facts.nowMs)
  const isLate = group.state === 'CompletingRebalance' || group.state === 'Stable'
  if (!isLate || group.pendingSyncs.size === 0) return draft.finish()
  for (const memberId of group.pendingSyncs) draft.remove(memberId)
  prepareRebalance(draft, facts)
  return draft.finish()
}
