/**
 * The topics of the broker: their ids, configs and partition logs.
 *
 * Every change is a record of `__cluster_metadata`, in Kafka's schemas: it is appended, then applied
 * here, and after a restart applied again. The logs follow: they are made, or removed, for what the
 * records say.
 */

import { randomUuid } from '../bytes/uuid.ts'
import type { LogConfig } from '../log/log-config.ts'
import { logConfigEntries, resolveLogConfig } from '../log/log-config.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { MetadataRecord, MetadataRecordInput } from '../protocol/records/metadata-record.ts'
import type { Logger, Random } from '../runtime/runtime.ts'
import type { TopicLookup } from './groups/topic-lookup.ts'
import { RequestError } from './request-error.ts'
import {
  checkTopicName,
  clusterMetadataTopic,
  collisionForm,
  isInternalTopic,
} from './topic-name.ts'

/** One topic, as it is now. */
export interface Topic {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  /** Configs set for this topic, by Kafka's names. */
  readonly configs: ReadonlyMap<string, string>
  readonly partitions: readonly PartitionLog[]
  readonly partitionCount: number
}

export interface TopicsOptions {
  readonly logs: LogManager
  /** Appends records to `__cluster_metadata`; see `StateLog.append`. */
  readonly append: (records: readonly MetadataRecordInput[]) => Promise<void>
  readonly random: Random
  readonly logger: Logger
  readonly nodeId: number
  readonly maxPartitions: number
  /** What topics run with where they set nothing themselves. */
  readonly defaults: LogConfig
}

class TopicState implements Topic {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  readonly configs = new Map<string, string>()
  readonly partitions: PartitionLog[] = []
  partitionCount = 0

  constructor(name: string, id: string) {
    this.name = name
    this.id = id
    this.isInternal = isInternalTopic(name)
  }
}

const topicResource = 2

export class Topics implements TopicLookup {
  readonly #options: TopicsOptions
  readonly #byName = new Map<string, TopicState>()
  readonly #byId = new Map<string, TopicState>()
  readonly #collisionForms = new Set<string>()
  /** Ids of topics that were deleted: what is left of them on the disk is rubbish. */
  readonly #removedIds = new Set<string>()
  readonly #removalListeners: ((topic: Topic) => void)[] = []
  #partitionCount = 0
  #version = 0

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  get version(): number {
    return this.#version
  }

