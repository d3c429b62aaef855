/**
 * Who is behind a heartbeat of a KIP-848 group: a new member, one that is known and up to date, or
 * a static member that takes the place of the one before it (KIP-345).
 */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { isSubset, noPartitions, type Assignment } from './assignment.ts'
import {
  awayEpoch,
  joinEpoch,
  newConsumerMember,
  staticMember,
  type ConsumerDraft,
  type ConsumerGroup,
  type ConsumerMember,
} from './consumer-group.ts'
import { RequestError } from '../request-error.ts'
import { unknownMember } from './refusals.ts'

export interface JoinFacts {
  /** What the client says it has, or said last. */
  readonly owned: Assignment | undefined
  readonly maxSize: number
}

/**
 * Returns the member that `request` comes from: one that is not in the group yet, if it is new.
 *
 * @throws RequestError where it must not come in, or has to begin anew
 */
export function enter(
  draft: ConsumerDraft,
  request: ConsumerGroupHeartbeatRequest,
  facts: JoinFacts,
): ConsumerMember {
  const { memberId, memberEpoch, instanceId } = request
  const { group } = draft
  const known = group.members.get(memberId)
  if (memberEpoch !== joinEpoch) {
    const member = instanceId === null ? known : checkInstance(group, instanceId, memberId)
    if (!member) throw unknownMember(group.groupId, memberId)
    checkEpoch(member, memberEpoch, facts.owned)
    return member
  }

  const previous = instanceId === null ? undefined : staticMember(group, instanceId)
  if (previous) {
    if (isInUse(previous) && previous.memberId === memberId) return previous
    checkReleased(previous, memberId)
    return replaceStatic(draft, previous, memberId)
  }
  // A join that is repeated after a lost answer, or after the client gave up everything, changes
  // nothing here: the answer tells it the epoch and the assignment that it has.
  if (known) return known
  checkSize(group, facts.maxSize)
  return newConsumerMember(memberId)
}

/** @throws RequestError where there is no room for one more */
export function checkSize({ groupId, members }: ConsumerGroup, maxSize: number): void {
  if (members.size < maxSize) return
  const message = `Group ${groupId} has reached its maximum of ${maxSize} members.`
  throw new RequestError('GROUP_MAX_SIZE_REACHED', message)
}

/** @throws RequestError where `instanceId` is not that of the member */
export function checkInstance(
  group: ConsumerGroup,
  instanceId: string,
  memberId: string,
): ConsumerMember {
  const member = staticMember(group, instanceId)
  if (!member) throw new RequestError('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`)
  if (member.memberId === memberId) return member
  throw new RequestError(
    'FENCED_INSTANCE_ID',
    `Static member ${memberId} with instance id ${instanceId} was fenced by ${member.memberId}.`,
  )
}

function checkEpoch(member: ConsumerMember, epoch: number, owned: Assignment | undefined): void {
  if (epoch === member.epoch) return
  // The answer with the new epoch may have been lost: who has no more than it should is let in.
  const isLate = epoch === member.previousEpoch && owned && isSubset(owned, member.assigned)
  if (isLate) return
  const comparison = epoch > member.epoch ? 'greater' : 'smaller'
  throw new RequestError(
    'FENCED_MEMBER_EPOCH',
    `The member has a ${comparison} epoch (${epoch}) than the one known here (${member.epoch}). ` +
      'It must abandon all its partitions and rejoin.',
  )
}

/** One that speaks the classic protocol does not say when it goes: who comes takes its place. */
function isInUse({ epoch, subscription }: ConsumerMember): boolean {
  return epoch !== awayEpoch && subscription.classic === null
}

/** @throws RequestError where another member has the instance id, and has not left */
function checkReleased(previous: ConsumerMember, memberId: string): void {
  if (!isInUse(previous)) return
  throw new RequestError(
    'UNRELEASED_INSTANCE_ID',
    `Static member ${memberId} cannot join the group because its instance id ` +
      `${previous.subscription.instanceId} is owned by member ${previous.memberId}.`,
  )
}

/** Puts a static member in the place of `previous`, with all it has, so that nothing moves. */
export function replaceStatic(
  draft: ConsumerDraft,
  previous: ConsumerMember,
  memberId: string,
): ConsumerMember {
  const { memberId: previousId, subscription, state, assigned, revoking, since } = previous
  const target = draft.group.targets.get(previousId) ?? noPartitions
  const epochs = { epoch: joinEpoch, previousEpoch: joinEpoch }
  const progress = { ...epochs, state, assigned, revoking, since }
  if (previousId !== memberId) {
    draft.add([
      { type: 'progress-removed', memberId: previousId },
      { type: 'target-removed', memberId: previousId },
      { type: 'member-removed', memberId: previousId },
      { type: 'member', memberId, subscription },
      { type: 'target', memberId, target },
    ])
  }
  draft.add([{ type: 'progress', memberId, progress }])
  return { memberId, subscription, ...progress }
}
