/**
 * The logs of all partitions in one data folder. The layout is Kafka's: a folder
 * `<topic>-<partition>` for each, `meta.properties` with the id of the cluster, and
 * `.kafka_cleanshutdown` while nobody has the folder open and its index files can be trusted; and
 * `recovery-points`, which says how far each log was on the disk when that was noted last.
 */

import { randomUuid } from '../bytes/random-uuid.ts'
import type { Codecs } from '../record/compression.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import { FolderStorage, LeftFolderError } from '../storage/folder-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { readWholeFile, replaceFile, writeAside } from '../storage/whole-file.ts'
import type { AsideFile } from '../storage/whole-file.ts'
import type { LogConfig } from './log-config.ts'
import { FewAtOnce } from './few-at-once.ts'
import { DeletedFolders, removeLogFolder } from './deleted-folders.ts'
import { DamagedLogError, isDiskFull, LogError } from './log-error.ts'
import { isIndexFile, isLogFile, partitionMetadataFile } from './log-files.ts'
import { partitionOf, readTopicId } from './partition-folder.ts'
import { PartitionLog } from './partition-log.ts'
import type { FlushMode, PartitionLogOptions } from './partition-log-options.ts'
import { RecoveryPoints, recoveryPointsFile, writeRecoveryPoints } from './recovery/points.ts'
import type { RecoveryPoint } from './recovery/points.ts'
import { RetentionClock } from './retention-clock.ts'

export interface LogManagerOptions {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly flush: FlushMode
  /** See `PartitionLogOptions`. @default none */
  readonly codecs?: Codecs | undefined
  /** For logs that were there at the start, until `setConfig` tells otherwise. */
  readonly config: LogConfig
  /** Called once, when a log can take no more records. */
  readonly onFailure: (error: LogError) => void
}

export interface NewLog {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly config: LogConfig
}

export interface ManagedLog {
  readonly topic: string
  readonly partition: number
  /** `undefined` where the folder does not tell, as after a power failure during its creation. */
  readonly topicId: string | undefined
  readonly log: PartitionLog
}

interface OwnedLog extends ManagedLog {
  readonly storage: FolderStorage
}

/** Folders whose syncs others may have to wait for. */
const preparationsMax = 32
/** Stands for the id of a topic where it is not known. */
const noTopicId = '-'
const markerFile = '.kafka_cleanshutdown'
const metaFile = 'meta.properties'
const decoder = new TextDecoder()
const encoder = new TextEncoder()

export class LogManager {
  /** Names of files that are called as the folder of a partition: they are none of ours. */
  readonly strangeFiles: Pick<ManagedLog, 'topic' | 'partition'>[] = []
  /** What was being deleted when the last broker ended. */
  readonly deletedFolders: DeletedFolders
  readonly #options: LogManagerOptions
  readonly #topics = new Map<string, Map<number, OwnedLog>>()
  readonly #wasCleanShutdown: boolean
  readonly #clusterId: string
  /** Resolves once the folder itself is as it must be before anything is acknowledged. */
  readonly #isReady: Promise<void>
  readonly #foundPoints: RecoveryPoints
  readonly #retentionClock: RetentionClock
  /** What the file has; empty while it was not written. */
  #savedPoints: readonly RecoveryPoint[] = []
  /** It never rejects. */
  #checkpoint = Promise.resolve()
  /** The one that has not begun. */
  #nextCheckpoint: Promise<void> | undefined
  /** Folders of new logs, on their way to the disk: a topic may have thousands. */
  readonly #preparations = new FewAtOnce(preparationsMax)
  #hasFailed = false
  #isClosed = false

  /** @throws DamagedLogError where a log has lost records that may have been acknowledged */
  static open(options: LogManagerOptions): LogManager {
    return new LogManager(options)
  }

  private constructor(options: LogManagerOptions) {
    this.#options = options
    const { storage } = options
    this.#wasCleanShutdown = storage.exists(markerFile)
    storage.remove(markerFile)
    const known = readClusterId(storage)
    this.#clusterId = known ?? randomUuid(options.random.bytes(16))
    this.deletedFolders = new DeletedFolders(storage)
    // Of those nothing is missed, also where the name has been given to another topic.
    this.#foundPoints = RecoveryPoints.read(storage).without(this.deletedFolders.topicIds)
    const notedMs = this.#foundPoints.timeMs
    this.#retentionClock = new RetentionClock({ ...options, notedMs })
    const saved = known === undefined ? this.#saveFirst() : undefined
    this.#isReady = Promise.all([saved, storage.syncFolder('')]).then(() => {})
    this.#isReady.catch((error: unknown) => this.#failed(error, 'the data folder'))
    for (const folder of storage.list('')) this.#openFolder(folder)
  }

  get clusterId(): string {
    return this.#clusterId
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.get(partition)?.log
  }