  byName(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  all(): Iterable<Topic> {
    return this.#byName.values()
  }

  /** Calls `listener` with every topic that is deleted from now on. */
  onRemoved(listener: (topic: Topic) => void): void {
    this.#removalListeners.push(listener)
  }

  /** Throws what `create` would, and does nothing. */
  checkCreate(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>>,
  ): void {
    checkTopicName(name)
    if (this.#byName.has(name)) {
      throw new RequestError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
    }
    if (isInternalTopic(name)) {
      const message = `Creation of internal topic '${name}' is prohibited.`
      throw new RequestError('INVALID_TOPIC_EXCEPTION', message)
    }
    if (this.#collisionForms.has(collisionForm(name))) {
      const message = `Topic '${name}' differs from another only in '.' and '_'.`
      throw new RequestError('INVALID_TOPIC_EXCEPTION', message)
    }
    this.#checkPartitionCount(partitionCount, 0)
    resolveLogConfig(configs, this.#options.defaults)
  }

  /**
   * Creates a topic. It can be used at once; `durable` resolves once a restart would find it.
   *
   * @throws RequestError or LogError, saying what is wrong with the name, count or configs
   */
  create(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>> = {},
  ): { readonly topic: Topic; readonly durable: Promise<void> } {
    this.checkCreate(name, partitionCount, configs)
    return this.createInternal(name, partitionCount, configs)
  }

  /** Creates a topic of the broker's own, whose name and configs are known to be right. */
  createInternal(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>>,
  ): { readonly topic: Topic; readonly durable: Promise<void> } {
    const topicId = randomUuid(this.#options.random.bytes(16))
    const records: MetadataRecordInput[] = [
      { type: 'topicRecord', value: { name, topicId } },
      ...Object.entries(configs).map(([config, value]) => configRecordOf(name, config, value)),
      ...this.#partitionRecords(topicId, 0, partitionCount),
    ]
    const durable = this.#change(records)
    const topic = this.#byName.get(name)!
    this.#openLogs(topic)
    return { topic, durable }
  }

  /** Throws what `addPartitions` would, and does nothing. */
  checkAddPartitions(topic: Topic, partitionCount: number): void {
    if (partitionCount <= topic.partitionCount) {
      const message =
        `Topic '${topic.name}' has ${topic.partitionCount} partitions; ` +
        `they can only become more, not ${partitionCount}.`
      throw new RequestError('INVALID_PARTITIONS', message)
    }
    this.#checkPartitionCount(partitionCount, topic.partitionCount)
  }

  /** Adds partitions until there are `partitionCount`. @throws RequestError */
  addPartitions(topic: Topic, partitionCount: number): Promise<void> {
    this.checkAddPartitions(topic, partitionCount)
    const records = this.#partitionRecords(topic.id, topic.partitionCount, partitionCount)
    const durable = this.#change(records)
    this.#openLogs(this.#byName.get(topic.name)!)
    return durable
  }

  /** Deletes a topic with all its records. */
  delete(topic: Topic): Promise<void> {
    return this.#change([{ type: 'removeTopicRecord', value: { topicId: topic.id } }])
  }

  /**
   * Sets configs of a topic, or with `null` takes them back to the default.
   *
   * @throws LogError with INVALID_CONFIG, naming the config that is unknown or not allowed
   */
  setConfigs(topic: Topic, changes: Readonly<Record<string, string | null>>): Promise<void> {
    this.checkConfigs(topic, changes)
    return this.#change(
      Object.entries(changes).map(([config, value]) => configRecordOf(topic.name, config, value)),
    )
  }

  /** Throws what `setConfigs` would, and does nothing. */
  checkConfigs(topic: Topic, changes: Readonly<Record<string, string | null>>): void {
    const configs = new Map(topic.configs)
    for (const [config, value] of Object.entries(changes)) {
      // Also a config that is taken back has to be one that there is.
      if (!logConfigEntries.has(config)) {
        throw new RequestError('INVALID_CONFIG', `Unknown topic config name: ${config}`)
      }
      if (value === null) configs.delete(config)
      else configs.set(config, value)
    }
    resolveLogConfig(Object.fromEntries(configs), this.#options.defaults)
  }

  /** Takes over what a record says; while the log is replayed, before `open`. */
  apply(record: MetadataRecord): void {
    if (record.type === 'topicRecord') this.#applyTopic(record.value)
    else if (record.type === 'partitionRecord') this.#applyPartition(record.value)
    else if (record.type === 'configRecord') this.#applyConfig(record.value)
    else if (record.type === 'removeTopicRecord') this.#applyRemoval(record.value.topicId)
  }

  /** Makes the logs what the records say, once those are replayed. */
  open(): void {
    this.#adoptOrphans()
    for (const topic of this.#byName.values()) this.#openLogs(topic)
  }

  #checkPartitionCount(wanted: number, present: number): void {
    if (wanted < 1) {
      const message = `Number of partitions must be at least 1, not ${wanted}.`
      throw new RequestError('INVALID_PARTITIONS', message)
    }
    const { maxPartitions } = this.#options
    if (this.#partitionCount + wanted - present > maxPartitions) {
      const message = `This broker holds ${this.#partitionCount} of at most ${maxPartitions} partitions.`
      throw new RequestError('INVALID_PARTITIONS', message)
    }
  }

  #partitionRecords(topicId: string, from: number, to: number): MetadataRecordInput[] {
    const replicas = [this.#options.nodeId]
    const value = {
      topicId,
      replicas,
      isr: replicas,
      removingReplicas: [],
      addingReplicas: [],
      leader: this.#options.nodeId,
      leaderEpoch: 0,
      partitionEpoch: 0,
    }
    return Array.from({ length: to - from }, (_, index) => ({
      type: 'partitionRecord',
      value: { ...value, partitionId: from + index },
    }))
  }

  /** Appends, then applies: from here on the change counts, and is waited for only to be durable. */
  #change(records: readonly MetadataRecordInput[]): Promise<void> {
    const durable = this.#options.append(records)
    for (const record of records) this.apply(record as MetadataRecord)
    return durable
  }

  #applyTopic({ name, topicId }: { readonly name: string; readonly topicId: string }): void {
    const topic = new TopicState(name, topicId)
    this.#byName.set(name, topic)
    this.#byId.set(topicId, topic)
    this.#collisionForms.add(collisionForm(name))
    this.#version++
  }

  #applyPartition({ topicId }: { readonly topicId: string }): void {
    const topic = this.#byId.get(topicId)
    if (!topic) return
    topic.partitionCount++
    this.#partitionCount++
    this.#version++
  }

