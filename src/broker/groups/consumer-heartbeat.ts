/**
 * ConsumerGroupHeartbeat, decided: who reports, what it says of itself, what becomes of the group
 * by that, and what of it the member has to be told.
 */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { assignmentOf, equalAssignments, type Assignment } from './assignment.ts'
import { advance, type AdvanceFacts } from './consumer-advance.ts'
import {
  ConsumerDraft,
  joinEpoch,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
  type MemberSubscription,
} from './consumer-group.ts'
import { enter } from './consumer-join.ts'

export interface HeartbeatFacts extends AdvanceFacts {
  readonly clientId: string
  readonly clientHost: string
  readonly maxSize: number
  /** What the member said last that it has; `undefined` where it has not said so to this broker. */
  readonly lastOwned: Assignment | undefined
}

export interface HeartbeatDecision {
  readonly events: readonly ConsumerGroupEvent[]
  /** The group and the member after the events. */
  readonly group: ConsumerGroup
  readonly member: ConsumerMember
  /** What the member has, as far as it said so. */
  readonly owned: Assignment | undefined
  /** Whether the member has to be told its assignment, and may not know it already. */
  readonly showsAssignment: boolean
}

/** @throws RequestError */
export function decideHeartbeat(
  group: ConsumerGroup,
  request: ConsumerGroupHeartbeatRequest,
  facts: HeartbeatFacts,
): HeartbeatDecision {
  const { topicPartitions } = request
  const reported = topicPartitions ? assignmentOf(topicPartitions) : undefined
  const owned = reported ?? facts.lastOwned
  const draft = new ConsumerDraft(group)
  const before = enter(draft, request, { owned, maxSize: facts.maxSize })
  const subscription = updatedSubscription(before.subscription, request, facts)
  const member = advance(draft, { member: before, subscription, owned: reported }, facts)
  return {
    events: draft.events,
    group: draft.group,
    member,
    owned,
    showsAssignment:
      isFull(request) ||
      // It comes with an older epoch where an answer was lost, and the assignment with it.
      request.memberEpoch !== before.epoch ||
      // It is told until it says that this is what it has. Kafka tells it once: a member that never
      // hears of it, as those of librdkafka that give up waiting for the answer, stays without.
      !equalAssignments(owned ?? before.assigned, member.assigned),
  }
}

/** A client sends all fields when it joins, and when it is not sure what the broker knows. */
function isFull(request: ConsumerGroupHeartbeatRequest): boolean {
  const { memberEpoch, rebalanceTimeoutMs, topicPartitions } = request
  const isSubscribing = (request.subscribedTopicNames ?? request.subscribedTopicRegex) !== null
  const hasAll = rebalanceTimeoutMs !== -1 && topicPartitions !== null && isSubscribing
  return memberEpoch === joinEpoch || hasAll
}

/** Null in a request means "as before". */
function updatedSubscription(
  before: MemberSubscription,
  request: ConsumerGroupHeartbeatRequest,
  { clientId, clientHost }: HeartbeatFacts,
): MemberSubscription {
  const { subscribedTopicNames, subscribedTopicRegex, rebalanceTimeoutMs } = request
  return {
    instanceId: request.instanceId ?? before.instanceId,
    rackId: request.rackId ?? before.rackId,
    clientId,
    clientHost,
    topicNames: subscribedTopicNames
      ? [...new Set(subscribedTopicNames)].sort()
      : before.topicNames,
    topicRegex: subscribedTopicRegex ?? before.topicRegex,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? before.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? before.serverAssignor,
    // Whoever spoke the classic protocol before speaks it no more.
    classic: null,
  }
}
