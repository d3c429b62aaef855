/**
 * The topics of the broker: their ids, configs and partition logs.
 *
 * Every change is a record of `__cluster_metadata`, in Kafka's schemas: it is appended, then
 * applied here, and after a restart applied again. The logs follow: they are made, or removed, for
 * what the records say.
 */

import { randomUuid } from '../bytes/random-uuid.ts'
import type { LogConfig } from '../log/log-config.ts'
import { configInForce, resolveLogConfig } from '../log/log-config.ts'
import { isDiskFull, LogError } from '../log/log-error.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { MetadataRecord, MetadataRecordInput } from '../protocol/records/metadata-record.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import { checkConfigChanges, type ConfigChanges } from './config-changes.ts'
import type { TopicLookup } from './groups/topic-lookup.ts'
import { NewLogs, type LogName, type LogRange } from './new-logs.ts'
import { findOrphans, leaveAlone } from './orphaned-logs.ts'
import { RequestError } from './request-error.ts'
import { checkTopicName, isInternalTopic } from './topic-name.ts'
import { configRecord, partitionRecords } from './topic-records.ts'
import { TopicTable, type Topic, type TopicState } from './topic-table.ts'

export interface TopicsOptions {
  readonly logs: LogManager
  /** Appends records to `__cluster_metadata`; see `StateLog.append`. */
  readonly append: (records: readonly MetadataRecordInput[]) => Promise<void>
  /** Resolves once all that was appended is on the disk, whatever acknowledged means. */
  readonly flush: () => Promise<void>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly nodeId: number
  readonly maxPartitions: number
  /** What topics run with where they set nothing themselves. */
  readonly defaults: LogConfig
}

export interface CreatedTopic {
  readonly topic: Topic
  /** Resolves once a restart would find the topic. It can be used at once. */
  readonly durable: Promise<void>
}

/** Hears of a deleted topic. Until `decided` resolves, a power failure may take that back. */
type RemovalListener = (topic: Topic, decided: Promise<void>) => void

export class Topics implements TopicLookup {
  readonly #options: TopicsOptions
  #defaults: LogConfig
  readonly #table = new TopicTable()
  /** Names of folders that are called as partitions, and are none. */
  #strange: ReadonlySet<string> = new Set()
  readonly #removalListeners: RemovalListener[] = []
  readonly #newLogs: NewLogs