  #applyConfig(config: {
    readonly resourceType: number
    readonly resourceName: string
    readonly name: string
    readonly value: string | null
  }): void {
    const topic = this.#byName.get(config.resourceName)
    if (config.resourceType !== topicResource || !topic) return
    if (config.value === null) topic.configs.delete(config.name)
    else topic.configs.set(config.name, config.value)
    if (topic.partitions.length === 0) return
    const resolved = this.#configOf(topic)
    for (const log of topic.partitions) log.setConfig(resolved)
  }

  #applyRemoval(topicId: string): void {
    const topic = this.#byId.get(topicId)
    this.#removedIds.add(topicId)
    if (!topic) return
    this.#byId.delete(topicId)
    this.#byName.delete(topic.name)
    this.#collisionForms.delete(collisionForm(topic.name))
    this.#partitionCount -= topic.partitionCount
    this.#version++
    topic.partitions.forEach((_, partition) => this.#removeLog(topic.name, partition))
    for (const listener of this.#removalListeners) listener(topic)
  }

  #removeLog(name: string, partition: number): void {
    const { logs, logger } = this.#options
    logs.delete(name, partition).catch((error: unknown) => {
      // The topic is gone all the same; a restart removes what is left of its folder.
      logger.warn('the folder of a deleted partition is still there', { name, partition, error })
    })
  }

  #openLogs(topic: TopicState): void {
    const config = this.#configOf(topic)
    const { name, id } = topic
    for (let partition = topic.partitions.length; partition < topic.partitionCount; partition++) {
      const { logs } = this.#options
      const known = logs.get(name, partition)
      known?.setConfig(config)
      topic.partitions.push(known ?? logs.create({ topic: name, topicId: id, partition, config }))
    }
  }

  #configOf(topic: TopicState): LogConfig {
    return resolveLogConfig(Object.fromEntries(topic.configs), this.#options.defaults)
  }

  /**
   * Takes in folders of topics that no record knows, as when they were put there by hand, and
   * removes those of topics that were deleted.
   */
  #adoptOrphans(): void {
    const { logs, logger, random } = this.#options
    const orphans = new Map<string, { id: string; count: number }>()
    for (const { topic: name, topicId, partition } of logs.all()) {
      if (name === clusterMetadataTopic) continue
      const topic = this.#byName.get(name)
      if (topicId !== undefined && this.#removedIds.has(topicId)) this.#removeLog(name, partition)
      else if (!topic) {
        const orphan = orphans.get(name) ?? {
          id: topicId ?? randomUuid(random.bytes(16)),
          count: 0,
        }
        orphan.count = Math.max(orphan.count, partition + 1)
        orphans.set(name, orphan)
      } else if (topic.partitionCount <= partition) {
        logger.warn('a partition folder is beyond its topic, and left alone', { name, partition })
      }
    }
    for (const [name, { id: topicId, count }] of orphans) {
      logger.warn('a topic without metadata was found on the disk, and taken in', { name })
      const topic: MetadataRecordInput = { type: 'topicRecord', value: { name, topicId } }
      const records = [topic, ...this.#partitionRecords(topicId, 0, count)]
      this.#options.append(records).catch(() => {
        // The broker fails with its metadata log, and the folder is taken in again next time.
      })
      for (const record of records) this.apply(record as MetadataRecord)
    }
  }
}

function configRecordOf(
  resourceName: string,
  name: string,
  value: string | null,
): MetadataRecordInput {
  return { type: 'configRecord', value: { resourceType: topicResource, resourceName, name, value } }
}
