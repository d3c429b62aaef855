/**
 * A group of the classic protocol: its state, and the questions that several decisions ask of it.
 *
 * A rebalance has two halves. In `PreparingRebalance` the group waits for all members to join; the
 * answer to the last one starts the next generation. In `CompletingRebalance` it waits for the
 * leader to hand out the assignment. Only what a `Stable` or an `Empty` group is made of is stored:
 * after a restart the members of a rebalance that was under way join again.
 *
 * The state is never changed in place. Decisions build the next one with a `ClassicDraft`.
 */

import { RequestError } from '../request-error.ts'
import { unknownMember } from './refusals.ts'

export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** A request that waits for others: whoever runs the group knows whom to answer. */
export type Ticket = symbol

export interface MemberProtocol {
  readonly name: string
  /** What the member tells the leader; the broker does not read it. */
  readonly metadata: Uint8Array
}

export interface ClassicMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Best first. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Uint8Array
  /** The JoinGroup that waits for the end of the rebalance. */
  readonly join: Ticket | undefined
  /** The SyncGroup that waits for the assignment. */
  readonly sync: Ticket | undefined
  /**
   * Whether the client can come back if the answer to its join is lost: it knows its member id, or
   * has an instance id.
   */
  readonly canReturn: boolean
}

export interface ClassicGroup {
  readonly kind: 'classic'
  readonly groupId: string
  readonly state: ClassicGroupState
  /** In `PreparingRebalance`: whether the group was empty before. */
  readonly isInitialRebalance: boolean
  /** Whether a member has come since the wait for the initial rebalance was last extended. */
  readonly hasNewMember: boolean
  readonly generation: number
  /** `null` of a group that never had members, but commits. */
  readonly protocolType: string | null
  readonly protocol: string | null
  readonly leader: string | null
  /** In the order in which they came. */
  readonly members: ReadonlyMap<string, ClassicMember>
  /** Ids that clients were asked to join with, and have not yet (KIP-394). */
  readonly pendingJoins: ReadonlySet<string>
  /** Members of this generation that have not asked for their assignment. */
  readonly pendingSyncs: ReadonlySet<string>
  readonly stateTimestampMs: number
}

export const noAssignment = new Uint8Array()

export function emptyClassicGroup(groupId: string): ClassicGroup {
  return {
    kind: 'classic',
    groupId,
    state: 'Empty',
    isInitialRebalance: false,
    hasNewMember: false,
    generation: 0,
    protocolType: null,
    protocol: null,
    leader: null,
    members: new Map(),
    pendingJoins: new Set(),
    pendingSyncs: new Set(),
    stateTimestampMs: -1,
  }
}

/** Returns who waits for the end of the rebalance. */
export function joinedMembers({ members }: ClassicGroup): ClassicMember[] {
  return [...members.values()].filter(({ join }) => join !== undefined)
}

export function haveAllJoined(group: ClassicGroup): boolean {
  return group.pendingJoins.size === 0 && joinedMembers(group).length === group.members.size
}

/** The longest that a member asks the others to wait for it. */
export function rebalanceTimeoutMs({ members }: ClassicGroup): number {
  let longestMs = 0
  for (const member of members.values()) {
    longestMs = Math.max(longestMs, member.rebalanceTimeoutMs)
  }
  return longestMs
}

export function staticMemberId(group: ClassicGroup, instanceId: string): string | undefined {
  for (const member of group.members.values()) {
    if (member.instanceId === instanceId) return member.memberId
  }
  return undefined
}

/** @throws RequestError where `memberId` is none of the group, or another has its instance id */
export function memberOf(
  group: ClassicGroup,
  memberId: string,
  instanceId: string | null,
): ClassicMember {
  const member = group.members.get(memberId)
  if (instanceId !== null && member?.instanceId !== instanceId) {
    const current = staticMemberId(group, instanceId)
    if (current === undefined) throw unknownMember(group.groupId, memberId)
    throw new RequestError(
      'FENCED_INSTANCE_ID',
      `Member ${memberId} of group ${group.groupId} with instance id ${instanceId} was replaced.`,
    )
  }
  if (!member) throw unknownMember(group.groupId, memberId)
  return member
}

/** @throws RequestError */
export function checkGeneration(group: ClassicGroup, generation: number): void {
  if (generation === group.generation) return
  throw new RequestError(
    'ILLEGAL_GENERATION',
    `Group ${group.groupId} is in generation ${group.generation}, not ${generation}.`,
  )
}

export interface OfferedProtocols {
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
}

/** Clients offer one or two; what many members offer is compared with what all others do. */
const protocolsMax = 100

/** @throws RequestError where the members would have no protocol in common */
export function checkProtocols(
  group: ClassicGroup,
  { protocolType, protocols }: OfferedProtocols,
): void {
  const isAlike =
    group.state === 'Empty' ? protocolType !== '' : protocolType === group.protocolType
  const isSupported =
    protocols.length <= protocolsMax && protocols.some(({ name }) => isCommon(group, name))
  if (isAlike && isSupported) return
  throw new RequestError(
    'INCONSISTENT_GROUP_PROTOCOL',
    `The protocols of the member are none that group ${group.groupId} supports.`,
  )
}

/** Whether there is a protocol that all members support. */
export function haveCommonProtocol(group: ClassicGroup): boolean {
  return commonProtocols(group).size > 0
}

/** What all members support is among what any of them does. */
function commonProtocols(group: ClassicGroup): ReadonlySet<string> {
  const [first] = group.members.values()
  const names = first?.protocols.map(({ name }) => name) ?? []
  return new Set(names.filter((name) => isCommon(group, name)))
}

function isCommon({ members }: ClassicGroup, protocol: string): boolean {
  for (const member of members.values()) {
    if (!member.protocols.some(({ name }) => name === protocol)) return false
  }
  return true
}

/** Returns the protocol with most votes: each member has one, for the first that all support. */
export function selectProtocol(group: ClassicGroup): string {
  const common = commonProtocols(group)
  const votes = new Map<string, number>()
  for (const { protocols } of group.members.values()) {
    const vote = protocols.find(({ name }) => common.has(name))
    if (vote) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
  }
  let selected: string | undefined
  for (const [name, count] of votes) {
    if (selected === undefined || count > votes.get(selected)!) selected = name
  }
  if (selected === undefined) throw new Error(`members of ${group.groupId} share no protocol`)
  return selected
}

/** What the leader is told of each member. */
export function metadataOf({ protocols }: ClassicMember, protocol: string | null): Uint8Array {
  return protocols.find(({ name }) => name === protocol)?.metadata ?? noAssignment
}

/** Whether a member offers the same as before, in the same order. */
export function equalProtocols(
  one: readonly MemberProtocol[],
  other: readonly MemberProtocol[],
): boolean {
  return (
    one.length === other.length &&
    one.every(
      ({ name, metadata }, index) =>
        name === other[index]!.name && equalBytes(metadata, other[index]!.metadata),
    )
  )
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
