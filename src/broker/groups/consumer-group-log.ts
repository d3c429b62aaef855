/**
 * The records of `__consumer_offsets` that a KIP-848 group is made of, in Kafka's schemas: one for
 * each event.
 *
 * Two kinds that Kafka knows are not written, and skipped when read: the metadata of subscribed
 * topics, which Kafka 4.1 replaced by a hash, and the topics that a regular expression stands for,
 * which are found anew here whenever topics change.
 */

import {
  consumerGroupCurrentMemberAssignmentKey as progressKey,
  consumerGroupCurrentMemberAssignmentValue as progressValue,
  consumerGroupMemberMetadataKey as memberKey,
  consumerGroupMemberMetadataValue as memberValue,
  consumerGroupMetadataKey as groupKey,
  consumerGroupMetadataValue as groupValue,
  consumerGroupTargetAssignmentMemberKey as targetKey,
  consumerGroupTargetAssignmentMemberValue as targetValue,
  consumerGroupTargetAssignmentMetadataKey as targetEpochKey,
  consumerGroupTargetAssignmentMetadataValue as targetEpochValue,
  type ConsumerGroupCurrentMemberAssignmentValue as ProgressValue,
  type ConsumerGroupMemberMetadataValue,
} from '../../protocol/records/consumer-group-records.ts'
import {
  decodeKey,
  decodeValue,
  encodeKey,
  encodeValue,
  keyType,
} from '../../protocol/records/record-schema.ts'
import { loadExpressions } from '../expressions.ts'
import { assignmentOf, topicPartitionsOf, type Assignment } from './assignment.ts'
import type {
  ClassicFacts,
  ConsumerGroup,
  ConsumerGroupEvent,
  MemberState,
} from './consumer-group.ts'
import { heldSince, type HeldSince } from './held-since.ts'
import type { StateRecord } from '../state-log.ts'

const stateCodes: Readonly<Record<MemberState, number>> = {
  stable: 0,
  unrevoked: 1,
  unreleased: 2,
}

export function recordOf(groupId: string, event: ConsumerGroupEvent): StateRecord {
  if (event.type === 'group') {
    const { epoch, metadataHash } = event
    const value = encodeValue(groupValue, { epoch, metadataHash })
    return { key: encodeKey(groupKey, { groupId }), value }
  }
  if (event.type === 'target-epoch') {
    const { epoch: assignmentEpoch, timestampMs: assignmentTimestamp } = event
    const value = encodeValue(targetEpochValue, { assignmentEpoch, assignmentTimestamp })
    return { key: encodeKey(targetEpochKey, { groupId }), value }
  }
  const key = { groupId, memberId: event.memberId }
  switch (event.type) {
    case 'member':
      return { key: encodeKey(memberKey, key), value: encodeSubscription(event) }
    case 'member-removed':
      return { key: encodeKey(memberKey, key), value: null }
    case 'target':
      return {
        key: encodeKey(targetKey, key),
        value: encodeValue(targetValue, { topicPartitions: topicPartitionsOf(event.target) }),
      }
    case 'target-removed':
      return { key: encodeKey(targetKey, key), value: null }
    case 'progress':
      return { key: encodeKey(progressKey, key), value: encodeProgress(event) }
    case 'progress-removed':
      return { key: encodeKey(progressKey, key), value: null }
  }
}

/** Returns the records that remove `group`, members and all. */
export function removalOf({ groupId, members, targets }: ConsumerGroup): StateRecord[] {
  const removed = (type: 'progress-removed' | 'target-removed' | 'member-removed') => {
    const memberIds = type === 'target-removed' ? targets.keys() : members.keys()
    return [...memberIds].map((memberId) => recordOf(groupId, { type, memberId }))
  }
  return [
    ...removed('progress-removed'),
    ...removed('target-removed'),
    { key: encodeKey(targetEpochKey, { groupId }), value: null },
    ...removed('member-removed'),
    { key: encodeKey(groupKey, { groupId }), value: null },
  ]
}

type EventOf<Type> = Extract<ConsumerGroupEvent, { readonly type: Type }>

function encodeSubscription({ subscription }: EventOf<'member'>): Uint8Array {
  const { topicNames, topicRegex, classic, ...rest } = subscription
  return encodeValue(memberValue, {
    ...rest,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: [...classic.protocols],
    },
  })
}

function encodeProgress({ progress }: EventOf<'progress'>): Uint8Array {
  return encodeValue(progressValue, {
    memberEpoch: progress.epoch,
    previousMemberEpoch: progress.previousEpoch,
    state: stateCodes[progress.state],
    assignedPartitions: withEpochs(progress.assigned, progress.since),
    partitionsPendingRevocation: withEpochs(progress.revoking, progress.since),
  })
}

type TopicWithEpochs = ProgressValue['assignedPartitions'][number]

