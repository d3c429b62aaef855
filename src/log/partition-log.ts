/**
 * The log of one partition: an ordered sequence of record batches, each with its offsets, kept in
 * segments. This class decides what is appended, hands out what is there, and knows how far the log
 * is durable.
 *
 * One writer: everything but the syncs is synchronous, so that no two calls ever overlap.
 */

import type { Codecs } from '../record/compression.ts'
import { stampBatch } from '../record/batch.ts'
import type { Clock, Logger } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
import { replaceFile } from '../storage/whole-file.ts'
import type { AbortedTransaction } from './aborted-transactions.ts'
import { Durability } from './durability.ts'
import { checkIncoming } from './incoming-batches.ts'
import type { IncomingBatch } from './incoming-batches.ts'
import type { LogConfig } from './log-config.ts'
import { LogError } from './log-error.ts'
import { deletedSuffix, leaderEpochFile } from './log-files.ts'
import { applyBatch } from './log-state.ts'
import type { ApplySettings, LogState } from './log-state.ts'
import type { AppendOrigin, RecentBatch } from './producer-state.ts'
import { noRecords, readBatches } from './read-batches.ts'
import type { ReadResult } from './read-batches.ts'
import { openLog } from './recovery.ts'
import { expiredSegments } from './retention.ts'
import { SegmentStore } from './segment-store.ts'
import { writeStartOffset } from './start-offset.ts'
import { findTimestamp } from './timestamp-lookup.ts'
import type { TimestampedOffset } from './timestamp-lookup.ts'

/** When appended records reach the disk: before they are acknowledged, or when the system likes. */
export type FlushMode = 'ack' | 'os'

export interface PartitionLogOptions {
  readonly storage: Storage
  /** `<topic>-<partition>` */
  readonly folder: string
  readonly config: LogConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly flush: FlushMode
  /** Whether the index files and snapshots may be trusted as far as they fit the log. */
  readonly wasCleanShutdown: boolean
  /** Called once, when the log can take no more records. */
  readonly onFailure: (error: LogError) => void
  /**
   * Called once the log is open; resolves once what else must be on the disk is there, before any
   * record counts as durable.
   */
  readonly prepare?: () => Promise<void>
}

export interface AppendOptions {
  readonly origin: AppendOrigin
  readonly leaderEpoch: number
}

export interface AppendResult {
  readonly baseOffset: number
  readonly lastOffset: number
  /** The timestamp of all records with `message.timestamp.type=LogAppendTime`; -1 otherwise. */
  readonly logAppendTimeMs: number
  readonly startOffset: number
  /** Whether the producer sent this batch before: nothing was appended, the offsets are the old ones. */
  readonly isDuplicate: boolean
}

export interface ReadOptions {
  readonly offset: number
  readonly maxBytes: number
  /** Whether the first batch is given even if it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  /** Up to where records may be read. */
  readonly upTo: 'highWatermark' | 'lastStable' | 'end'
}

const producerExpirationMs = 24 * 60 * 60 * 1000
const nothingToWaitFor = Promise.resolve()

export class PartitionLog {
  readonly #options: PartitionLogOptions
  readonly #segments: SegmentStore
  readonly #state: LogState
  readonly #durability: Durability
  #config: LogConfig
  #startOffset: number
  #endOffset: number
  #prerequisite: Promise<void> | undefined
  #isClosed = false
  #isDeleted = false
  /** Whether the derived files are not those of the log as it is. */
  #isChanged: boolean
  #epochsSaved: number
  #listeners: Set<() => void> | undefined
  #isTelling = false
  /** Writes of small files, one after the other. It never rejects. */
  #background = nothingToWaitFor

  /** @throws DamagedLogError where records that may have been acknowledged would be lost */
  static open(options: PartitionLogOptions): PartitionLog {
    return new PartitionLog(options)
  }

