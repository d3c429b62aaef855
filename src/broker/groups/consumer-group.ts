/**
 * A KIP-848 group: its state, the events that change it, and `applyEvents`, which alone does.
 *
 * Each event is one record of the log (`consumer-group-log.ts`), so that a group is loaded by
 * applying its events again. Three epochs make it safe: the group's grows when members or topics
 * change; the target's says for which of them the target assignment was computed; a member's says
 * up to which of them the member has followed.
 */

import { noPartitions, type Assignment } from './assignment.ts'
import type { MemberProtocol } from './classic-group.ts'
import { heldNothing, type HeldSince } from './held-since.ts'

export interface MemberSubscription {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Sorted, each once. */
  readonly topicNames: readonly string[]
  readonly topicRegex: string | null
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  /** `null` of a member that speaks the protocol of KIP-848. */
  readonly classic: ClassicFacts | null
}

/** What has to be known of a member of a KIP-848 group that still speaks the classic protocol. */
export interface ClassicFacts {
  readonly sessionTimeoutMs: number
  /** Best first; the metadata of each is a `ConsumerProtocolSubscription`. */
  readonly protocols: readonly MemberProtocol[]
}

/** How far a member has got on its way to the target assignment. */
export type MemberState =
  /** It has all that its epoch gives it. */
  | 'stable'
  /** It has to give up `revoking` before it goes to another epoch. */
  | 'unrevoked'
  /** It shall have more, once others have given that up. */
  | 'unreleased'

export interface MemberProgress {
  /** -2 of a static member that is away (`awayEpoch`). */
  readonly epoch: number
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: Assignment
  /** Partitions that still are the member's, until it no longer reports them. */
  readonly revoking: Assignment
}

/** As it is stored. */
export interface HeldProgress extends MemberProgress {
  /** Of all that is assigned, or is to be given up. */
  readonly since: HeldSince
}

export interface ConsumerMember extends HeldProgress {
  readonly memberId: string
  readonly subscription: MemberSubscription
}

/** The epoch with which a member joins, leaves, and, where static, leaves to come back. */
export const joinEpoch = 0
export const leaveEpoch = -1
export const awayEpoch = -2

export interface ConsumerGroup {
  readonly kind: 'consumer'
  readonly groupId: string
  readonly epoch: number
  /** Of the topics that members subscribe to: another value means that they have changed. */
  readonly metadataHash: string
  readonly targetEpoch: number
  /** When that was; of a group without members, when the last one left. */
  readonly targetTimestampMs: number
  readonly members: ReadonlyMap<string, ConsumerMember>
  readonly targets: ReadonlyMap<string, Assignment>
}

export type ConsumerGroupEvent =
  | { readonly type: 'group'; readonly epoch: number; readonly metadataHash: string }
  | { readonly type: 'target-epoch'; readonly epoch: number; readonly timestampMs: number }
  | {
      readonly type: 'member'
      readonly memberId: string
      readonly subscription: MemberSubscription
    }
  | { readonly type: 'target'; readonly memberId: string; readonly target: Assignment }
  | { readonly type: 'progress'; readonly memberId: string; readonly progress: HeldProgress }
  | { readonly type: RemovalType; readonly memberId: string }

/** A member is removed by three events, since it is three records. */
export type RemovalType = 'member-removed' | 'target-removed' | 'progress-removed'

const noMetadataHash = '0'.repeat(16)

export function emptyConsumerGroup(groupId: string): ConsumerGroup {
  return {
    kind: 'consumer',
    groupId,
    epoch: 0,
    metadataHash: noMetadataHash,
    targetEpoch: 0,
    targetTimestampMs: 0,
    members: new Map(),
    targets: new Map(),
  }
}

const newMember: HeldProgress = Object.freeze({
  epoch: joinEpoch,
  previousEpoch: -1,
  state: 'stable',
  assigned: noPartitions,
  revoking: noPartitions,
  since: heldNothing,
})

const newSubscription: MemberSubscription = Object.freeze({
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  topicNames: [],
  topicRegex: null,
  rebalanceTimeoutMs: -1,
  serverAssignor: null,
  classic: null,
})

