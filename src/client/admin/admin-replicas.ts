/** What `Admin` does to replicas: moves them between brokers, and has others of them lead. */

import { alterPartitionReassignments } from '../../protocol/alter-partition-reassignments.ts'
import { electLeaders as electLeadersApi } from '../../protocol/elect-leaders.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listPartitionReassignments } from '../../protocol/list-partition-reassignments.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { oneOf, wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { readTopics } from './admin-topics.ts'
import { checkPartitions } from './check-partitions.ts'
import { untilTopic } from './until-known.ts'

/**
 * By partition: ids of the brokers that are to have it, of which the first is to lead; `null` ends
 * a move that is under way, and leaves the partition with the brokers that had it. Apache Kafka may
 * have forgotten then which of them was to lead.
 */
export type ReplicaAssignments = Readonly<Record<number, readonly number[] | null>>

/** A partition whose replicas are being moved. */
export interface PartitionReassignment extends TopicPartition {
  /** Ids of all brokers that have it now, or are getting it. */
  readonly replicas: readonly number[]
  /** Ids of those that are getting it. */
  readonly adding: readonly number[]
  /** Ids of those that will no longer have it then. */
  readonly removing: readonly number[]
}

/** Which leaders are elected, and how. */
export interface ElectionOptions extends OperationOptions {
  /** Numbers of partitions. @default all of the topic */
  readonly partitions?: readonly number[]
  /**
   * `preferred` gives each partition the first of its replicas, where that is in sync. `unclean`
   * gives one to partitions that have no leader, of those that lack records where there are no
   * others: these records are lost.
   *
   * @default 'preferred'
   */
  readonly type?: 'preferred' | 'unclean'
}

const electionTypes = { preferred: 0, unclean: 1 } as const
/** The first version that knows of unclean elections. */
const uncleanVersion = 1

export async function reassignPartitions(
  cluster: Cluster,
  topic: string,
  assignments: ReplicaAssignments,
  options: OperationOptions,
): Promise<void> {
  const action = `reassign partitions of '${topic}'`
  const wanted = Object.entries(assignments).map(([partition, replicas]) => ({
    partitionIndex: wholeNumber('partition', Number(partition)),
    replicas,
  }))
  const partitions = wanted.map(({ partitionIndex }) => partitionIndex)
  await checkPartitions(cluster, { topic, partitions }, options)
  const input = {
    topics: [{ name: topic, partitions: wanted }],
    timeoutMs: cluster.timeoutMs(options),
  }
  // What was cancelled is not under way the second time.
  const isRepeatable = wanted.every(({ replicas }) => replicas !== null)
  const task = { ...options, action, target: 'controller', isRepeatable } as const
  await cluster.run(task, async ({ channel, signal }) => {
    const answer = await channel.request(alterPartitionReassignments, input, { signal })
    throwIfError(action, answer)
    for (const { partitions } of answer.responses) {
      for (const { partitionIndex: partition, ...outcome } of partitions) {
        throwIfError(action, { ...outcome, topic, partition })
      }
    }
  })
  // While a partition moves, the brokers that it comes from are behind those that it goes to.
  await untilTopic(
    cluster,
    topic,
    (found) =>
      wanted.every(({ partitionIndex, replicas }) => {
        const now = found?.partitions.find(
          (partition) => partition.partitionIndex === partitionIndex,
        )
        return replicas?.every((node, place) => now?.replicaNodes[place] === node) ?? true
      }),
    options,
  )
  cluster.forgetTopic(topic)
}

export async function listReassignments(
  cluster: Cluster,
  topics: readonly string[] | undefined,
  options: OperationOptions,
): Promise<PartitionReassignment[]> {
  const action = 'list reassignments'
  const task = { ...options, action, target: 'controller' } as const
  return cluster.run(task, async ({ channel, signal }) => {
    const input = { topics: null, timeoutMs: cluster.timeoutMs(options) }
    const answer = await channel.request(listPartitionReassignments, input, { signal })
    throwIfError(action, answer)
    // To ask for a topic takes the numbers of its partitions; those that move are few.
    return answer.topics
      .filter(({ name }) => topics?.includes(name) ?? true)
      .flatMap(({ name: topic, partitions }) =>
        partitions.map((found) => ({
          topic,
          partition: found.partitionIndex,
          replicas: found.replicas,
          adding: found.addingReplicas,
          removing: found.removingReplicas,
        })),
      )
  })
}

/** Returns the partitions that were given another leader. */
export async function electLeaders(
  cluster: Cluster,
  topic: string | undefined,
  options: ElectionOptions,
): Promise<TopicPartition[]> {
  const { partitions, type = 'preferred' } = options
  const electionType = electionTypes[oneOf('type', type, ['preferred', 'unclean'] as const)]
  const action = topic === undefined ? 'elect leaders' : `elect leaders of '${topic}'`
  if (topic !== undefined && partitions) {
    await checkPartitions(cluster, { topic, partitions }, options)
  }
  const wanted =
    topic === undefined
      ? null
      : [{ topic, partitions: partitions ?? (await partitionsOf(cluster, topic, options)) }]
  const elected: TopicPartition[] = []
  const task = { ...options, action, target: 'controller' } as const
  await cluster.run(task, async ({ channel, signal }) => {
    const input = { electionType, topicPartitions: wanted, timeoutMs: cluster.timeoutMs(options) }
    const minVersion = type === 'unclean' ? uncleanVersion : 0
    const answer = await channel.request(electLeadersApi, input, { signal, minVersion })
    throwIfError(action, answer)
    const results = answer.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult.map(({ partitionId: partition, ...outcome }) => {
        return { topic, partition, ...outcome }
      }),
    )
    // Asked again for some that failed, the brokers need none for those that did not.
    elected.push(
      ...results
        .filter(({ errorCode }) => errorCode === errorCodes.NONE)
        .map(({ topic, partition }) => ({ topic, partition })),
    )
    for (const result of results) {
      if (result.errorCode !== errorCodes.ELECTION_NOT_NEEDED) throwIfError(action, result)
    }
  })
  await untilElected(cluster, elected, options)
  return elected
}

async function partitionsOf(
  cluster: Cluster,
  topic: string,
  options: OperationOptions,
): Promise<number[]> {
  const [found] = await readTopics(cluster, [topic], options)
  return found?.partitions.map(({ partitionIndex }) => partitionIndex) ?? []
}

/** Resolves once brokers name those as leaders that were elected. */
async function untilElected(
  cluster: Cluster,
  elected: readonly TopicPartition[],
  options: ElectionOptions,
): Promise<void> {
  for (const [topic, ofTopic] of Map.groupBy(elected, (partition) => partition.topic)) {
    const numbers = new Set(ofTopic.map(({ partition }) => partition))
    const isLed = ({ leaderId, replicaNodes }: Leadership): boolean =>
      options.type === 'unclean' ? leaderId >= 0 : leaderId === replicaNodes[0]
    await untilTopic(
      cluster,
      topic,
      (found) =>
        found?.partitions.every((one) => !numbers.has(one.partitionIndex) || isLed(one)) ?? false,
      options,
    )
    cluster.forgetTopic(topic)
  }
}

interface Leadership {
  readonly leaderId: number
  readonly replicaNodes: readonly number[]
}
