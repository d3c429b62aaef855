/**
 * A member of a KIP-848 group that speaks the classic protocol, between two JoinGroups: who it is,
 * whether it has to join again, and what it is told to have.
 */

import {
  ownerOf,
  type ClassicFacts,
  type ConsumerGroup,
  type ConsumerMember,
} from './consumer-group.ts'
import { checkInstance } from './consumer-join.ts'
import { contains, filterAssignment, noPartitions } from './assignment.ts'
import { consumerProtocolType, writeAssignment } from './classic-subscription.ts'
import { RequestError } from '../request-error.ts'
import { unknownMember } from './refusals.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface ClassicMemberOfGroup {
  readonly member: ConsumerMember
  readonly classic: ClassicFacts
}

export interface ClassicIdentity {
  readonly memberId: string
  readonly instanceId: string | null
  /** The epoch of the member, which it takes for its generation. */
  readonly generation: number
}

/** @throws RequestError where it is none of the group, or of another generation */
export function classicMemberOf(
  group: ConsumerGroup,
  { memberId, instanceId, generation }: ClassicIdentity,
): ClassicMemberOfGroup {
  const member =
    instanceId === null ? group.members.get(memberId) : checkInstance(group, instanceId, memberId)
  const classic = member?.subscription.classic
  if (!member || !classic) throw unknownMember(group.groupId, memberId)
  if (member.epoch === generation) return { member, classic }
  throw new RequestError(
    'ILLEGAL_GENERATION',
    `Member ${memberId} is in generation ${member.epoch}, not ${generation}.`,
  )
}

/** Whether the group has changed since the member joined: what it would be given is out of date. */
export function isBehind(group: ConsumerGroup, { epoch, state }: ConsumerMember): boolean {
  return epoch < group.epoch && state !== 'unrevoked'
}

/** Whether the member has to join again: to follow, to say what it gave up, or to get the rest. */
export function mustRejoin(group: ConsumerGroup, member: ConsumerMember): boolean {
  if (member.epoch < group.epoch || member.state === 'unrevoked') return true
  return member.state === 'unreleased' && !isWaitingForOthers(group, member)
}

function isWaitingForOthers(group: ConsumerGroup, { memberId, assigned }: ConsumerMember): boolean {
  const target = group.targets.get(memberId) ?? noPartitions
  const waiting = filterAssignment(
    target,
    (topicId, partition) =>
      !contains(assigned, topicId, partition) && ownerOf(group, topicId, partition) !== undefined,
  )
  return waiting.size > 0
}

/** @throws RequestError where the protocol is not the one that the member was told on joining */
export function checkSyncedProtocol(
  { protocols }: ClassicFacts,
  offered: { readonly protocolType: string | null; readonly protocolName: string | null },
): void {
  const { protocolType, protocolName } = offered
  const isSame =
    (protocolType === null || protocolType === consumerProtocolType) &&
    (protocolName === null || protocolName === protocols[0]!.name)
  if (isSame) return
  const message = `The protocol is ${protocols[0]!.name}, not ${protocolName ?? protocolType}.`
  throw new RequestError('INCONSISTENT_GROUP_PROTOCOL', message)
}

/** What the member is told with its SyncGroup. */
export function assignmentFor(
  { member, classic }: ClassicMemberOfGroup,
  topics: TopicLookup,
): Uint8Array {
  return writeAssignment(member.assigned, classic.protocols[0]!.metadata, topics)
}
