/**
 * A static member that comes back without its member id, as after a restart (KIP-345): it gets a
 * new id and the place of the one before, whose requests are refused from then on.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { JoinGroupResponseInput } from '../../protocol/join-group.ts'
import { isOfConsumers } from './classic-describe.ts'
import type { ClassicDraft } from './classic-draft.ts'
import { metadataOf, selectProtocol } from './classic-group.ts'
import type { ClassicGroup, ClassicMember } from './classic-group.ts'
import { updatedMember, type JoinFacts, type JoinRequest } from './classic-join-request.ts'
import { joinAnswer, prepareRebalance, rebalanceOrComplete } from './classic-rebalance.ts'
import { readSubscription } from './classic-subscription.ts'

export function rejoinStatic(
  draft: ClassicDraft,
  previousId: string,
  request: JoinRequest,
  facts: JoinFacts,
): void {
  const { state, protocol, leader, members } = draft.group
  const previous = members.get(previousId)!
  draft.failJoin(previous, previousId, errorCodes.FENCED_INSTANCE_ID)
  draft.failSync(previous, errorCodes.FENCED_INSTANCE_ID)
  const { newMemberId: memberId } = facts
  const { clientId, clientHost } = request
  const renamed = { ...previous, memberId, clientId, clientHost, sync: undefined, canReturn: true }
  draft.replace(previousId, updatedMember(renamed, request))
  draft.startSession(memberId, request.sessionTimeoutMs)

  if (state === 'CompletingRebalance') {
    // The leader may have been told the old id already, and would assign nothing to the new one.
    prepareRebalance(draft, facts)
  } else if (
    state === 'Stable' &&
    selectProtocol(draft.group) === protocol &&
    readsTheSame(draft.group, previous, draft.group.members.get(memberId)!)
  ) {
    // Nothing changes for the others: the new member asks for the assignment of the old one.
    draft.put({ ...draft.group.members.get(memberId)!, join: undefined })
    draft.store()
    draft.answerJoin(request.ticket, answerInPlace(draft.group, leader, request, memberId))
  } else {
    rebalanceOrComplete(draft, facts)
  }
}

/**
 * Whether the topics of a member are what they were, as far as the broker understands it. Nobody
 * would be assigned others: the leader does not look, and the member does not ask (KAFKA-12759).
 */
function readsTheSame(group: ClassicGroup, before: ClassicMember, after: ClassicMember): boolean {
  if (!isOfConsumers(group)) return true
  const [old, current] = [before, after].map((member) => {
    const subscription = readSubscription(metadataOf(member, group.protocol))
    return subscription && new Set(subscription.topics)
  })
  if (!old || !current) return true
  return old.size === current.size && [...old].every((topic) => current.has(topic))
}

function answerInPlace(
  group: ClassicGroup,
  leaderBefore: string | null,
  { acceptsSkipping }: JoinRequest,
  memberId: string,
): JoinGroupResponseInput {
  const answer = joinAnswer(group, memberId)
  if (acceptsSkipping) return { ...answer, skipAssignment: group.leader === memberId }
  // An older client that is told it leads would assign anew, which only a rebalance may do. It is
  // told the id that it had, so that it takes another for the leader.
  return { ...answer, members: [], leader: leaderBefore ?? '' }
}