export function newConsumerMember(memberId: string): ConsumerMember {
  return { memberId, subscription: newSubscription, ...newMember }
}

/** Returns the group after `events`. Total: what was decided can always be applied. */
export function applyEvents(
  group: ConsumerGroup,
  events: readonly ConsumerGroupEvent[],
): ConsumerGroup {
  if (events.length === 0) return group
  // Copied once for all events: a rebalance of many members has one for each of them.
  const members = new Map(group.members)
  const targets = new Map(group.targets)
  let { epoch, metadataHash, targetEpoch, targetTimestampMs } = group
  for (const event of events) {
    if (event.type === 'group') ({ epoch, metadataHash } = event)
    else if (event.type === 'target-epoch') {
      ;({ epoch: targetEpoch, timestampMs: targetTimestampMs } = event)
    } else if (event.type === 'target') targets.set(event.memberId, event.target)
    else if (event.type === 'target-removed') targets.delete(event.memberId)
    else applyToMember(members, event)
  }
  return { ...group, epoch, metadataHash, targetEpoch, targetTimestampMs, members, targets }
}

type MemberEvent = Exclude<
  ConsumerGroupEvent,
  { readonly type: 'group' | 'target-epoch' | 'target' | 'target-removed' }
>

function applyToMember(members: Map<string, ConsumerMember>, event: MemberEvent): void {
  const { memberId } = event
  const member = members.get(memberId) ?? newConsumerMember(memberId)
  switch (event.type) {
    case 'member':
      members.set(memberId, { ...member, subscription: event.subscription })
      break
    case 'progress':
      members.set(memberId, { ...member, ...event.progress })
      break
    case 'progress-removed':
      // A log that was compacted may have this without the member that it was about.
      if (members.has(memberId)) members.set(memberId, { ...member, ...newMember })
      break
    case 'member-removed':
      members.delete(memberId)
      break
  }
}

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

export function consumerGroupState(group: ConsumerGroup): ConsumerGroupState {
  if (group.members.size === 0) return 'Empty'
  if (group.epoch > group.targetEpoch) return 'Assigning'
  for (const member of group.members.values()) {
    if (!isReconciled(member, group.targetEpoch)) return 'Reconciling'
  }
  return 'Stable'
}

export function isReconciled(member: MemberProgress, targetEpoch: number): boolean {
  return member.state === 'stable' && member.epoch === targetEpoch
}

export function staticMember(group: ConsumerGroup, instanceId: string): ConsumerMember | undefined {
  for (const member of group.members.values()) {
    if (member.subscription.instanceId === instanceId) return member
  }
  return undefined
}

/** Owner by topic id and partition. It is the same as long as the members are. */
const ownersByMembers = new WeakMap<object, ReadonlyMap<string, ReadonlyMap<number, string>>>()

/** Returns who has the partition, be it to give it up: no one else may be given it before. */
export function ownerOf(
  { members }: ConsumerGroup,
  topicId: string,
  partition: number,
): string | undefined {
  let owners = ownersByMembers.get(members)
  if (!owners) {
    owners = ownersOf(members)
    ownersByMembers.set(members, owners)
  }
  return owners.get(topicId)?.get(partition)
}

function ownersOf(
  members: ReadonlyMap<string, ConsumerMember>,
): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const owners = new Map<string, Map<number, string>>()
  for (const { memberId, assigned, revoking } of members.values()) {
    for (const [topicId, partitions] of [...assigned, ...revoking]) {
      const ofTopic = owners.get(topicId) ?? new Map<number, string>()
      owners.set(topicId, ofTopic)
      for (const partition of partitions) ofTopic.set(partition, memberId)
    }
  }
  return owners
}

/** A group as it becomes while events are decided one after the other. */
export class ConsumerDraft {
  #group: ConsumerGroup
  readonly #events: ConsumerGroupEvent[] = []

  constructor(group: ConsumerGroup) {
    this.#group = group
  }

  get group(): ConsumerGroup {
    return this.#group
  }

  get events(): readonly ConsumerGroupEvent[] {
    return this.#events
  }

  add(events: readonly ConsumerGroupEvent[]): void {
    this.#events.push(...events)
    this.#group = applyEvents(this.#group, events)
  }
}
