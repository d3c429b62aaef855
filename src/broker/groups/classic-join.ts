/**
 * JoinGroup, decided: a client that is not known yet, one that was given a member id and comes with
 * it, or a member that joins again. Static members that come back are in `classic-static-join.ts`.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import { ClassicDraft, type Outcome } from './classic-draft.ts'
import {
  checkProtocols,
  equalProtocols,
  joinedMembers,
  memberOf,
  noAssignment,
  staticMemberId,
  type ClassicGroup,
  type ClassicMember,
} from './classic-group.ts'
import { updatedMember, type JoinFacts, type JoinRequest } from './classic-join-request.ts'
import { joinAnswer, rebalanceOrComplete } from './classic-rebalance.ts'
import { rejoinStatic } from './classic-static-join.ts'
import { RequestError } from '../request-error.ts'
import { unknownMember } from './refusals.ts'

/** How long the join of a client may wait that cannot return, so that a lost one does not stay. */
const newMemberTimeoutMs = 5 * 60 * 1000

/** @throws RequestError */
export function decideJoin(group: ClassicGroup, request: JoinRequest, facts: JoinFacts): Outcome {
  checkSize(group, request, facts.maxSize)
  checkProtocols(group, request)
  const draft = new ClassicDraft(group, facts.nowMs)
  if (request.memberId === '') joinAsUnknown(draft, request, facts)
  else joinAsKnown(draft, request, facts)
  return draft.finish()
}

function checkSize(group: ClassicGroup, request: JoinRequest, maxSize: number): void {
  if (isAdmitted(group, request, maxSize)) return
  throw new RequestError(
    'GROUP_MAX_SIZE_REACHED',
    `Group ${group.groupId} has reached its maximum size of ${maxSize} members.`,
  )
}

function isAdmitted(
  group: ClassicGroup,
  { memberId, instanceId }: JoinRequest,
  maxSize: number,
): boolean {
  if (instanceId !== null && staticMemberId(group, instanceId) !== undefined) return true
  const { state, members, pendingJoins } = group
  if (pendingJoins.has(memberId)) return true
  if (state !== 'PreparingRebalance' || !members.has(memberId)) {
    return members.has(memberId) || members.size + pendingJoins.size < maxSize
  }
  // A limit that was lowered takes effect here: the last ones to join again are too many.
  const joined = joinedMembers(group)
  return joined.length < maxSize || joined.some((member) => member.memberId === memberId)
}

function joinAsUnknown(draft: ClassicDraft, request: JoinRequest, facts: JoinFacts): void {
  const { instanceId, ticket, sessionTimeoutMs } = request
  const { newMemberId } = facts
  if (instanceId !== null) {
    const previousId = staticMemberId(draft.group, instanceId)
    if (previousId === undefined) addMember(draft, newMemberId, request, facts)
    else rejoinStatic(draft, previousId, request, facts)
  } else if (request.acceptsMemberId) {
    // Were it a member at once, a client whose answer is lost would come back as another one, again
    // and again, and leave the group full of members that nobody is behind.
    draft.addPendingJoin(newMemberId)
    draft.startSession(newMemberId, sessionTimeoutMs)
    draft.answerJoin(ticket, { memberId: newMemberId, errorCode: errorCodes.MEMBER_ID_REQUIRED })
  } else {
    addMember(draft, newMemberId, request, facts)
  }
}

function joinAsKnown(draft: ClassicDraft, request: JoinRequest, facts: JoinFacts): void {
  const { group } = draft
  const { memberId, instanceId } = request
  if (group.pendingJoins.has(memberId)) {
    if (instanceId !== null) throw unknownMember(group.groupId, memberId)
    addMember(draft, memberId, request, facts)
    return
  }
  const member = memberOf(group, memberId, instanceId)
  if (mustRebalance(group, member, request)) {
    draft.failJoin(member, memberId, errorCodes.REBALANCE_IN_PROGRESS)
    draft.put(updatedMember(member, request))
    rebalanceOrComplete(draft, facts)
  } else {
    draft.answerJoin(request.ticket, joinAnswer(group, memberId))
  }
}

/** Whether a member that joins again means it, and does not only repeat itself. */
function mustRebalance(group: ClassicGroup, member: ClassicMember, request: JoinRequest): boolean {
  if (group.state === 'PreparingRebalance') return true
  // The leader may know what the group does not, such as new partitions of its topics.
  if (group.state === 'Stable' && group.leader === member.memberId) return true
  return !equalProtocols(member.protocols, request.protocols)
}

function addMember(
  draft: ClassicDraft,
  memberId: string,
  request: JoinRequest,
  facts: JoinFacts,
): void {
  const { instanceId, clientId, clientHost, protocolType } = request
  const canReturn = request.memberId === memberId || instanceId !== null
  const { state, isInitialRebalance, members } = draft.group
  if (members.size === 0) draft.change({ protocolType })
  if (state === 'PreparingRebalance' && isInitialRebalance) draft.change({ hasNewMember: true })
  const member: ClassicMember = updatedMember(
    {
      memberId,
      instanceId,
      clientId,
      clientHost,
      sessionTimeoutMs: 0,
      rebalanceTimeoutMs: 0,
      protocols: [],
      assignment: noAssignment,
      join: undefined,
      sync: undefined,
      canReturn,
    },
    request,
  )
  draft.put(member)
  draft.startSession(memberId, canReturn ? member.sessionTimeoutMs : newMemberTimeoutMs)
  rebalanceOrComplete(draft, facts)
}
