/** What groups of both kinds have in common, for whoever asks without caring which one it is. */

import type { ListGroupsResponseInput } from '../../protocol/list-groups.ts'
import { checkGeneration, memberOf, type ClassicGroup } from './classic-group.ts'
import { consumerGroupState, type ConsumerGroup, type ConsumerMember } from './consumer-group.ts'
import { RequestError } from '../request-error.ts'
import { groupNotFound, unknownMember } from './refusals.ts'

export type Group = ClassicGroup | ConsumerGroup

export function stateOf(group: Group): string {
  return group.kind === 'classic' ? group.state : consumerGroupState(group)
}

export function listed(group: Group): NonNullable<ListGroupsResponseInput['groups']>[number] {
  const { groupId, kind: groupType } = group
  const protocolType = group.kind === 'classic' ? (group.protocolType ?? '') : 'consumer'
  return { groupId, protocolType, groupState: stateOf(group), groupType }
}

/** Who commits: a member, or, without an id and a negative epoch, a client that manages itself. */
export interface Committer {
  readonly groupId: string
  readonly memberId: string
  readonly instanceId: string | null
  /** The generation of a classic group, or the member epoch. */
  readonly epoch: number
  /** Of the OffsetCommit request. */
  readonly version: number
}

interface CommittedPlace {
  readonly topicId: string
  readonly partition: number
}

/** @throws RequestError where `committer` may not commit an offset of the group, there */
export function checkCommitter(
  group: Group | undefined,
  committer: Committer,
  place: CommittedPlace,
): void {
  if (group) {
    if (group.kind === 'classic') checkClassicCommitter(group, committer)
    else checkConsumerCommitter(group, committer, place)
    return
  }
  const { groupId, epoch, version } = committer
  if (epoch < 0) return
  if (version >= 9) throw groupNotFound(groupId)
  throw new RequestError('ILLEGAL_GENERATION', `Group ${groupId} has no generation ${epoch}.`)
}

/**
 * As `checkCommitter`, for offsets that are a part of a transaction: older clients do not say which
 * member they are (KIP-447).
 *
 * @throws RequestError
 */
export function checkTransactionalCommitter(
  group: Group | undefined,
  committer: Committer,
  place: CommittedPlace,
): void {
  const { groupId, memberId, instanceId, epoch } = committer
  if (epoch < 0 && memberId === '' && instanceId === null) return
  if (!group) {
    if (epoch < 0) return
    throw new RequestError('ILLEGAL_GENERATION', `Group ${groupId} has no generation ${epoch}.`)
  }
  if (group.kind === 'consumer') {
    const member = group.members.get(memberId)
    if (!member) throw unknownMember(groupId, memberId)
    if (member.epoch === epoch || heldAlready(member, epoch, place)) return
    // Clients of this API know of generations only.
    const message = `Member epoch ${epoch} is not ${member.epoch}, the latest.`
    throw new RequestError('ILLEGAL_GENERATION', message)
  }
  if (epoch < 0 && group.state === 'Empty') return
  memberOf(group, memberId, instanceId)
  checkGeneration(group, epoch)
}

function checkClassicCommitter(group: ClassicGroup, committer: Committer): void {
  const { memberId, instanceId, epoch } = committer
  if (epoch < 0 && group.state === 'Empty') return
  if (epoch < 0 && memberId === '' && instanceId === null) {
    throw unknownMember(group.groupId, memberId)
  }
  memberOf(group, memberId, instanceId)
  checkGeneration(group, epoch)
  if (group.state !== 'CompletingRebalance') return
  // It knows of the generation, but not yet what it may read in it.
  throw new RequestError('REBALANCE_IN_PROGRESS', `Group ${group.groupId} is rebalancing.`)
}

function checkConsumerCommitter(
  group: ConsumerGroup,
  committer: Committer,
  place: CommittedPlace,
): void {
  const { memberId, epoch, version } = committer
  if (epoch < 0 && group.members.size === 0) return
  const member = group.members.get(memberId)
  if (member && !member.subscription.classic && version < 9) {
    // Older versions cannot say that the epoch is stale.
    const message =
      'Members of the consumer group protocol must use OffsetCommit version 9 or above.'
    throw new RequestError('UNSUPPORTED_VERSION', message)
  }
  if (!member || !heldAlready(member, epoch, place)) checkMemberEpoch(group, memberId, epoch)
}

/** Whether the partition was the member's in an earlier epoch, and is still (KIP-1251). */
function heldAlready(
  { epoch: latest, since }: ConsumerMember,
  epoch: number,
  { topicId, partition }: CommittedPlace,
): boolean {
  const sinceEpoch = since.get(topicId)?.get(partition)
  return epoch < latest && sinceEpoch !== undefined && epoch >= sinceEpoch
}

/** @throws RequestError where a member of a KIP-848 group is not in `epoch` */
export function checkMemberEpoch(group: ConsumerGroup, memberId: string, epoch: number): void {
  const member = group.members.get(memberId)
  if (!member) throw unknownMember(group.groupId, memberId)
  if (member.epoch === epoch) return
  // A member that speaks the classic protocol takes it for a generation.
  throw new RequestError(
    member.subscription.classic ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH',
    `The received member epoch ${epoch} does not match the expected member epoch ${member.epoch}.`,
  )
}

/** @throws RequestError where the group is not there, or still has members */
export function checkDeletable(group: Group | undefined, groupId: string): void {
  if (!group) throw groupNotFound(groupId)
  if (stateOf(group) === 'Empty') return
  throw new RequestError('NON_EMPTY_GROUP', `Group ${groupId} has members.`)
}
