/** What `Admin` does to topics and their configuration. */

import { zeroUuid } from '../../bytes/uuid.ts'
import { createPartitions } from '../../protocol/create-partitions.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { deleteRecords } from '../../protocol/delete-records.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import { metadata } from '../../protocol/metadata.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import { describedByTopic, groupByLeader, lookUpOffsets } from '../cluster/offset-lookup.ts'
import type { FoundOffset, Isolation, TopicPartition } from '../cluster/offset-lookup.ts'
import { TopicNotFoundError } from '../failure/errors.ts'
import { toOffset, type OffsetInput } from '../record/offset.ts'
import { wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import { throwIfError } from './admin-errors.ts'
import { toKafkaConfigs, fromKafkaConfigs } from './topic-config.ts'
import type { TopicConfig, TopicSettings } from './topic-config.ts'
import { hasId, untilKnown, untilTopic } from './until-known.ts'

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
  /** Ids of the brokers that have it. */
  readonly replicas: readonly number[]
  /** Ids of those that have all of it. */
  readonly inSyncReplicas: readonly number[]
}

/** Whose configs are meant. */
export interface ConfigResource {
  /** What `name` is the name of. */
  readonly type: 'topic' | 'broker' | 'group'
  /** A topic, the id of a broker, or a group. */
  readonly name: string
}

/** A config, and where its value comes from. */
export interface ConfigEntry {
  /** Kafka's name of it, such as `retention.ms`. */
  readonly name: string
  /** `null` where it is secret or not set. */
  readonly value: string | null
  /** Whether nobody has set it. */
  readonly isDefault: boolean
  /** Whether it can only be set where the broker is started. */
  readonly isReadOnly: boolean
  /** Whether it is secret, as passwords are. */
  readonly isSensitive: boolean
  /** What the broker says about it; `null` where it says nothing. */
  readonly documentation: string | null
}

/** A record offset, or `'latest'` for everything that is committed now. */
export interface DeleteBefore {
  /** Its number, from 0. */
  readonly partition: number
  /** The first offset that stays, or `'latest'` to keep nothing that is there now. */
  readonly before: number | 'latest'
}

const resourceTypes = { topic: 2, broker: 4, group: 32 } as const
const setOperation = 0
/** Where a config's value comes from, if it is the default of the software. */
const defaultSource = 5
/** Stands for the broker's own default in CreateTopics. */
const brokerDefault = -1

