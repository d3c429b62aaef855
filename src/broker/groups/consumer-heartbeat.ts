/**
 * ConsumerGroupHeartbeat, decided: who reports, what it says of itself, what becomes of the group
 * by that, and what of it the member has to be told.
 */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { assignmentOf, equalAssignments } from './assignment.ts'
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
}

export interface HeartbeatDecision {
  readonly events: readonly ConsumerGroupEvent[]
  /** The group and the member after the events. */
  readonly group: ConsumerGroup
  readonly member: ConsumerMember
  /** Whether the member has to be told its assignment, and does not know it already. */
  readonly showsAssignment: boolean
}

/** @throws RequestError */
export function decideHeartbeat(
  group: ConsumerGroup,
  request: ConsumerGroupHeartbeatRequest,
  facts: HeartbeatFacts,
): HeartbeatDecision {
  const { topicPartitions } = request
  const owned = topicPartitions ? assignmentOf(topicPartitions) : undefined
  const draft = new ConsumerDraft(group)
  const before = enter(draft, request, { owned, maxSize: facts.maxSize })
  const subscription = updatedSubscription(before.subscription, request, facts)
  const member = advance(draft, { member: before, subscription, owned }, facts)
  return {
    events: draft.events,
    group: draft.group,
    member,
    showsAssignment:
      isFull(request) ||
      // It comes with an older epoch where an answer was lost, and the assignment with it.
      request.memberEpoch !== before.epoch ||
      !equalAssignments(before.assigned, member.assigned),
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
