/**
 * ConsumerGroupHeartbeat, decided: who reports, whether the group has changed by it, what all shall
 * have then, and how far the member gets now. No step waits for another member.
 */

import type { ConsumerGroupHeartbeatRequest } from '../../protocol/consumer-group-heartbeat.ts'
import { assignmentOf, equalAssignments } from './assignment.ts'
import {
  ConsumerDraft,
  joinEpoch,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
  type MemberSubscription,
} from './consumer-group.ts'
import { enter } from './consumer-join.ts'
import { decideProgress } from './consumer-reconcile.ts'
import { decideTarget, type TargetFacts } from './consumer-target.ts'

export interface HeartbeatFacts extends TargetFacts {
  readonly clientId: string
  readonly clientHost: string
  /** Whether topics may be others than when the group last looked. */
  readonly haveTopicsChanged: boolean
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
  const { memberId } = before

  draft.add(decideSubscription(draft.group, before, request, facts))
  draft.add(decideTarget(draft.group, facts))
  const progress = decideProgress(draft.group, draft.group.members.get(memberId)!, owned)
  if (progress) draft.add([{ type: 'progress', memberId, progress }])

  const member = draft.group.members.get(memberId)!
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

function decideSubscription(
  group: ConsumerGroup,
  { memberId, subscription }: ConsumerMember,
  request: ConsumerGroupHeartbeatRequest,
  facts: HeartbeatFacts,
): ConsumerGroupEvent[] {
  const isNew = !group.members.has(memberId)
  const updated = updatedSubscription(subscription, request, facts)
  const events: ConsumerGroupEvent[] = []
  if (isNew || !equalSubscriptions(subscription, updated)) {
    events.push({ type: 'member', memberId, subscription: updated })
  }
  const hasChanged =
    isNew ||
    updated.topicRegex !== subscription.topicRegex ||
    !equalNames(updated.topicNames, subscription.topicNames)
  if (!hasChanged && !facts.haveTopicsChanged) return events

  const draft = new ConsumerDraft(group)
  draft.add(events)
  const metadataHash = facts.topics.hashOf(draft.group.members.values())
  if (hasChanged || metadataHash !== group.metadataHash) {
    events.push({ type: 'group', epoch: group.epoch + 1, metadataHash })
  }
  return events
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
  }
}

function equalSubscriptions(one: MemberSubscription, other: MemberSubscription): boolean {
  const { topicNames, ...rest } = one
  const names = Object.keys(rest) as (keyof typeof rest)[]
  return (
    equalNames(topicNames, other.topicNames) && names.every((name) => one[name] === other[name])
  )
}

function equalNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index])
}