  constructor(options: TopicsOptions) {
    this.#options = options
    this.#defaults = options.defaults
    this.#newLogs = new NewLogs(
      options.logs,
      (log) => {
        const { partitionCount = 0 } = this.#table.byName(log.topic) ?? {}
        if (log.partition >= partitionCount) this.#removeLog(log)
      },
      options.clock,
    )
  }

  get version(): number {
    return this.#table.version
  }

  byName(name: string): Topic | undefined {
    return this.#table.byName(name)
  }

  byId(id: string): Topic | undefined {
    return this.#table.byId(id)
  }

  all(): Iterable<Topic> {
    return this.#table.all()
  }

  onRemoved(listener: RemovalListener): void {
    this.#removalListeners.push(listener)
  }

  /** Throws what `create` would, and does nothing. */
  checkCreate(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>>,
  ): void {
    checkTopicName(name)
    if (this.#table.byName(name) || this.#newLogs.has(name)) {
      throw new RequestError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
    }
    if (isInternalTopic(name)) {
      const message = `Creation of internal topic '${name}' is prohibited.`
      throw new RequestError('INVALID_TOPIC_EXCEPTION', message)
    }
    if (this.#strange.has(name)) {
      const message = `The data folder has entries named like '${name}' that are not its own.`
      throw new RequestError('INVALID_TOPIC_EXCEPTION', message)
    }
    if (this.#table.hasLookalike(name)) {
      const message = `Topic '${name}' differs from another only in '.' and '_'.`
      throw new RequestError('INVALID_TOPIC_EXCEPTION', message)
    }
    this.#checkPartitionCount(partitionCount, 0)
    resolveLogConfig(configs, this.#defaults)
  }

  /** @throws RequestError or LogError, saying what is wrong with the name, count or configs */
  create(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>> = {},
  ): CreatedTopic {
    this.checkCreate(name, partitionCount, configs)
    return this.createInternal(name, partitionCount, configs)
  }

  /** As `create`; others have their turn in between, and see all of the topic, or nothing. */
  async createInTurns(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>>,
  ): Promise<CreatedTopic> {
    this.checkCreate(name, partitionCount, configs)
    const topicId = this.#newId()
    const config = configInForce(configs, this.#defaults)
    return this.#newLogs.make({ topic: name, topicId, config, from: 0, to: partitionCount }, () =>
      this.createInternal(name, partitionCount, configs, topicId),
    )
  }

  /** Creates a topic of the broker's own, whose name and configs are known to be right. */
  createInternal(
    name: string,
    partitionCount: number,
    configs: Readonly<Record<string, string>>,
    topicId = this.#newId(),
  ): CreatedTopic {
    const config = configInForce(configs, this.#defaults)
    const range = { from: 0, to: partitionCount }
    const durable = this.#withLogs({ topic: name, topicId, config, ...range }, [
      { type: 'topicRecord', value: { name, topicId } },
      ...Object.entries(configs).map(([config, value]) => configRecord(name, config, value)),
      ...partitionRecords({ topicId, ...range }, this.#options.nodeId),
    ])
    return { topic: this.#table.byName(name)!, durable }
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

  /** Adds partitions until there are `partitionCount`. @throws RequestError or LogError */
  addPartitions(topic: Topic, partitionCount: number): Promise<void> {
    this.checkAddPartitions(topic, partitionCount)
    const { name, id: topicId } = topic
    const range = { from: topic.partitionCount, to: partitionCount }
    const config = this.#configOf(topic)
    const logs = { topic: name, topicId, config, ...range }
    return this.#withLogs(logs, partitionRecords({ topicId, ...range }, this.#options.nodeId))
  }

  /** As `addPartitions`; others have their turn in between. */
  async addInTurns(topic: Topic, partitionCount: number): Promise<Pick<CreatedTopic, 'durable'>> {
    const { name, id: topicId } = topic
    for (let over; (over = this.#newLogs.whenOver(name));) await over
    if (this.#table.byId(topicId) !== topic) {
      throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `Topic '${name}' was deleted.`)
    }
    this.checkAddPartitions(topic, partitionCount)
    const range = { from: topic.partitionCount, to: partitionCount }
    const config = this.#configOf(topic)
    return this.#newLogs.make({ topic: name, topicId, config, ...range }, () => ({
      durable: this.addPartitions(topic, partitionCount),
    }))
  }

  /** Deletes a topic with all its records. */
  delete(topic: Topic): Promise<void> {
    const records = [{ type: 'removeTopicRecord', value: { topicId: topic.id } }] as const
    try {
      return this.#change(records)
    } catch (error) {
      if (!(error instanceof LogError) || !isDiskFull(error.cause)) throw error
      // A full disk may have no room for the record: the indexes of what is to go make some.
      const { logs } = this.#options
      topic.partitions.forEach((_, partition) => logs.removeIndexes(topic.name, partition))
      return this.#change(records)
    }
  }

  /** @throws RequestError or LogError, naming the config that is unknown or not allowed */
  setConfigs(topic: Topic, changes: ConfigChanges): Promise<void> {
    this.checkConfigs(topic, changes)
    // Tools that copy configs send all of them every few minutes, and the records stay for ever.
    const changed = Object.entries(changes).filter(([config, value]) => {
      return value !== (topic.configs.get(config) ?? null)
    })
    return this.#change(changed.map(([config, value]) => configRecord(topic.name, config, value)))
  }

  /** Throws what `setConfigs` would, and does nothing. */
  checkConfigs(topic: Topic, changes: ConfigChanges): void {
    checkConfigChanges(topic.configs, changes, this.#defaults)
  }

  /** Sets what topics run with where they set nothing themselves. */
  setDefaults(defaults: LogConfig): void {
    this.#defaults = defaults
    for (const topic of this.#table.all()) this.#configure(topic)
  }

  /** Takes over what a record says; while the log is replayed, before `open`. */
  apply(record: MetadataRecord): void {
    const topic = this.#table.apply(record)
    if (!topic) return
    if (record.type === 'configRecord') this.#configure(topic)
    else if (record.type === 'removeTopicRecord') this.#removed(topic)
  }

  /** Makes the logs what the records say, once those are replayed. */
  open(): void {
    this.#goOnDeleting()
    this.#treatOrphans()
    this.#table.forgetRemoved()
    for (const topic of this.#table.all()) this.#openLogs(topic)
  }

  /** Ends creations that are under way: a start removes what there is of them. */
  close(): void {
    this.#newLogs.close()
  }

  #checkPartitionCount(wanted: number, present: number): void {
    if (wanted < 1) {
      const message = `Number of partitions must be at least 1, not ${wanted}.`
      throw new RequestError('INVALID_PARTITIONS', message)
    }
    const partitionCount = this.#table.partitionCount + this.#newLogs.partitionCount
    const { maxPartitions } = this.#options
    if (partitionCount + wanted - present > maxPartitions) {
      const message = `This broker holds ${partitionCount} of at most ${maxPartitions} partitions.`
      throw new RequestError('POLICY_VIOLATION', message)
    }
  }

  #newId(): string {
    return randomUuid(this.#options.random.bytes(16))
  }

  /** Appends, then applies: from here on the change counts, and has only to become durable. */
  #change(records: readonly MetadataRecordInput[]): Promise<void> {
    const durable = this.#options.append(records)
    for (const record of records) this.apply(record as MetadataRecord)
    return durable
  }

  /** As `#change`, of records that tell of new partitions: those are made first, all or none. */
  #withLogs(range: LogRange, records: readonly MetadataRecordInput[]): Promise<void> {
    const { logs } = this.#options
    const { topic, topicId } = range
    const created: LogName[] = []
    let durable: Promise<void>
    try {
      for (let partition = range.from; partition < range.to; partition++) {
        if (logs.get(topic, partition)) continue
        logs.create({ ...range, partition })
        created.push({ topic, partition })
      }
      durable = this.#change(records)
    } catch (error) {
      for (const each of created) this.#removeLog(each)
      throw error
    }
    this.#openLogs(this.#table.byId(topicId)!)
    return durable
  }

  #configure(topic: TopicState): void {
    if (topic.partitions.length === 0) return
    const config = this.#configOf(topic)
    for (const log of topic.partitions) log.setConfig(config)
  }

  #removed(topic: TopicState): void {
    const { name, partitions } = topic
    // While the log is replayed, nothing is there that could go.
    if (partitions.length === 0) return
    const decided = this.#removeLogs(partitions.map((_, partition) => ({ topic: name, partition })))
    for (const listener of this.#removalListeners) listener(topic, decided)
    this.#newLogs.forget(name)
  }

  #removeLogs(removed: readonly LogName[]): Promise<void> {
    const decided = this.#whenDecided()
    decided.catch(ignoreAsBrokerFails)
    for (const each of removed) this.#removeLog(each, decided)
    return decided
  }

  #removeLog({ topic: name, partition }: LogName, decided?: Promise<void>): void {
    const { logs, logger } = this.#options
    logs.delete(name, partition, decided).catch((error: unknown) => {
      // The topic is gone all the same; a restart removes what is left of its folder.
      logger.warn('the folder of a deleted partition is still there', { name, partition, error })
    })
  }

  /** Resolves once nothing on the disk misses partitions that are gone by now. */
  async #whenDecided(): Promise<void> {
    await this.#options.flush()
    await this.#options.logs.checkpoint()
  }

  /** Where folders were on their way out, and the record of it did not get to the disk. */
  #goOnDeleting(): void {
    const { logs, logger } = this.#options
    const { deletedFolders } = logs
    if (deletedFolders.isEmpty) return
    for (const id of deletedFolders.topicIds) {
      const topic = this.#table.byId(id)
      if (!topic) continue
      logger.warn('a topic was being deleted, and is deleted now', { name: topic.name })
      try {
        this.delete(topic).catch(ignoreAsBrokerFails)
      } catch {
        // A full disk may have no room for the record: what the folders hold is to go anyway. Their
        // names stay, and tell the next start what this one knows.
        deletedFolders.empty()
        this.delete(topic).catch(ignoreAsBrokerFails)
      }
    }
    const removed = this.#whenDecided().then(() => deletedFolders.remove())
    removed.catch((error: unknown) => {
      logger.warn('folders of deleted partitions are still there', { error })
    })
  }

  #openLogs(topic: TopicState): void {
    const config = this.#configOf(topic)
    const { name, id } = topic
    for (let partition = topic.partitions.length; partition < topic.partitionCount; partition++) {
      const { logs } = this.#options
      const known = logs.get(name, partition)
      known?.setConfig(config)
      const log = known ?? logs.create({ topic: name, topicId: id, partition, config })
      log.epochs.raise(topic.leaderEpochs.get(partition) ?? 0)
      topic.partitions.push(log)
    }
  }

  #configOf(topic: Topic): LogConfig {
    return configInForce(Object.fromEntries(topic.configs), this.#defaults)
  }

  #treatOrphans(): void {
    const { logs, logger, nodeId } = this.#options
    const { rubbish, surplus, strange, topics } = findOrphans(logs.all(), this.#table, (log) =>
      logs.hasOthersFiles(log),
    )
    if (rubbish.length > 0) void this.#removeLogs(rubbish)
    leaveAlone({ surplus, strange, files: logs.strangeFiles }, logger)
    this.#strange = new Set([...strange, ...logs.strangeFiles].map(({ topic }) => topic))
    for (const { name, id, partitionCount } of topics) {
      const advice = 'nothing of it is deleted for its age or size: its configs are not known'
      logger.warn('a topic without metadata was found on the disk, and taken in', { name, advice })
      const topicId = id ?? this.#newId()
      this.#change([
        { type: 'topicRecord', value: { name, topicId } },
        configRecord(name, 'retention.ms', '-1'),
        configRecord(name, 'retention.bytes', '-1'),
        ...partitionRecords({ topicId, from: 0, to: partitionCount }, nodeId),
      ]).catch(ignoreAsBrokerFails)
    }
  }
}

/** The broker ends with its metadata log; whoever does not wait for it need not hear of that. */
function ignoreAsBrokerFails(): void {}
