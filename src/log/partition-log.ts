/**
 * The log of one partition: an ordered sequence of record batches, each with its offsets, kept in
 * segments. This class decides what is appended, hands out what is there, and knows how far the log
 * is durable.
 *
 * One writer: everything but the syncs is synchronous, so that no two calls ever overlap.
 */

import type { Codecs } from '../record/compression.ts'
import { stampBatch } from '../record/batch.ts'
import type { AbortedTransaction } from './segment/aborted-transactions.ts'
import { AdvanceListeners } from './advance-listeners.ts'
import { LogCompaction } from './compaction/compaction.ts'
import { rollLimitsOf } from './compaction/plan.ts'
import type { Deletion } from './deleted-folders.ts'
import { Durability } from './durability.ts'
import { GapWatch } from './gap-watch.ts'
import { checkIncoming, extentOf, type IncomingBatch } from './incoming-batches.ts'
import type { LogConfig } from './log-config.ts'
import { FlushPolicy } from './flush-policy.ts'
import { LogError } from './log-error.ts'
import { abortedBetween, findLargestTimestamp, findOffset } from './log-lookup.ts'
import { applyBatch, type ApplySettings, type LogEnd, type LogState } from './log-state.ts'
import { LogUpkeep } from './log-upkeep.ts'
import { resultOf } from './log-requests.ts'
import type { AppendOptions, AppendResult, ReadOptions } from './log-requests.ts'
import type { AppendOrigin, Producer, RecentBatch } from './producer/producer-state.ts'
import type { ReadResult } from './segment/read-batches.ts'
import type { PartitionLogOptions } from './partition-log-options.ts'
import { openLog, scannedBytesMax } from './recovery/recovery.ts'
import { RecoveryFiles } from './recovery/files.ts'
import { expiredSegments } from './retention.ts'
import { SegmentStore } from './segment/segment-store.ts'
import { LogStart } from './recovery/start-offset.ts'
import type { TimestampedOffset } from './segment/timestamp-lookup.ts'

const producerExpirationMs = 24 * 60 * 60 * 1000
const nothingToWaitFor = Promise.resolve()

export class PartitionLog {
  readonly #options: PartitionLogOptions
  readonly #segments: SegmentStore
  readonly #state: LogState
  readonly #durability: Durability
  #config: LogConfig
  readonly #flush: FlushPolicy
  readonly #start: LogStart
  #endOffset: number
  #isClosed = false
  /** Whether the derived files are not those of the log as it is. */
  #isChanged: boolean
  readonly #listeners = new AdvanceListeners()
  readonly #gaps: GapWatch
  readonly #upkeep: LogUpkeep
  readonly #recoveryFiles: RecoveryFiles
  #compaction: LogCompaction | undefined

  /** @throws DamagedLogError where records that may have been acknowledged would be lost */
  static open(options: PartitionLogOptions): PartitionLog {
    return new PartitionLog(options)
  }

  private constructor(options: PartitionLogOptions) {
    this.#options = options
    this.#config = options.config
    this.#flush = new FlushPolicy(options.flush, options.config)
    const applySettings = (): ApplySettings => {
      return { indexIntervalBytes: this.#config.indexIntervalBytes, nowMs: options.clock.now() }
    }
    const opened = openLog({ ...options, settings: applySettings() })
    this.#state = opened.state
    this.#start = new LogStart(opened.startOffset)
    this.#endOffset = opened.endOffset
    this.#isChanged = opened.syncedOffset < opened.endOffset
    this.#gaps = new GapWatch(options)
    this.#upkeep = new LogUpkeep(options)
    this.#recoveryFiles = new RecoveryFiles(options.storage)
    this.#segments = new SegmentStore({ ...options, ...opened, applySettings })
    this.#durability = new Durability({
      durableOffset: opened.syncedOffset,
      sync: () => this.#sync(),
      onDurable: () => this.#listeners.tell(),
      onFailure: (error) => {
        this.#segments.noteFailedSync()
        options.onFailure(error)
      },
    })
    if (this.#isChanged || this.#segments.active.isPending) this.#durability.request()
  }

  get config(): LogConfig {
    return this.#config
  }

