/** What members of a classic group tell each other, and what their leader does with it. */

import type { JoinGroupResponse } from '../../protocol/join-group.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeConsumerProtocol,
} from '../../protocol/records/consumer-protocol.ts'
import { encodeValue } from '../../protocol/records/record-schema.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { describedByTopic, type TopicPartition } from '../cluster/offset-lookup.ts'
import { BrokerError } from '../failure/errors.ts'
import { assignors, type AssignedMember } from './classic-assignors.ts'
import { classicOrder, type WorkerId } from './member-order.ts'

/** Of an assignment: it is the same in all versions. */
const assignmentVersion = 1

interface SubscriptionFacts {
  readonly generationId: number
  readonly workerId?: WorkerId
  readonly rackId: string | undefined
}

/** Returns what a member says when it joins: what it reads, and what it has. */
export function encodeSubscription(
  topics: readonly string[],
  owned: readonly TopicPartition[],
  { generationId, workerId, rackId }: SubscriptionFacts,
): Uint8Array {
  const ownedPartitions = byTopic(owned)
  const sorted = [...topics].sort()
  return encodeValue(consumerProtocolSubscription, {
    topics: sorted,
    userData: workerId ?? null,
    ownedPartitions,
    generationId,
    rackId: rackId || null,
  })
}

export function decodeAssignment(assignment: Uint8Array): TopicPartition[] {
  // A member that is to have nothing may be told so by nothing.
  if (assignment.length === 0) return []
  const { assignedPartitions } = decodeConsumerProtocol(consumerProtocolAssignment, assignment)
  return flat(assignedPartitions)
}

type Members = JoinGroupResponse['members']

/** Partitions of each topic. */
export type PartitionCounts = ReadonlyMap<string, number>

/** Returns how many partitions the topics of `members` have now. */
export function partitionsFor(
  cluster: Cluster,
  members: Members,
  signal: AbortSignal,
): Promise<PartitionCounts> {
  const topics = members.flatMap(
    ({ metadata }) => decodeConsumerProtocol(consumerProtocolSubscription, metadata).topics,
  )
  return countPartitions(cluster, [...new Set(topics)], signal)
}

/** Returns how many partitions `topics` have now; 0 where there is no such topic. */
export async function countPartitions(
  cluster: Cluster,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<PartitionCounts> {
  await cluster.look(topics, { signal })
  return new Map(topics.map((name) => [name, cluster.cachedTopic(name)?.partitions.length ?? 0]))
}

/** Shares the partitions out among `members`, as the leader does. */
export function assignmentsOf(
  protocolName: string,
  members: Members,
  partitionCounts: PartitionCounts,
): { memberId: string; assignment: Uint8Array }[] {
  const assignor = assignors[protocolName]
  if (!assignor) {
    const message = `the group has chosen to share partitions by '${protocolName}'`
    throw new BrokerError('INCONSISTENT_GROUP_PROTOCOL', message)
  }
  const known: AssignedMember[] = members.map(({ memberId, metadata }) => {
    const subscription = decodeConsumerProtocol(consumerProtocolSubscription, metadata)
    const { topics, userData, ownedPartitions, generationId: generation } = subscription
    const order = classicOrder(memberId, userData)
    return { memberId, order, topics, owned: flat(ownedPartitions), generation }
  })
  const assignment = assignor(known, (topic) => partitionCounts.get(topic)!)
  return [...assignment].map(([memberId, partitions]) => {
    const value = { assignedPartitions: byTopic(partitions) }
    return {
      memberId,
      assignment: encodeValue(consumerProtocolAssignment, value, assignmentVersion),
    }
  })
}

interface OfTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

function byTopic(places: readonly TopicPartition[]): OfTopic[] {
  return describedByTopic(places, ({ partition }) => partition).map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.sort((a, b) => a - b),
  }))
}

function flat(topics: readonly OfTopic[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}