function withEpochs(assignment: Assignment, since: HeldSince): TopicWithEpochs[] {
  return topicPartitionsOf(assignment).map(({ topicId, partitions }) => {
    const ofTopic = since.get(topicId)
    const assignmentEpochs = partitions.map((each) => ofTopic?.get(each) ?? 0)
    return { topicId, partitions: [...partitions], assignmentEpochs }
  })
}

export type ConsumerGroupRecord =
  | { readonly groupId: string; readonly event: ConsumerGroupEvent }
  | { readonly groupId: string; readonly event: 'group-removed' }

/** Returns what a record says, or `undefined` where it says nothing of a KIP-848 group. */
export function decodeConsumerGroupRecord(
  key: Uint8Array,
  value: Uint8Array | null,
): ConsumerGroupRecord | undefined {
  switch (keyType(key)) {
    case groupKey.type: {
      const { groupId } = decodeKey(groupKey, key)
      if (value === null) return { groupId, event: 'group-removed' }
      return { groupId, event: { type: 'group', ...decodeValue(groupValue, value) } }
    }
    case targetEpochKey.type: {
      const { groupId } = decodeKey(targetEpochKey, key)
      if (value === null) return undefined
      const { assignmentEpoch: epoch, assignmentTimestamp: timestampMs } = decodeValue(
        targetEpochValue,
        value,
      )
      return { groupId, event: { type: 'target-epoch', epoch, timestampMs } }
    }
    case memberKey.type: {
      const { groupId, memberId } = decodeKey(memberKey, key)
      if (value === null) return { groupId, event: { type: 'member-removed', memberId } }
      return { groupId, event: decodeSubscription(memberId, value) }
    }
    case targetKey.type: {
      const { groupId, memberId } = decodeKey(targetKey, key)
      if (value === null) return { groupId, event: { type: 'target-removed', memberId } }
      const target = assignmentOf(decodeValue(targetValue, value).topicPartitions)
      return { groupId, event: { type: 'target', memberId, target } }
    }
    case progressKey.type: {
      const { groupId, memberId } = decodeKey(progressKey, key)
      if (value === null) return { groupId, event: { type: 'progress-removed', memberId } }
      return { groupId, event: decodeProgress(memberId, value) }
    }
    default:
      return undefined
  }
}

function decodeSubscription(memberId: string, value: Uint8Array): EventOf<'member'> {
  const decoded = decodeValue(memberValue, value)
  // The broker is ready when they are there.
  if (decoded.subscribedTopicRegex) void loadExpressions()
  const subscription = {
    instanceId: decoded.instanceId,
    rackId: decoded.rackId,
    clientId: decoded.clientId,
    clientHost: decoded.clientHost,
    topicNames: decoded.subscribedTopicNames,
    topicRegex: decoded.subscribedTopicRegex,
    rebalanceTimeoutMs: decoded.rebalanceTimeoutMs,
    serverAssignor: decoded.serverAssignor,
    classic: classicFactsOf(decoded.classicMemberMetadata),
  }
  return { type: 'member', memberId, subscription }
}

/** A member without protocols is none that ever joined by the classic one. */
function classicFactsOf(
  metadata: ConsumerGroupMemberMetadataValue['classicMemberMetadata'],
): ClassicFacts | null {
  if (metadata === null || metadata.supportedProtocols.length === 0) return null
  const { sessionTimeoutMs, supportedProtocols: protocols } = metadata
  return { sessionTimeoutMs, protocols }
}

function decodeProgress(memberId: string, value: Uint8Array): EventOf<'progress'> {
  const { memberEpoch, previousMemberEpoch, state, ...topics } = decodeValue(progressValue, value)
  const { assignedPartitions, partitionsPendingRevocation } = topics
  const progress = {
    epoch: memberEpoch,
    previousEpoch: previousMemberEpoch,
    state: stateOf(state),
    assigned: assignmentOf(assignedPartitions),
    revoking: assignmentOf(partitionsPendingRevocation),
  }
  const known = epochsOf([...assignedPartitions, ...partitionsPendingRevocation])
  const since = heldSince(known, progress)
  return { type: 'progress', memberId, progress: { ...progress, since } }
}

/** Kafka before version 4.3 did not write epochs down. */
function epochsOf(topics: readonly TopicWithEpochs[]): HeldSince {
  const result = new Map<string, Map<number, number>>()
  for (const { topicId, partitions, assignmentEpochs } of topics) {
    if (assignmentEpochs?.length !== partitions.length) continue
    const ofTopic = result.get(topicId) ?? new Map<number, number>()
    result.set(topicId, ofTopic)
    partitions.forEach((each, index) => ofTopic.set(each, assignmentEpochs[index]!))
  }
  return result
}

function stateOf(code: number): MemberState {
  if (code === stateCodes.unrevoked) return 'unrevoked'
  if (code === stateCodes.unreleased) return 'unreleased'
  // A state of a newer Kafka: from 'stable' the next heartbeat finds out what is to be done.
  return 'stable'
}
