/**
 * JoinGroup to a KIP-848 group, decided: a member that speaks the classic protocol gets its part of
 * the target assignment like any other. It does so at once: nobody waits for the others, and nobody
 * leads.
 */

import type { ClassicJoiner } from './classic-join-request.ts'
import { byId, consumerProtocolType, readSubscription } from './classic-subscription.ts'
import { advance, decideSubscription, reconcile, type AdvanceFacts } from './consumer-advance.ts'
import { checkInstance, checkSize, replaceStatic } from './consumer-join.ts'
import {
  ConsumerDraft,
  newConsumerMember,
  staticMember,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
  type MemberSubscription,
} from './consumer-group.ts'
import { RequestError } from '../request-error.ts'
import type { ConsumerProtocolSubscription } from '../../protocol/records/consumer-protocol.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface ClassicJoin extends ClassicJoiner {
  /** Its own, or one that was made for it just now. */
  readonly memberId: string
  /** Whether the client came without an id. */
  readonly isUnknown: boolean
}

export interface ClassicJoinFacts extends AdvanceFacts {
  readonly lookup: TopicLookup
  readonly maxSize: number
  /** Whether a group whose members all speak the classic protocol becomes a classic one. */
  readonly mayDowngrade: boolean
}

export interface ClassicJoinDecision {
  readonly events: readonly ConsumerGroupEvent[]
  /** The group and the member after the events. */
  readonly group: ConsumerGroup
  readonly member: ConsumerMember
  /** Whether it took the place of the last member that spoke the other protocol. */
  readonly endsMixture: boolean
}

/** @throws RequestError */
export function decideClassicJoin(
  group: ConsumerGroup,
  join: ClassicJoin,
  facts: ClassicJoinFacts,
): ClassicJoinDecision {
  const message = subscriptionOf(join)
  const draft = new ConsumerDraft(group)
  const previous = join.instanceId === null ? undefined : staticMember(group, join.instanceId)
  const before = enterAsClassic(draft, join, previous, facts.maxSize)
  const subscription = subscriptionAfter(before.subscription, join, message)
  const owned = byId(message.ownedPartitions, facts.lookup)
  const report = { member: before, subscription, owned }

  const endsMixture = facts.mayDowngrade && previous !== undefined && isLastOther(group, previous)
  if (!endsMixture) {
    const member = advance(draft, report, facts)
    return { events: draft.events, group: draft.group, member, endsMixture }
  }
  // From here on a leader assigns. As long as nothing has changed there is nothing to assign.
  draft.add(decideSubscription(draft.group, report, facts))
  const isUpToDate = draft.group.targetEpoch === draft.group.epoch
  const member = isUpToDate ? reconcile(draft, report) : draft.group.members.get(join.memberId)!
  return { events: draft.events, group: draft.group, member, endsMixture }
}

/** @throws RequestError where the member has no protocol in common with the others */
export function checkClassicProtocols(
  { groupId, members }: ConsumerGroup,
  { protocolType, protocols }: Pick<ClassicJoin, 'protocolType' | 'protocols'>,
): void {
  const offers = [...members.values()].flatMap(({ subscription: { classic } }) =>
    classic ? [new Set(classic.protocols.map(({ name }) => name))] : [],
  )
  const isSupported =
    protocolType === consumerProtocolType &&
    protocols.some(({ name }) => offers.every((names) => names.has(name)))
  if (isSupported) return
  const message = `The protocols of the member are none that group ${groupId} supports.`
  throw new RequestError('INCONSISTENT_GROUP_PROTOCOL', message)
}

/** Whether all but `member`, which is none of them, speak the classic protocol. */
function isLastOther({ members }: ConsumerGroup, member: ConsumerMember): boolean {
  if (member.subscription.classic) return false
  return [...members.values()].every((each) => each === member || each.subscription.classic)
}

/** All protocols of a consumer say the same of its subscription. @throws RequestError */
function subscriptionOf({ memberId, protocols }: ClassicJoin): ConsumerProtocolSubscription {
  const subscription = readSubscription(protocols[0]!.metadata)
  if (subscription) return subscription
  const message = `The subscription of member ${memberId} cannot be read.`
  throw new RequestError('INCONSISTENT_GROUP_PROTOCOL', message)
}

function enterAsClassic(
  draft: ConsumerDraft,
  { memberId, isUnknown, instanceId }: ClassicJoin,
  previous: ConsumerMember | undefined,
  maxSize: number,
): ConsumerMember {
  const { group } = draft
  if (instanceId !== null && !isUnknown) return checkInstance(group, instanceId, memberId)
  if (previous) return replaceStatic(draft, previous, memberId)
  const known = group.members.get(memberId)
  if (known) return known
  checkSize(group, maxSize)
  return newConsumerMember(memberId)
}

function subscriptionAfter(
  before: MemberSubscription,
  join: ClassicJoin,
  message: ConsumerProtocolSubscription,
): MemberSubscription {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = join
  return {
    instanceId: instanceId ?? before.instanceId,
    rackId: message.rackId ?? before.rackId,
    clientId,
    clientHost,
    topicNames: [...new Set(message.topics)].sort(),
    topicRegex: null,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? before.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: before.serverAssignor,
    classic: { sessionTimeoutMs, protocols: join.protocols },
  }
}