  /** Takes effect with the next append. */
  setConfig(config: LogConfig): void {
    this.#flush.change(config, this.#endOffset)
    this.#config = config
    if (this.#flush.isDue(this)) this.#durability.request()
  }

  /** The first offset that can be read. */
  get startOffset(): number {
    return this.#start.offset
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** Consumers see records below this offset: those that nothing can take back any more. */
  get highWatermark(): number {
    return Math.max(this.startOffset, this.#flush.highWatermark(this))
  }

  /** Below this offset every transaction is committed or aborted. */
  get lastStableOffset(): number {
    return Math.max(this.startOffset, this.#state.producers.lastStableOffset(this.highWatermark))
  }

  /** The producers that are remembered, by their ids. */
  get producers(): ReadonlyMap<number, Readonly<Producer>> {
    return this.#state.producers.producers
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes
  }

  /** Records below this offset are on the disk. */
  get syncedOffset(): number {
    return this.#durability.durableOffset
  }

  /**
   * Writes what lets a start after a crash begin within the last segment, where much was appended
   * since that was done. The promise, if any, resolves once what it tells of is on the disk.
   */
  writeRecoveryFiles(): Promise<void> | undefined {
    const segment = this.#segments.active
    if (this.#isClosed || !this.#recoveryFiles.isDue(segment)) return undefined
    this.#segments.writeDerivedFiles(this.#end)
    this.#recoveryFiles.written(segment, this.#endOffset)
    return this.whenDurable(this.#endOffset)
  }

  /** Of the leaders that have written to the log. */
  get epochs(): Pick<LogState['epochs'], 'at' | 'current' | 'latest' | 'raise'> {
    return this.#state.epochs
  }

  /** Returns the largest epoch up to `epoch` and where it ends; `undefined` where there is none. */
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
    const { clock, codecs } = this.#options
    const nowMs = clock.now()
    const config = this.#config
    const incoming = checkIncoming(batches, { origin: options.origin, config, nowMs, codecs })
    const duplicate = this.#checkProducer(incoming[0]!, options.origin)
    const { startOffset } = this
    if (duplicate) return resultOf(duplicate, { config, startOffset, isDuplicate: true })

    this.#rollBefore(batches.length, incoming)
    const baseOffset = this.#endOffset
    let offset = baseOffset
    for (const { start, header } of incoming) {
      stampBatch(batches, start, { baseOffset: offset, leaderEpoch: options.leaderEpoch })
      offset += header.lastOffsetDelta + 1
    }
    this.#write(batches, incoming, { leaderEpoch: options.leaderEpoch, nowMs })
    if (this.#flush.isDue(this)) this.#durability.request()
    if (!this.#flush.isAck) this.#listeners.tell()
    const appended = { baseOffset, lastOffset: offset - 1, timestamp: nowMs }
    return resultOf(appended, { config, startOffset, isDuplicate: false })
  }

  /**
   * Returns whole batches from the one that has `offset`, of one segment at most.
   *
   * @throws LogError with OFFSET_OUT_OF_RANGE where `offset` is below the start or beyond the end
   */
  read(options: ReadOptions): ReadResult {
    const { offset, upTo } = options
    if (offset < this.startOffset || offset > this.#endOffset) {
      const message = `offset ${offset} is outside [${this.startOffset}, ${this.#endOffset}]`
      throw new LogError('OFFSET_OUT_OF_RANGE', message)
    }
    const decided = upTo === 'lastStable' ? this.lastStableOffset : this.highWatermark
    const endOffset = upTo === 'end' ? this.#endOffset : decided
    const result = this.#segments.read({ ...options, endOffset, logEndOffset: this.#endOffset })
    if (result.gap) this.#gaps.notice(result.gap, this.#config)
    return result
  }

  /**
   * Resolves once every record below `offset` would survive a power failure; at once where that
   * is not what acknowledgements promise, see `flush-policy.ts`.
   *
   * @throws LogError with `maybeApplied` where that will never be
   */
  whenDurable(offset: number): Promise<void> {
    return this.#flush.isAck ? this.#durability.whenDurable(offset) : nothingToWaitFor
  }

  /** Resolves once what was found at the start is on the disk, where a crash would leave it. */
  whenReady(): Promise<void> {
    return this.#segments.active.isWrittenAnew ? this.flush() : this.whenDurable(this.#endOffset)
  }

  /** Whether that is so already, and nobody waits for records, who would be served first. */
  isSettled(offset: number): boolean {
    const isDurable = !this.#flush.isAck || offset <= this.#durability.durableOffset
    return isDurable && !this.#listeners.isTelling
  }

  /** Resolves once all that was appended so far is on the disk. @throws LogError */
  flush(): Promise<void> {
    return this.#durability.flush()
  }

  /** Removes records that later ones have replaced, see `compaction/schedule.ts`. */
  get compaction(): LogCompaction {
    this.#compaction ??= new LogCompaction({
      ...this.#options,
      segments: this.#segments,
      producers: this.#state.producers,
      config: () => this.#config,
      lastStableOffset: () => this.lastStableOffset,
      flush: () => this.flush(),
      run: (task) => this.#upkeep.run(task),
    })
    return this.#compaction
  }

  /** Calls `callback` whenever the high watermark has moved. Returns what ends that. */
  onAdvance(callback: () => void): () => void {
    return this.#listeners.add(callback)
  }

  /**
   * Returns the first record at least as late as `timestamp`, or `undefined` where there is none.
   * Without a synchronous codec for a compressed batch the answer is where that batch begins.
   */
  offsetForTimestamp(timestamp: number, codecs?: Codecs): TimestampedOffset | undefined {
    return findOffset(this.#segments, { timestamp, fromOffset: this.startOffset, codecs })
  }

  /** Returns the first record with the largest timestamp, or `undefined` without timestamps. */
  maxTimestamp(codecs?: Codecs): TimestampedOffset | undefined {
    return findLargestTimestamp(this.#segments, { fromOffset: this.startOffset, codecs })
  }

  /** Returns the aborted transactions that overlap with the offsets from `from` up to `to`. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    return abortedBetween(this.#segments, from, to)
  }

  /**
   * Makes `offset` the start of the log. The promise resolves once that would survive a power
   * failure; whole segments before it are removed then, also those that a crash has left.
   *
   * @throws LogError with OFFSET_OUT_OF_RANGE where `offset` is beyond the high watermark
   */
  deleteRecordsBefore(offset: number): Promise<void> {
    this.#checkWritable()
    if (offset > this.highWatermark || offset < 0) {
      const message = `offset ${offset} is beyond the high watermark ${this.highWatermark}`
      throw new LogError('OFFSET_OUT_OF_RANGE', message)
    }
    const start = Math.max(offset, this.startOffset)
    const count = this.#segments.countBelow(start)
    if (start > this.startOffset || count > 0) this.#start.move(start, this.#segments.detach(count))
    return this.#upkeep.run(async () => {
      // What was asked before has done it, unless that failed.
      if (this.#start.isSettled) return
      const place = { ...this.#options, flush: () => this.flush() }
      await this.#start.save(place, (detached) => this.#segments.remove(detached))
    })
  }

  /** Deletes segments that are too old or too many at `nowMs`, and forgets idle producers. */
  enforceRetention(nowMs: number | undefined): Promise<void> {
    this.#checkWritable()
    if (nowMs !== undefined) this.#state.producers.expire(nowMs - producerExpirationMs)
    const segments = this.#segments
    const isDurable = this.#endOffset === this.highWatermark
    const ages = segments.ages(isDurable ? segments.count : segments.countBelow(this.highWatermark))
    const expired = expiredSegments(ages, this.#config, nowMs)
    if (expired === segments.count && segments.active.sizeBytes > 0)
      segments.rollToDelete(this.#end)
    return this.deleteRecordsBefore(segments.baseOffset(Math.min(expired, segments.count - 1)))
  }

  /**
   * Puts everything on the disk and closes the files.
   *
   * @throws LogError where that fails: the next start must then check the log
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#compaction?.close()
    await this.#upkeep.whenIdle()
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
  delete(deletion: Deletion): Promise<void> {
    this.#isClosed = true
    this.#compaction?.abandon()
    this.#upkeep.stop()
    const gone = 'the partition was deleted'
    this.#durability.fail(new LogError('UNKNOWN_TOPIC_OR_PARTITION', gone, { maybeApplied: true }))
    this.#listeners.tell()
    return this.#segments.delete(deletion)
  }

  get #end(): LogEnd {
    return { endOffset: this.#endOffset, ...this.#state }
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

  #rollBefore(sizeBytes: number, incoming: readonly IncomingBatch[]): void {
    const append = { sizeBytes, ...extentOf(incoming, this.#endOffset) }
    const limits = rollLimitsOf(this.#config)
    if (this.#segments.rollBefore(append, { limits, ...this.#end })) this.#durability.request()
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
    this.#state.producers.settle(this.highWatermark)
    this.#isChanged = true
  }

  async #sync(): Promise<number> {
    const endOffset = this.#endOffset
    await this.#segments.sync()
    return endOffset
  }

  async #finish(): Promise<void> {
    const isDurable = this.#durability.durableOffset >= this.#endOffset
    if (!isDurable || !this.#segments.isSettled) await this.#sync()
    if (this.#isChanged && this.#segments.active.sizeBytes > scannedBytesMax) {
      this.#segments.writeDerivedFiles(this.#end)
    }
  }
}
