/** What `Admin` does to topics. */

import { zeroUuid } from '../../bytes/uuid.ts'
import { createPartitions } from '../../protocol/create-partitions.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { metadata } from '../../protocol/metadata.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { InvalidOptionError, TopicNotFoundError } from '../failure/errors.ts'
import { wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { alterConfigs, readConfigs } from './admin-configs.ts'
import { throwIfError } from './admin-errors.ts'
import { onlyOnce } from './only-once.ts'
import { toKafkaConfigs, fromKafkaConfigs } from './topic-config.ts'
import type { TopicConfig, TopicSettings } from './topic-config.ts'
import { hasId, untilTopic } from './until-known.ts'

/** A topic in the list of all. */
export interface TopicSummary {
  /** Its name, by which records are sent to it. */
  readonly name: string
  /** Number of partitions. */
  readonly partitions: number
}

/** What `admin.describeTopic` tells, with the configs in force as typed fields. */
export interface TopicDescription extends TopicSummary, TopicSettings {
  /** The id that it was created with, a UUID; another topic of its name has another one. */
  readonly id: string
  /** Whether Kafka keeps it for itself. */
  readonly isInternal: boolean
  /** Each partition, from 0. */
  readonly partitionDetails: readonly PartitionDescription[]
  /** All configs with the values in force, by Kafka's name. */
  readonly config: Readonly<Record<string, string | null>>
}

/** Where a partition is. */
export interface PartitionDescription {
  /** Its number, from 0. */
  readonly partition: number
  /** -1 while nobody leads it. */
  readonly leader: number
  /** Ids of the brokers that have it; the first is who should lead it. */
  readonly replicas: readonly number[]
  /** Ids of those that have all of it. */
  readonly inSyncReplicas: readonly number[]
}

/** Stands for the broker's own default in CreateTopics. */
const brokerDefault = -1

export async function createTopic(
  cluster: Cluster,
  name: string,
  config: TopicConfig,
  options: OperationOptions,
): Promise<void> {
  const topic = {
    name,
    ...placement(config),
    configs: [...toKafkaConfigs(config)].map(([name, value]) => ({ name, value })),
  }
  /** Brokers of older versions do not tell. */
  let id = zeroUuid
  const action = `create topic '${name}'`
  const task = { ...options, action }
  await onlyOnce(cluster, task, 'TOPIC_ALREADY_EXISTS', async ({ channel, signal }) => {
    const input = { topics: [topic], timeoutMs: cluster.timeoutMs(options) }
    const { topics } = await channel.request(createTopics, input, { signal })
    for (const { errorCode, errorMessage, topicId } of topics) {
      throwIfError(action, { errorCode, errorMessage, topic: name })
      id = topicId
    }
  })
  cluster.forgetTopic(name)
  await untilTopic(cluster, name, (topic) => hasId(topic, id), options)
}

/** Where the partitions of a new topic are to be. */
function placement({ partitions, replicationFactor, assignments }: TopicConfig) {
  const given = Object.entries(assignments ?? {})
  const count = (option: string, value: number | undefined): number => {
    if (value === undefined) return brokerDefault
    if (!assignments) return wholeNumber(option, value, 1)
    const expected = `left to 'assignments', which say it`
    throw new InvalidOptionError({ option, expected, actual: value })
  }
  return {
    numPartitions: count('partitions', partitions),
    replicationFactor: count('replicationFactor', replicationFactor),
    assignments: given.map(([partition, brokerIds]) => ({
      partitionIndex: wholeNumber('partition', Number(partition)),
      brokerIds,
    })),
  }
}

export async function deleteTopic(
  cluster: Cluster,
  name: string,
  options: OperationOptions,
): Promise<void> {
  /** Brokers of older versions do not tell. */
  let id = zeroUuid
  const action = `delete topic '${name}'`
  const task = { ...options, action }
  await onlyOnce(cluster, task, 'UNKNOWN_TOPIC_OR_PARTITION', async ({ channel, signal }) => {
    const timeoutMs = cluster.timeoutMs(options)
    // A topic that does not exist will not come to: there is nothing to be tried again.
    const input = { topics: [{ name }], topicNames: [name], timeoutMs }
    const { responses } = await channel.request(deleteTopics, input, { signal })
    for (const { errorCode, errorMessage, topicId } of responses) {
      throwIfError(action, { errorCode, errorMessage, topic: name })
      id = topicId
    }
  })
  cluster.forgetTopic(name)
  await untilTopic(cluster, name, (topic) => !hasId(topic, id), options)
  // Last, as others may have looked meanwhile, and met a broker that still had it.
  cluster.seen.delete(name)
}

export async function addPartitions(
  cluster: Cluster,
  name: string,
  count: number,
  options: OperationOptions,
): Promise<void> {
  const action = `give topic '${name}' ${wholeNumber('count', count, 1)} partitions`
  const task = { ...options, action }
  await onlyOnce(cluster, task, 'INVALID_PARTITIONS', async ({ channel, signal }) => {
    const input = { topics: [{ name, count }], timeoutMs: cluster.timeoutMs(options) }
    const { results } = await channel.request(createPartitions, input, { signal })
    for (const { errorCode, errorMessage } of results) {
      throwIfError(action, { errorCode, errorMessage, topic: name })
    }
  })
  const hasAll = (topic?: { readonly partitions: readonly unknown[] }): boolean =>
    topic !== undefined && topic.partitions.length >= count
  await untilTopic(cluster, name, hasAll, options)
  cluster.forgetTopic(name)
}

export async function alterTopic(
  cluster: Cluster,
  name: string,
  config: TopicConfig,
  options: OperationOptions,
): Promise<void> {
  for (const option of ['assignments', 'replicationFactor'] as const) {
    const actual = config[option]
    if (actual === undefined) continue
    throw new InvalidOptionError({ option, expected: `left to 'reassignPartitions'`, actual })
  }
  const configs = Object.fromEntries(toKafkaConfigs(config))
  const { partitions: wanted } = config
  const present = wanted === undefined ? wanted : await partitionCount(cluster, name, options)
  // Fewer are refused, and are to be before anything is changed.
  const isRefused = wanted !== undefined && present !== undefined && wanted < present
  if (!isRefused && Object.keys(configs).length > 0) {
    await alterConfigs(cluster, { type: 'topic', name }, configs, options)
  }
  if (wanted !== undefined && wanted !== present)
    await addPartitions(cluster, name, wanted, options)
}

async function partitionCount(
  cluster: Cluster,
  name: string,
  options: OperationOptions,
): Promise<number | undefined> {
  const [topic] = await readTopics(cluster, [name], options)
  return topic?.partitions.length
}

export async function listTopics(
  cluster: Cluster,
  options: OperationOptions & { readonly includeInternal?: boolean },
): Promise<TopicSummary[]> {
  const topics = await readTopics(cluster, null, options)
  return topics
    .filter(({ isInternal }) => options.includeInternal || !isInternal)
    .map(({ name, partitions }) => ({ name: name!, partitions: partitions.length }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export async function describeTopic(
  cluster: Cluster,
  name: string,
  options: OperationOptions,
): Promise<TopicDescription> {
  const [topic] = await readTopics(cluster, [name], options)
  if (!topic) throw new TopicNotFoundError(`there is no topic '${name}'`, { topic: name })
  const entries = await readConfigs(cluster, { type: 'topic', name }, options)
  const config = new Map(entries.map(({ name, value }) => [name, value]))
  const details = topic.partitions.map((partition) => ({
    partition: partition.partitionIndex,
    leader: partition.leaderId,
    replicas: partition.replicaNodes,
    inSyncReplicas: partition.isrNodes,
  }))
  return {
    name,
    id: topic.topicId,
    isInternal: topic.isInternal,
    partitions: topic.partitions.length,
    ...fromKafkaConfigs(config),
    partitionDetails: details.sort((a, b) => a.partition - b.partition),
    config: Object.fromEntries(config),
  }
}

/** Reads metadata of `names`, or all topics, without having any created. */
export function readTopics(
  cluster: Cluster,
  names: readonly string[] | null,
  options: OperationOptions,
) {
  const action = names ? `describe topic '${names.join("', '")}'` : 'list topics'
  return cluster.run({ ...options, action, target: 'any' }, async ({ channel, signal }) => {
    const topics = names?.map((name) => ({ name })) ?? null
    const input = { topics, allowAutoTopicCreation: false }
    const answer = await channel.request(metadata, input, { signal, maxVersion: 12 })
    for (const { errorCode, name } of answer.topics) {
      throwIfError(action, { errorCode, topic: name ?? '' })
    }
    return answer.topics
  })
}