  /** Returns all logs, in no particular order. */
  all(): ManagedLog[] {
    return [...this.#topics.values()].flatMap((partitions) => [...partitions.values()])
  }

  /** Resolves once what was found at the start is on the disk. @throws LogError if it never is */
  async whenReady(): Promise<void> {
    await this.#isReady
    await Promise.all(this.all().map(({ log }) => log.whenReady()))
  }

  /** Creates the log of a partition that has none. @throws LogError where the disk is full */
  create({ topic, topicId, partition, config }: NewLog): PartitionLog {
    const folder = `${topic}-${partition}`
    if (this.get(topic, partition)) throw new Error(`partition ${folder} exists`)
    const recoveryPoint = this.#foundPoints.of({ topic, topicId, partition })
    const storage = new FolderStorage(this.#options.storage, folder)
    /** Why the id of the topic cannot be written. The log is open by then. */
    let failure: unknown
    const prepare = async (): Promise<void> => {
      try {
        const path = `${folder}/${partitionMetadataFile}`
        await this.#prepareNew(folder, writeAside(storage, path, idText(topicId)))
      } catch (error) {
        failure = error
        throw error
      }
    }
    let log: PartitionLog | undefined
    let isOurs = false
    try {
      if (storage.exists(folder)) {
        if (!storage.isFolder(folder)) throw new Error(`${folder} is a file`)
        // What is left of a topic whose folder could not be removed is not the new one's.
        removeLogFolder(storage, folder)
      }
      isOurs = true
      log = this.#openLog(folder, { storage, config, prepare, recoveryPoint })
      if (failure !== undefined) throw failure
    } catch (cause) {
      log?.close().catch(ignoreAsItGoes)
      if (isOurs) storage.remove(folder)
      if (cause instanceof DamagedLogError) throw cause
      const message = `the folder of partition ${folder} cannot be written`
      throw new LogError('KAFKA_STORAGE_ERROR', message, { cause })
    }
    this.#add({ topic, topicId, partition, log, storage })
    return log
  }

  /** Removes files of a log that are made again where they are needed. */
  removeIndexes(topic: string, partition: number): void {
    const { storage } = this.#options
    const folder = `${topic}-${partition}`
    for (const name of storage.list(folder)) {
      if (isIndexFile(name)) storage.remove(`${folder}/${name}`)
    }
  }

  /** Whether there are files in the folder of a log that are none of a log's. */
  hasOthersFiles({ topic, partition }: Pick<ManagedLog, 'partition' | 'topic'>): boolean {
    return this.#options.storage.list(`${topic}-${partition}`).some((name) => !isLogFile(name))
  }

  /**
   * Notes how far the logs are on the disk, so that the next start knows it, and need not read
   * what was there by now. Where that fails, it knows less. Called every few seconds.
   */
  checkpoint(): Promise<void> {
    this.#nextCheckpoint ??= this.#checkpoint.then(async () => {
      this.#nextCheckpoint = undefined
      if (this.#isClosed || this.#hasFailed) return
      try {
        await Promise.allSettled(this.all().flatMap(({ log }) => log.writeRecoveryFiles() ?? []))
        const points = this.#recoveryPoints()
        if (!isSame(points, this.#savedPoints)) await this.#savePoints(points)
      } catch (error) {
        this.#options.logger.warn('could not note how far the logs are on the disk', { error })
      }
    })
    this.#checkpoint = this.#nextCheckpoint
    return this.#checkpoint
  }

  /** Returns the time to delete by what is old, or `undefined` while the clock may be wrong. */
  retentionNow(): number | undefined {
    return this.#retentionClock.now()
  }

  /** Deletes old segments of all logs, and forgets idle producers. */
  async enforceRetention(): Promise<void> {
    const nowMs = this.retentionNow()
    for (const { log, topic, partition } of this.all()) {
      try {
        await log.enforceRetention(nowMs)
      } catch (error) {
        // It may have been deleted meanwhile, or since the round began.
        if (this.get(topic, partition) !== log) continue
        // Old records stay a little longer; the next round tries again.
        this.#options.logger.error('retention failed', { topic, partition, error })
      }
    }
  }

  /**
   * Removes the log of a partition. The promise resolves once that is durable.
   *
   * @param decided resolves once nothing else on the disk says that the partition is there; left
   *   out where nothing ever has
   */
  async delete(topic: string, partition: number, decided?: Promise<unknown>): Promise<void> {
    const partitions = this.#topics.get(topic)
    const managed = partitions?.get(partition)
    if (!partitions || !managed) return
    partitions.delete(partition)
    if (partitions.size === 0) this.#topics.delete(topic)
    const topicId = decided && managed.topicId
    const deleted = managed.log.delete({ topicId, decided })
    // What still runs must not go on in the folder of the next partition of that name.
    managed.storage.leave()
    await deleted
  }

  /**
   * Closes all logs, and notes that this was done in order. The storage stays open.
   *
   * @throws LogError where a log cannot be put on the disk: the next start then checks all
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#checkpoint
    const results = await Promise.allSettled([
      this.#isReady,
      ...this.all().map(({ log }) => log.close()),
    ])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    try {
      await this.#savePoints(this.#recoveryPoints())
      const marker = encoder.encode('{"version":0,"brokerEpoch":-1}')
      await replaceFile(this.#options.storage, markerFile, marker)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      // The logs themselves are on the disk: the next start only has to look for itself.
      this.#options.logger.warn('the disk is full: the next start reads more of it', { error })
    }
  }

  #openFolder(folder: string): void {
    const { config } = this.#options
    const partition = partitionOf(folder)
    if (!partition) return
    if (!this.#options.storage.isFolder(folder)) return void this.strangeFiles.push(partition)
    const storage = new FolderStorage(this.#options.storage, folder)
    const named = { ...partition, topicId: readTopicId(storage, folder) }
    const recoveryPoint = this.#foundPoints.of(named)
    const prepare = (): Promise<void> => this.#isReady
    const log = this.#openLog(folder, { storage, config, prepare, recoveryPoint })
    this.#add({ ...named, log, storage })
  }

  #openLog(
    folder: string,
    options: Pick<PartitionLogOptions, 'storage' | 'config' | 'prepare' | 'recoveryPoint'>,
  ): PartitionLog {
    const { clock, logger, flush, codecs } = this.#options
    return PartitionLog.open({
      ...options,
      folder,
      clock,
      logger,
      flush,
      codecs,
      wasCleanShutdown: this.#wasCleanShutdown,
      onFailure: (error) => this.#failed(error, folder),
    })
  }

  /** Writes what a new data folder has before anything is acknowledged. */
  async #saveFirst(): Promise<void> {
    const { storage } = this.#options
    // Before the id, so that a folder that is not new has it: without one, nothing is known.
    if (!storage.exists(recoveryPointsFile)) {
      await writeRecoveryPoints(storage, { timeMs: this.#retentionClock.believedMs, points: [] })
    }
    const text = `cluster.id=${this.#clusterId}\nversion=1\n`
    await replaceFile(storage, metaFile, encoder.encode(text))
  }

  #recoveryPoints(): RecoveryPoint[] {
    return this.all().map(({ topic, partition, topicId, log }) => {
      const found = this.#foundPoints.of({ topic, partition, topicId }) ?? 0
      // Until its first sync, a log knows less than the file that was found.
      const offset = Math.max(found, log.syncedOffset)
      return { topic, partition, topicId: topicId ?? noTopicId, offset }
    })
  }

  async #savePoints(points: readonly RecoveryPoint[]): Promise<void> {
    const timeMs = this.#retentionClock.believedMs
    await writeRecoveryPoints(this.#options.storage, { timeMs, points })
    this.#savedPoints = points
  }

  async #prepareNew(folder: string, metadata: AsideFile): Promise<void> {
    const { storage, logger } = this.#options
    try {
      const replaced = this.#preparations.run(() => metadata.replace())
      await Promise.all([this.#isReady, replaced])
      await storage.syncFolder('')
    } catch (error) {
      if (error instanceof LeftFolderError) throw error
      // The log fails with its first append.
      logger.warn('could not write the id of a topic', { folder, error })
      throw error
    }
  }

  #failed(cause: unknown, what: string): void {
    const { logger, onFailure } = this.#options
    const message = `${what} cannot be written any more`
    const error =
      cause instanceof LogError
        ? cause
        : new LogError('KAFKA_STORAGE_ERROR', message, { maybeApplied: true, cause })
    logger.error(message, { error })
    if (this.#hasFailed) return
    this.#hasFailed = true
    onFailure(error)
  }

  #add(managed: OwnedLog): void {
    let partitions = this.#topics.get(managed.topic)
    if (!partitions) {
      partitions = new Map()
      this.#topics.set(managed.topic, partitions)
    }
    partitions.set(managed.partition, managed)
  }
}

/** Nothing was appended to the log, and its folder goes away. */
function ignoreAsItGoes(): void {}

function idText(topicId: string): Uint8Array {
  return encoder.encode(`version: 0\ntopic_id: ${topicId}\n`)
}

function readClusterId(storage: Storage): string | undefined {
  const bytes = readWholeFile(storage, metaFile)
  return bytes && /^cluster\.id=(\S+)$/m.exec(decoder.decode(bytes))?.[1]
}

function isSame(left: readonly RecoveryPoint[], right: readonly RecoveryPoint[]): boolean {
  if (left.length !== right.length) return false
  return left.every(({ topicId, partition, offset }, at) => {
    const other = right[at]!
    return topicId === other.topicId && partition === other.partition && offset === other.offset
  })
}
