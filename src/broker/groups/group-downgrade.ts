/**
 * How a KIP-848 group becomes a classic one while its members go on: when the last member that
 * speaks the new protocol is gone.
 */

import { union } from './assignment.ts'
import {
  emptyClassicGroup,
  haveCommonProtocol,
  metadataOf,
  selectProtocol,
  type ClassicGroup,
  type ClassicMember,
} from './classic-group.ts'
import { consumerProtocolType, writeAssignment } from './classic-subscription.ts'
import { isReconciled, type ConsumerGroup, type ConsumerMember } from './consumer-group.ts'
import { allowsDowngrade, type ResolvedGroupOptions } from './group-options.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface DowngradeFacts {
  readonly options: Pick<ResolvedGroupOptions, 'migrationPolicy' | 'maxSize'>
  readonly topics: TopicLookup
  readonly nowMs: number
}

/**
 * Returns the classic group of those members of `group` that stay, or `undefined` where it remains
 * what it is. It has no leader where its members have to agree on a new assignment.
 */
export function decideDowngrade(
  group: ConsumerGroup,
  isLeaving: (memberId: string) => boolean,
  facts: DowngradeFacts,
): ClassicGroup | undefined {
  const { migrationPolicy, maxSize } = facts.options
  const staying = [...group.members.values()].filter(({ memberId }) => !isLeaving(memberId))
  const areClassic = staying.every(({ subscription }) => subscription.classic !== null)
  if (!areClassic || staying.length === 0 || staying.length === group.members.size) return undefined
  if (!allowsDowngrade(migrationPolicy) || staying.length > maxSize) return undefined
  return classicGroupOf(group, staying, facts)
}

/** Returns `undefined` where the members share no protocol. */
export function classicGroupOf(
  { groupId, epoch, targetEpoch, members }: ConsumerGroup,
  staying: readonly ConsumerMember[],
  { topics, nowMs }: DowngradeFacts,
): ClassicGroup | undefined {
  const classicMembers = staying.map(classicMemberOf)
  const group: ClassicGroup = {
    ...emptyClassicGroup(groupId),
    state: 'Stable',
    // Not the group's own epoch: nobody may have followed to that, and be in a generation unknown.
    generation: Math.max(...staying.map((member) => member.epoch)),
    protocolType: consumerProtocolType,
    members: new Map(classicMembers.map((member) => [member.memberId, member])),
    stateTimestampMs: nowMs,
  }
  if (!haveCommonProtocol(group)) return undefined
  const protocol = selectProtocol(group)
  const assigned = staying.map((member, index) => {
    const classic = classicMembers[index]!
    const { assigned: has, revoking } = member
    const assignment = writeAssignment(union(has, revoking), metadataOf(classic, protocol), topics)
    return [classic.memberId, { ...classic, assignment }] as const
  })
  const isSettled =
    staying.length === members.size &&
    epoch === targetEpoch &&
    staying.every((member) => isReconciled(member, targetEpoch))
  const leader = isSettled ? staying[0]!.memberId : null
  return { ...group, protocol, leader, members: new Map(assigned) }
}

function classicMemberOf({ memberId, subscription }: ConsumerMember): ClassicMember {
  const { instanceId, clientId, clientHost, rebalanceTimeoutMs, classic } = subscription
  const { sessionTimeoutMs, protocols } = classic!
  const waiting = { join: undefined, sync: undefined, canReturn: true }
  const assignment = new Uint8Array()
  const facts = { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, protocols }
  return { ...facts, rebalanceTimeoutMs, assignment, ...waiting }
}