  private constructor(options: PartitionLogOptions) {
    this.#options = options
    this.#config = options.config
    const applySettings = (): ApplySettings => ({
      indexIntervalBytes: this.#config.indexIntervalBytes,
      nowMs: options.clock.now(),
    })
    const opened = openLog({ ...options, settings: applySettings() })
    this.#state = opened
    this.#startOffset = opened.startOffset
    this.#endOffset = opened.endOffset
    this.#isChanged = opened.syncedOffset < opened.endOffset
    this.#epochsSaved = this.#isChanged ? -1 : opened.epochs.entries.length
    const { storage, folder, logger } = options
    const { segments, syncedOffset } = opened
    this.#segments = new SegmentStore({
      storage,
      folder,
      logger,
      segments,
      syncedOffset,
      applySettings,
    })
    this.#durability = new Durability({
      durableOffset: syncedOffset,
      sync: () => this.#sync(),
      onDurable: () => this.#advanced(),
      onFailure: (error) => options.onFailure(error),
    })
    this.#prerequisite = options.prepare?.()
    this.#prerequisite?.catch(() => {
      // It is awaited by the first sync, which then fails.
    })
    if (this.#isChanged || this.#segments.active.isPending) this.#durability.request()
  }

  get config(): LogConfig {
    return this.#config
  }

  /** Takes effect with the next append. */
  setConfig(config: LogConfig): void {
    this.#config = config
  }

  /** The first offset that can be read. */
  get startOffset(): number {
    return this.#startOffset
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** Records below this offset are shown to consumers: those that nothing can take back any more. */
  get highWatermark(): number {
    if (this.#options.flush === 'os') return this.#endOffset
    return Math.max(this.#startOffset, this.#durability.durableOffset)
  }

  /** Below this offset every transaction is committed or aborted. */
  get lastStableOffset(): number {
    const offset = this.#state.producers.lastStableOffset(this.highWatermark)
    return Math.max(this.#startOffset, offset)
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes
  }

  /** The leader epoch of the latest batch; -1 where there is none. */
  get latestEpoch(): number {
    return this.#state.epochs.latest
  }

  /** Returns the largest epoch up to `epoch`, and where it ends; `undefined` where there is none. */
  endOfEpoch(epoch: number): { epoch: number; endOffset: number } | undefined {
    return this.#state.epochs.endOf(epoch, this.#endOffset)
  }

  /**
   * Appends `batches`, one or more back to back, and stamps their offsets into the bytes handed in.
   *
   * @throws LogError with Kafka's name for what is wrong; then nothing was appended
   */
  append(batches: Uint8Array, options: AppendOptions): AppendResult {
    this.#checkWritable()
    const nowMs = this.#options.clock.now()
    const incoming = checkIncoming(batches, { origin: options.origin, config: this.#config, nowMs })
    const duplicate = this.#checkProducer(incoming[0]!, options.origin)
    if (duplicate) return this.#duplicateResult(duplicate)

    this.#rollBefore(batches.length, incoming)
    const baseOffset = this.#endOffset
    let offset = baseOffset
    for (const { start, header } of incoming) {
      stampBatch(batches, start, { baseOffset: offset, leaderEpoch: options.leaderEpoch })
      offset += header.lastOffsetDelta + 1
    }
    this.#write(batches, incoming, { leaderEpoch: options.leaderEpoch, nowMs })
    if (this.#options.flush === 'ack') this.#durability.request()
    else this.#advanced()
    const isStamped = this.#config.messageTimestampType === 'LogAppendTime'
    return {
      baseOffset,
      lastOffset: offset - 1,
      logAppendTimeMs: isStamped ? nowMs : -1,
      startOffset: this.#startOffset,
      isDuplicate: false,
    }
  }

  /**
   * Returns whole batches from the one that has `offset`, of one segment at most.
   *
   * @throws LogError with OFFSET_OUT_OF_RANGE where `offset` is below the start or beyond the end
   */
  read(options: ReadOptions): ReadResult {
    const { offset } = options
    if (offset < this.#startOffset || offset > this.#endOffset) {
      const message = `offset ${offset} is outside [${this.#startOffset}, ${this.#endOffset}]`
      throw new LogError('OFFSET_OUT_OF_RANGE', message)
    }
    const endOffset = this.#readLimit(options.upTo)
    // A segment has nothing at its end where compaction removed the last records.
    for (let at = this.#segments.find(offset); offset < endOffset; at++) {
      const segment = this.#segments.at(at)
      if (!segment) break
      const position = segment.locate(offset)
      if (position === undefined) continue
      const result = readBatches(segment, { ...options, position, endOffset })
      return result ?? { records: noRecords, nextOffset: offset }
    }
    return { records: noRecords, nextOffset: offset }
  }

  /**
   * Resolves once every record below `offset` would survive a power failure; with flush 'os', at
   * once.
   *
   * @throws LogError with `maybeApplied` where that will never be
   */
  whenDurable(offset: number): Promise<void> {
    if (this.#options.flush === 'os') return nothingToWaitFor
    return this.#durability.whenDurable(offset)
  }

  /** Calls `callback` whenever the high watermark has moved. Returns what ends that. */
  onAdvance(callback: () => void): () => void {
    const listeners = (this.#listeners ??= new Set())
    listeners.add(callback)
    return () => void listeners.delete(callback)
  }

  /**
   * Returns the first record at least as late as `timestampMs`, or `undefined` where there is none.
   * Without a synchronous codec for a compressed batch the answer is where that batch begins.
   */
  offsetForTimestamp(timestampMs: number, codecs?: Codecs): TimestampedOffset | undefined {
    const lookup = {
      timestamp: timestampMs,
      fromOffset: this.#startOffset,
      ...(codecs && { codecs }),
    }
    for (let at = this.#segments.find(this.#startOffset); at < this.#segments.count; at++) {
      if (this.#segments.maxTimestamp(at) < timestampMs) continue
      const found = findTimestamp(this.#segments.at(at)!, lookup)
      if (found) return found
    }
    return undefined
  }

  /** Returns the first record with the largest timestamp, or `undefined` without timestamps. */
  maxTimestamp(codecs?: Codecs): TimestampedOffset | undefined {
    let largest = -1
    for (let at = 0; at < this.#segments.count; at++) {
      largest = Math.max(largest, this.#segments.maxTimestamp(at))
    }
    return largest < 0 ? undefined : this.offsetForTimestamp(largest, codecs)
  }

  /** Returns the aborted transactions that overlap with the offsets from `from` up to `to`. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = []
    for (let at = this.#segments.find(from); at < this.#segments.count; at++) {
      if (this.#segments.at(at)!.indexes!.aborted.collect(from, to, found)) break
    }
    return found
  }

  /**
   * Makes `offset` the start of the log. The promise resolves once that would survive a power
   * failure; whole segments before it are removed then.
   *
   * @throws LogError with OFFSET_OUT_OF_RANGE where `offset` is beyond the high watermark
   */
  deleteRecordsBefore(offset: number): Promise<void> {
    if (offset > this.highWatermark || offset < 0) {
      const message = `offset ${offset} is beyond the high watermark ${this.highWatermark}`
      throw new LogError('OFFSET_OUT_OF_RANGE', message)
    }
    if (offset <= this.#startOffset) return this.#background
    this.#startOffset = offset
    const detached = this.#segments.detach(this.#segments.countBelow(offset))
    return this.#later(async () => {
      // Until the last segment has its final name, a restart would not find where the log ends.
      await this.#durability.flush()
      await writeStartOffset(this.#options.storage, this.#options.folder, this.#startOffset)
      if (detached.length > 0) await this.#segments.remove(detached)
    })
  }

  /** Deletes segments that are too old or too many at `nowMs`, and forgets idle producers. */
  enforceRetention(nowMs: number): Promise<void> {
    this.#state.producers.expire(nowMs - producerExpirationMs)
    const durable = this.#segments.countBelow(this.highWatermark)
    const isActiveDurable = this.#endOffset === this.highWatermark
    const count = isActiveDurable ? this.#segments.count : durable
    const segments = this.#segments
    const ages = Array.from({ length: count }, (_, at) => ({
      sizeBytes: segments.sizeOf(at),
      get maxTimestamp() {
        return segments.maxTimestamp(at)
      },
    }))
    const expired = expiredSegments(ages, this.#config, nowMs)
    if (expired === 0) return this.#background
    if (expired === segments.count) {
      if (segments.active.sizeBytes > 0) segments.roll(this.#endOffset, this.#state.producers)
      else return this.deleteRecordsBefore(segments.active.baseOffset)
    }
    return this.deleteRecordsBefore(segments.at(expired)!.baseOffset)
  }

  /**
   * Puts everything on the disk and closes the files.
   *
   * @throws LogError where that fails: the next start must then check the log
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#background
    await this.#durability.whenIdle()
    try {
      if (this.#durability.failure) throw this.#durability.failure
      await this.#finish()
    } finally {
      this.#segments.close()
      this.#durability.fail(new LogError('KAFKA_STORAGE_ERROR', 'the log is closed'))
    }
  }

  /** Removes the log with all its records. The promise resolves once that is durable. */
  delete(): Promise<void> {
    this.#isClosed = true
    this.#isDeleted = true
    const message = 'the partition was deleted'
    const error = new LogError('UNKNOWN_TOPIC_OR_PARTITION', message, { maybeApplied: true })
    this.#durability.fail(error)
    this.#segments.close()
    const { storage, folder } = this.#options
    const doomed = doomedFolder(folder)
    storage.remove(doomed)
    storage.rename(folder, doomed)
    storage.remove(doomed)
    this.#tellListeners()
    return storage.syncFolder('')
  }

  #checkWritable(): void {
    const { failure } = this.#durability
    if (failure) {
      const message = `the log takes no more records: ${failure.message}`
      throw new LogError(failure.errorName, message, { cause: failure.cause })
    }
    if (this.#isClosed) throw new LogError('KAFKA_STORAGE_ERROR', 'the log is closed')
  }

  #checkProducer({ header, marker }: IncomingBatch, origin: AppendOrigin): RecentBatch | undefined {
    if (header.producerId < 0) return undefined
    if (marker) this.#state.producers.checkMarker(marker)
    else if (!header.isControl) return this.#state.producers.check(header, origin)
    return undefined
  }

  #duplicateResult({ baseOffset, lastOffset, timestamp }: RecentBatch): AppendResult {
    const isStamped = this.#config.messageTimestampType === 'LogAppendTime'
    return {
      baseOffset,
      lastOffset,
      logAppendTimeMs: isStamped ? timestamp : -1,
      startOffset: this.#startOffset,
      isDuplicate: true,
    }
  }

  #rollBefore(sizeBytes: number, incoming: readonly IncomingBatch[]): void {
    const { segmentBytes } = this.#config
    if (sizeBytes > segmentBytes && incoming.length > 1) {
      const message = `batches of ${sizeBytes} bytes, where segment.bytes is ${segmentBytes}`
      throw new LogError('RECORD_LIST_TOO_LARGE', message)
    }
    let lastOffset = this.#endOffset - 1
    let maxTimestamp = -1
    for (const batch of incoming) {
      lastOffset += batch.header.lastOffsetDelta + 1
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp)
    }
    const append = { sizeBytes, lastOffset, maxTimestamp }
    if (!this.#segments.active.mustRoll(append, this.#config)) return
    try {
      this.#segments.roll(this.#endOffset, this.#state.producers)
    } catch (cause) {
      throw new LogError('KAFKA_STORAGE_ERROR', 'could not start a segment', { cause })
    }
    this.#durability.request()
  }

  #write(
    batches: Uint8Array,
    incoming: readonly IncomingBatch[],
    { leaderEpoch, nowMs }: { readonly leaderEpoch: number; readonly nowMs: number },
  ): void {
    const segment = this.#segments.active
    let position: number
    try {
      position = segment.file.append(batches)
    } catch (cause) {
      throw new LogError('KAFKA_STORAGE_ERROR', 'records could not be written', { cause })
    }
    const settings = { indexIntervalBytes: this.#config.indexIntervalBytes, nowMs }
    for (const { start, header, maxTimestamp, marker } of incoming) {
      const baseOffset = this.#endOffset
      const placed = { segment, position: position + start, header, baseOffset, leaderEpoch }
      applyBatch(this.#state, { ...placed, maxTimestamp, marker }, settings)
      this.#endOffset = baseOffset + header.lastOffsetDelta + 1
    }
    this.#isChanged = true
    if (this.#state.epochs.entries.length !== this.#epochsSaved) this.#saveEpochs()
  }

  #readLimit(upTo: ReadOptions['upTo']): number {
    if (upTo === 'end') return this.#endOffset
    return upTo === 'lastStable' ? this.lastStableOffset : this.highWatermark
  }

  async #sync(): Promise<number> {
    if (this.#prerequisite) {
      await this.#prerequisite
      this.#prerequisite = undefined
    }
    const endOffset = this.#endOffset
    await this.#segments.sync()
    return endOffset
  }

  #advanced(): void {
    if (!this.#listeners || this.#listeners.size === 0 || this.#isTelling) return
    // Not at once: who waits for records must not run in the middle of somebody's append.
    this.#isTelling = true
    queueMicrotask(() => this.#tellListeners())
  }

  #tellListeners(): void {
    this.#isTelling = false
    for (const listener of [...(this.#listeners ?? [])]) listener()
  }

  #saveEpochs(): void {
    this.#epochsSaved = this.#state.epochs.entries.length
    const path = `${this.#options.folder}/${leaderEpochFile}`
    const bytes = this.#state.epochs.encode()
    this.#later(() => replaceFile(this.#options.storage, path, bytes)).catch(() => {
      // Already logged. The file is made again from the segments where it is missing.
    })
  }

  /** Runs `task` after those before it; what goes wrong is logged as well. */
  #later(task: () => Promise<void>): Promise<void> {
    const run = this.#background.then(async () => {
      if (!this.#isDeleted) await task()
    })
    this.#background = run.catch((error: unknown) => {
      const { logger, folder } = this.#options
      logger.error('upkeep of a log failed', { folder, error })
    })
    return run
  }

  async #finish(): Promise<void> {
    if (!this.#isChanged) return
    await this.#sync()
    if (this.#segments.active.sizeBytes > 0) {
      this.#segments.writeDerivedFiles(this.#endOffset, this.#state.producers)
    }
  }
}

/** A name that no partition can have, and that is not too long for a file system. */
function doomedFolder(folder: string): string {
  return `${folder.slice(0, 200)}${deletedSuffix}`
}
