/**
 * Compacts the logs of a data folder whose `cleanup.policy` says so, one after the other, the one
 * with the largest part that was never compacted first.
 */

import type { Codecs } from '../../record/compression.ts'
import { InvalidBatchError } from '../../record/batch.ts'
import type { Clock, Logger, Timer } from '../../runtime/runtime.ts'
import type { Storage } from '../../storage/storage.ts'
import { readCompactionCheckpoint, writeCompactionCheckpoint } from './checkpoint.ts'
import { CompactionPace } from './pace.ts'
import { DamagedLogError } from '../log-error.ts'
import type { LogManager, ManagedLog } from '../log-manager.ts'
import type { PartitionLog } from '../partition-log.ts'

export interface CompactionScheduleOptions {
  readonly logs: LogManager
  /** Of the data folder. */
  readonly storage: Storage
  readonly clock: Clock
  readonly logger: Logger
  readonly codecs: Codecs
  /** How often the logs are looked at. */
  readonly checkMs: number
  /**
   * Memory for the keys of one round, 16 bytes for each and a third more. Where a log has more
   * keys, it takes several rounds. @default 128 MiB
   */
  readonly keyMemoryBytes?: number
}

const keyMemoryBytesDefault = 128 * 1024 * 1024

export class CompactionSchedule {
  readonly #options: CompactionScheduleOptions
  readonly #pace: CompactionPace
  /** Up to where each log is compacted. */
  readonly #compacted = new Map<PartitionLog, number>()
  /** Logs that are damaged, and left alone until the next start. */
  readonly #damaged = new WeakSet<PartitionLog>()
  /** Whether the checkpoint is to be written anew, as where it tells of logs that are no more. */
  #isOutdated = false
  /** What was asked for last: one comes after the other. It never rejects. */
  #last = Promise.resolve()
  /** The look at the logs that has not ended. */
  #look: Promise<void> | undefined
  /** The note of deleted logs that is still to be begun. */
  #note: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(options: CompactionScheduleOptions) {
    this.#options = options
    this.#pace = new CompactionPace({ clock: options.clock })
    this.#readCheckpoint()
  }

  /** Looks at the logs from now on, at intervals. */
  start(): void {
    const { clock, checkMs } = this.#options
    if (this.#pace.isStopped) return
    this.#timer = clock.after(checkMs, () => {
      void this.compactDue().then(() => this.start())
    })
  }

  /** Ends what runs. Resolves once that is so. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#pace.stop()
    await this.forgetDeleted()
  }

  /** Compacts all logs that are due. It never rejects; what goes wrong is logged. */
  compactDue(): Promise<void> {
    this.#look ??= this.#inTurn(async () => {
      await this.#compactDue()
      this.#look = undefined
    })
    return this.#look
  }

  /**
   * Notes that logs are no more, which the next look at the logs does anyway: a start before that
   * would take a new one of the name for compacted. It never rejects.
   */
  forgetDeleted(): Promise<void> {
    // Not at once: a request may delete many.
    this.#note ??= this.#inTurn(() => {
      this.#note = undefined
      return this.#forgetDeleted()
    })
    return this.#note
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work)
    return this.#last
  }

  async #compactDue(): Promise<void> {
    const failed = new Set<PartitionLog>()
    while (!this.#pace.isStopped) {
      await this.#forgetDeleted()
      const next = this.#dirtiest(failed)
      if (!next) return
      if (!(await this.#compact(next))) failed.add(next.log)
    }
  }

  #dirtiest(failed: ReadonlySet<PartitionLog>): ManagedLog | undefined {
    const nowMs = this.#options.clock.now()
    let dirtiest: ManagedLog | undefined
    let largestRatio = 0
    for (const managed of this.#options.logs.all()) {
      const { log } = managed
      if (!log.config.cleanupPolicy.includes('compact')) continue
      if (failed.has(log) || this.#damaged.has(log)) continue
      const dirtyRatio = this.#dirtyRatio(managed, nowMs)
      if (dirtyRatio <= largestRatio) continue
      largestRatio = dirtyRatio
      dirtiest = managed
    }
    return dirtiest
  }

  /** Returns how much of a log is to be compacted; 0 where it is not due, or cannot be read. */
  #dirtyRatio({ log, topic, partition }: ManagedLog, nowMs: number): number {
    try {
      const { isDue, dirtyRatio } = log.compaction.plan(this.#compactedOffset(log), nowMs)
      return isDue ? dirtyRatio : 0
    } catch (error) {
      this.#options.logger.error('compaction failed', { topic, partition, error })
      return 0
    }
  }

  /** Returns whether the log was compacted, at least in part. */
  async #compact({ log, topic, partition }: ManagedLog): Promise<boolean> {
    const { clock, codecs, logger, keyMemoryBytes = keyMemoryBytesDefault } = this.#options
    const begunMs = clock.monotonic()
    this.#pace.resume()
    logger.info('compacting a log', { topic, partition })
    try {
      const result = await log.compaction.compact({
        compactedOffset: this.#compactedOffset(log),
        codecs,
        nowMs: clock.now(),
        pace: this.#pace,
        keyMemoryBytes,
      })
      if (!result) return false
      const tookMs = Math.round(clock.monotonic() - begunMs)
      logger.info('compacted a log', { topic, partition, ...result, tookMs })
      this.#compacted.set(log, result.compactedOffset)
      await this.#writeCheckpoint()
      return true
    } catch (error) {
      const isDamaged = error instanceof InvalidBatchError || error instanceof DamagedLogError
      if (isDamaged) this.#damaged.add(log)
      logger.error('compaction failed', { topic, partition, error })
      return false
    }
  }

  #compactedOffset(log: PartitionLog): number {
    return this.#compacted.get(log) ?? 0
  }

  #readCheckpoint(): void {
    const { storage, logs, logger } = this.#options
    const entries = readCompactionCheckpoint(storage)
    if (!entries) logger.warn('how far logs are compacted is not known: they are compacted anew')
    for (const { topic, partition, offset } of entries ?? []) {
      const log = logs.get(topic, partition)
      if (log) this.#compacted.set(log, offset)
      else this.#isOutdated = true
    }
  }

  /** A new log of the name of one that was deleted is not compacted yet, also after a new start. */
  async #forgetDeleted(): Promise<void> {
    const { logs, logger } = this.#options
    // More may go while it is written.
    for (;;) {
      const there = new Set(logs.all().map(({ log }) => log))
      for (const log of this.#compacted.keys()) if (!there.has(log)) this.#isOutdated = true
      if (!this.#isOutdated) return
      try {
        await this.#writeCheckpoint()
      } catch (error) {
        return logger.warn('could not note which logs are compacted', { error })
      }
    }
  }

  /** Of logs that are there: a log that is deleted takes its entry along. */
  async #writeCheckpoint(): Promise<void> {
    const { storage, logs } = this.#options
    this.#isOutdated = true
    const known = new Map(this.#compacted)
    this.#compacted.clear()
    const entries = logs.all().flatMap(({ log, topic, partition }) => {
      const offset = known.get(log)
      if (offset === undefined) return []
      this.#compacted.set(log, offset)
      return [{ topic, partition, offset }]
    })
    await writeCompactionCheckpoint(storage, entries)
    this.#isOutdated = false
  }
}