export async function createTopic(
  cluster: Cluster,
  name: string,
  config: TopicConfig,
  options: OperationOptions,
): Promise<void> {
  const { partitions, replicationFactor } = config
  const topic = {
    name,
    numPartitions:
      partitions === undefined ? brokerDefault : wholeNumber('partitions', partitions, 1),
    replicationFactor:
      replicationFactor === undefined
        ? brokerDefault
        : wholeNumber('replicationFactor', replicationFactor, 1),
    configs: [...toKafkaConfigs(config)].map(([name, value]) => ({ name, value })),
  }
  /** Brokers of older versions do not tell. */
  let id = zeroUuid
  const action = `create topic '${name}'`
  const task = { ...options, action, target: 'controller', isRepeatable: false } as const
  await cluster.run(task, async ({ channel, signal }) => {
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

export async function deleteTopic(
  cluster: Cluster,
  name: string,
  options: OperationOptions,
): Promise<void> {
  /** Brokers of older versions do not tell. */
  let id = zeroUuid
  const action = `delete topic '${name}'`
  const task = { ...options, action, target: 'controller', isRepeatable: false } as const
  await cluster.run(task, async ({ channel, signal }) => {
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
}

export async function addPartitions(
  cluster: Cluster,
  name: string,
  count: number,
  options: OperationOptions,
): Promise<void> {
  const action = `give topic '${name}' ${wholeNumber('count', count, 1)} partitions`
  const task = { ...options, action, target: 'controller', isRepeatable: false } as const
  await cluster.run(task, async ({ channel, signal }) => {
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
  const configs = [...toKafkaConfigs(config)]
  const action = `alter topic '${name}'`
  if (configs.length > 0) {
    const resource = {
      resourceType: resourceTypes.topic,
      resourceName: name,
      configs: configs.map(([name, value]) => ({ name, configOperation: setOperation, value })),
    }
    const task = { ...options, action, target: 'controller' } as const
    await cluster.run(task, async ({ channel, signal }) => {
      const input = { resources: [resource] }
      const { responses } = await channel.request(incrementalAlterConfigs, input, { signal })
      for (const { errorCode, errorMessage } of responses) {
        throwIfError(action, { errorCode, errorMessage, topic: name })
      }
    })
    await untilConfigured(cluster, name, new Map(configs), options)
  }
  if (config.partitions === undefined) return
  const [topic] = await readTopics(cluster, [name], options)
  if (topic?.partitions.length === config.partitions) return
  await addPartitions(cluster, name, config.partitions, options)
}

/** Resolves once the configs of a topic are said to be `expected`. */
function untilConfigured(
  cluster: Cluster,
  name: string,
  expected: ReadonlyMap<string, string>,
  options: OperationOptions,
): Promise<void> {
  const action = `find the configs of topic '${name}'`
  return untilKnown({ cluster, options, action }, async (attempt) => {
    const entries = await readConfigsOnce(attempt, { type: 'topic', name }, action)
    return entries.every((entry) => {
      const value = expected.get(entry.name)
      return value === undefined || plain(value) === plain(entry.value ?? '')
    })
  })
}

/** A broker may write a value in another way than whoever has set it. */
function plain(value: string): string {
  const compact = value.replaceAll(/\s/g, '').toLowerCase()
  return compact !== '' && Number.isFinite(Number(compact)) ? String(Number(compact)) : compact
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
function readTopics(cluster: Cluster, names: readonly string[] | null, options: OperationOptions) {
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

export function readConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  options: OperationOptions,
): Promise<ConfigEntry[]> {
  const { type, name } = resource
  const action = `describe the configs of ${type} '${name}'`
  const target = type === 'broker' ? { node: Number(name) } : 'any'
  return cluster.run({ ...options, action, target }, (attempt) =>
    readConfigsOnce(attempt, resource, action),
  )
}

async function readConfigsOnce(
  { channel, signal }: Attempt,
  { type, name }: ConfigResource,
  action: string,
): Promise<ConfigEntry[]> {
  const resource = { resourceType: resourceTypes[type], resourceName: name }
  const input = { resources: [resource], includeDocumentation: true }
  const { results } = await channel.request(describeConfigs, input, { signal, minVersion: 1 })
  return results.flatMap(({ errorCode, errorMessage, configs }) => {
    throwIfError(action, { errorCode, errorMessage })
    return configs.map((config) => ({
      name: config.name,
      value: config.value,
      isDefault: config.configSource === defaultSource,
      isReadOnly: config.readOnly,
      isSensitive: config.isSensitive,
      documentation: config.documentation,
    }))
  })
}

/** Returns the new first offset of each partition. */
export function deleteRecordsBefore(
  cluster: Cluster,
  topic: string,
  limits: readonly DeleteBefore[],
  options: OperationOptions,
): Promise<(TopicPartition & { readonly startOffset: number })[]> {
  const action = `delete records of '${topic}'`
  const items = limits.map(({ partition, before }) => ({
    topic,
    partition,
    offset: before === 'latest' ? -1 : wholeNumber('before', before),
  }))
  return cluster.run({ ...options, action, target: 'any' }, async ({ signal }) => {
    const byLeader = await groupByLeader(cluster, items, signal)
    const answers = [...byLeader].map(async ([node, ofNode]) => {
      const channel = await cluster.channel({ node }, 'requests', signal)
      const topics = describedByTopic(ofNode, ({ partition, offset }) => ({
        partitionIndex: partition,
        offset,
      }))
      const input = { topics, timeoutMs: cluster.timeoutMs(options) }
      const answer = await channel.request(deleteRecords, input, { signal })
      return answer.topics.flatMap(({ partitions }) =>
        partitions.map(({ partitionIndex: partition, lowWatermark: startOffset, errorCode }) => {
          throwIfError(action, { errorCode, topic, partition })
          return { topic, partition, startOffset }
        }),
      )
    })
    return (await Promise.all(answers)).flat()
  })
}

/** Returns an offset of each partition, in their order. */
export async function listOffsets(
  cluster: Cluster,
  topic: string,
  offset: OffsetInput,
  options: OperationOptions & { readonly isolation?: Isolation },
): Promise<FoundOffset[]> {
  const place = toOffset('offset', offset)
  const { partitions } = await cluster.topic(topic, { ...options, mayCreate: false })
  const queries = partitions.map((_, partition) => ({ topic, partition, offset: place }))
  const found = await lookUpOffsets(cluster, queries, options)
  return found.sort((a, b) => a.partition - b.partition)
}
