/**
 * One round of compaction: keeps the latest record of each key, as Kafka's log cleaner does. It
 * reads what was never compacted to learn which keys it has, then writes all closed segments anew
 * without the records that were replaced, several small ones into one.
 *
 * It works in slices (`pace.ts`), between which anything may happen to the log but a
 * change of what its closed segments hold: they may be removed, and the log may be closed or
 * deleted. A round that notices ends; the next one begins again.
 */

import type { Codecs } from '../../record/compression.ts'
import type { Logger } from '../../runtime/runtime.ts'
import type { Storage } from '../../storage/storage.ts'
import type { AbortedTransaction } from '../segment/aborted-transactions.ts'
import { swapSuffix } from './files.ts'
import { BatchFilter } from './filter.ts'
import { KeyOffsets } from './keys.ts'
import { KeyMapper } from './mapper.ts'
import type { CompactionPace } from './pace.ts'
import { groupSegments } from './plan.ts'
import type { CompactionPlan } from './plan.ts'
import { lastOfProducers } from './producers.ts'
import { CompactionReader } from './reader.ts'
import { SegmentSwap, commitSwap, saveSnapshot } from './swap.ts'
import { CompactedTransactions } from './transactions.ts'
import { CompactionWriter } from './writer.ts'
import type { LogConfig } from '../log-config.ts'
import { readMarker } from '../log-state.ts'
import type { ProducerStates } from '../producer/producer-state.ts'
import type { Segment } from '../segment/segment.ts'
import type { SegmentStore } from '../segment/segment-store.ts'

/** What a compaction needs of its log. */
export interface CompactedLog {
  readonly storage: Storage
  readonly folder: string
  readonly logger: Logger
  readonly segments: SegmentStore
  readonly producers: ProducerStates
  readonly config: () => LogConfig
  readonly lastStableOffset: () => number
  /** Resolves once everything appended before is on the disk. */
  readonly flush: () => Promise<void>
  /** Runs `task` when no other changes the files of the log. */
  readonly run: (task: () => Promise<void>) => Promise<void>
}

export interface RoundOptions {
  /** Says what there is to do. */
  readonly plan: () => CompactionPlan
  readonly codecs: Codecs
  readonly nowMs: number
  readonly pace: CompactionPace
  /** For the keys that are looked at in one round. */
  readonly keyMemoryBytes: number
}

export interface CompactionResult {
  /** Up to where the log is compacted now. */
  readonly compactedOffset: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly keyCount: number
}

export interface RoundControl {
  /** Whether the folder of the log is gone. */
  readonly isGone: () => boolean
  readonly isStopped: () => boolean
  /** Called where there must be no further round until the next start. */
  readonly block: () => void
}

/** The segments of a round are not those of the log any more, or it was told to stop. */
export class CompactionInterruptedError extends Error {
  override readonly name = 'CompactionInterruptedError'
}

/** Bytes read from a segment at once. */
const windowBytes = 256 * 1024
/** Bytes of a new segment that may wait for the disk. */
const unsyncedBytesMax = 4 * 1024 * 1024

/** @throws CompactionInterruptedError, or InvalidBatchError where the log is damaged */
export function runRound(
  log: CompactedLog,
  options: RoundOptions,
  control: RoundControl,
): Promise<CompactionResult> {
  return new Round(log, options, control).run()
}

class Round {
  readonly #log: CompactedLog
  readonly #options: RoundOptions
  readonly #control: RoundControl
  readonly #window = new Uint8Array(windowBytes)
  #readBytes = 0
  #writtenBytes = 0

  constructor(log: CompactedLog, options: RoundOptions, control: RoundControl) {
    this.#log = log
    this.#options = options
    this.#control = control
  }

  async run(): Promise<CompactionResult> {
    const { segments, config, flush } = this.#log
    const { nowMs, codecs, keyMemoryBytes: memoryBytes } = this.#options
    // Before the sync: a batch that may be lost must not let the one before it go.
    const producers = lastOfProducers(this.#log.producers)
    await flush()
    this.#checkCurrent([])
    const { dirtyOffset: baseOffset, endOffset } = this.#options.plan()
    const closed = segments.before(endOffset)
    const aborted = await this.#collectAborted(closed, endOffset)
    const keys = new KeyOffsets({ baseOffset, keyCountMax: endOffset - baseOffset, memoryBytes })
    const mapper = new KeyMapper(keys, { dirtyOffset: baseOffset, codecs })
    const mappedOffset = await this.#mapKeys(mapper, closed, {
      from: baseOffset,
      endOffset,
      // Those that ended before have no marker in this stretch that would tell.
      transactions: new CompactedTransactions(
        aborted.filter(({ lastOffset }) => lastOffset >= baseOffset),
      ),
    })

    const { deleteRetentionMs, segmentBytes } = config()
    const transactions = new CompactedTransactions(aborted)
    const rules = { keys, mappedOffset, nowMs, deleteRetentionMs, codecs, transactions, producers }
    const filter = new BatchFilter(rules)
    const mapped = closed.filter((segment) => segment.baseOffset < mappedOffset)
    for (const group of groupSegments(mapped, { segmentBytes, endOffset })) {
      await this.#compactGroup(group, filter)
    }
    return {
      compactedOffset: mappedOffset,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
      keyCount: keys.count,
    }
  }

  /** Returns the aborted transactions that begin below `endOffset`; their markers may be above. */
  async #collectAborted(
    closed: readonly Segment[],
    endOffset: number,
  ): Promise<AbortedTransaction[]> {
    const { segments } = this.#log
    const found: AbortedTransaction[] = []
    const first = closed[0]
    if (!first) return found
    for (let at = segments.positionOf(first); at < segments.count; at++) {
      if (segments.abortedIn(at).collect(first.baseOffset, endOffset, found)) break
      if (this.#options.pace.worked(0)) await this.#pause(first)
    }
    return found
  }

  /** Returns up to where the keys are known: not to the end, where there are too many of them. */
  async #mapKeys(
    mapper: KeyMapper,
    closed: readonly Segment[],
    stretch: {
      readonly from: number
      readonly endOffset: number
      readonly transactions: CompactedTransactions
    },
  ): Promise<number> {
    const { segments } = this.#log
    const { from, endOffset, transactions } = stretch
    for (const [at, segment] of closed.entries()) {
      if ((closed[at + 1]?.baseOffset ?? endOffset) <= from) continue
      this.#checkCurrent([segment])
      const isWhole = segment.baseOffset >= from
      const position = isWhole ? 0 : segments.at(segments.positionOf(segment))!.locate(from)
      if (position === undefined) continue
      const reader = new CompactionReader(segment.file, this.#window, position)
      for (let header = reader.next(); header; header = reader.next()) {
        if (header.isControl) {
          transactions.onMarker(header, readMarker(reader.bytes, header)?.result)
        } else if (!transactions.onData(header)) {
          const mapped = mapper.map(header, reader.bytes)
          const fullAt = mapped instanceof Promise ? await this.#stay(mapped, segment) : mapped
          if (fullAt !== undefined) return fullAt
        }
        if (this.#isSliceOver(header.sizeBytes)) await this.#pause(segment)
      }
    }
    return endOffset
  }

  async #compactGroup(group: readonly Segment[], filter: BatchFilter): Promise<void> {
    const { storage, config } = this.#log
    const { path, baseOffset } = group[0]!
    this.#checkCurrent(group)
    const { indexIntervalBytes } = config()
    const writer = new CompactionWriter({ storage, path, baseOffset, indexIntervalBytes })
    try {
      const hasChanged = await this.#filterGroup(group, filter, writer)
      if (!hasChanged && group.length === 1) return writer.discard()
      await writer.sync()
      this.#checkCurrent(group)
      writer.setModified(group.at(-1)!.file.modifiedMs)
      writer.close()
      await this.#swapAlone(group, writer)
      this.#writtenBytes += writer.sizeBytes
    } catch (error) {
      this.#discard(writer, error)
      throw error
    }
  }

  /** Writes what is left of the segments. Returns whether anything is not as it was. */
  async #filterGroup(
    group: readonly Segment[],
    filter: BatchFilter,
    writer: CompactionWriter,
  ): Promise<boolean> {
    const last = group.findLast(({ sizeBytes }) => sizeBytes > 0)
    let hasChanged = false
    for (const segment of group) {
      this.#checkCurrent(group)
      const reader = new CompactionReader(segment.file, this.#window)
      for (let header = reader.next(); header; header = reader.next()) {
        const source = reader.bytes
        const isLast = segment === last && reader.isAtEnd
        const filtered = filter.filter(header, source, { isLast })
        const { bytes, aborted } =
          filtered instanceof Promise ? await this.#stay(filtered, segment) : filtered
        if (bytes) writer.add(bytes)
        if (aborted) writer.addAborted(aborted)
        if (bytes !== source) hasChanged = true
        if (this.#isSliceOver(header.sizeBytes)) await this.#pause(segment)
        if (writer.unsyncedBytes >= unsyncedBytesMax) await this.#stay(writer.sync(), segment)
      }
    }
    return hasChanged
  }

  /** Swaps while no other task changes files; that it need not is nothing to complain about. */
  async #swapAlone(group: readonly Segment[], writer: CompactionWriter): Promise<void> {
    let interruption: CompactionInterruptedError | undefined
    await this.#log.run(async () => {
      try {
        await this.#swap(group, writer)
      } catch (error) {
        if (!(error instanceof CompactionInterruptedError)) throw error
        interruption = error
      }
    })
    if (interruption) throw interruption
  }

  async #swap(group: readonly Segment[], writer: CompactionWriter): Promise<void> {
    const { storage, folder, logger, segments } = this.#log
    const { isGone } = this.#control
    await segments.finishSwap()
    this.#checkCurrent(group)
    const last = group.at(-1)!
    const next = segments.positionOf(last) + 1
    segments.keepState(next)
    const { indexes } = writer
    await saveSnapshot(storage, last, { offset: segments.baseOffset(next), indexes })
    this.#checkCurrent(group)
    const { path } = group[0]!
    let swap: SegmentSwap
    try {
      await commitSwap({ storage, folder }, { from: writer.path, path })
      this.#checkCurrent(group)
      swap = new SegmentSwap({ storage, folder, logger, isGone, indexes, replaced: group })
    } catch (error) {
      await this.#undo(path + swapSuffix)
      throw error
    }
    await segments.swap(swap)
  }

  /** Takes back a swap before anything was replaced. */
  async #undo(path: string): Promise<void> {
    if (this.#control.isGone()) return
    const { storage, folder, logger } = this.#log
    try {
      storage.remove(path)
      await storage.syncFolder(folder)
    } catch (error) {
      this.#control.block()
      logger.error('a log is not compacted any more until the next start', { folder, error })
    }
  }

  #discard(writer: CompactionWriter, cause: unknown): void {
    const { folder, logger } = this.#log
    try {
      writer.close()
      if (!this.#control.isGone()) writer.discard()
    } catch (error) {
      // The next start removes it.
      logger.warn('could not remove the file of a compaction', { folder, error, cause })
    }
  }

  #isSliceOver(bytes: number): boolean {
    this.#readBytes += bytes
    return this.#options.pace.worked(bytes)
  }

  async #pause(segment: Segment): Promise<void> {
    await this.#options.pace.pause()
    this.#checkCurrent([segment])
  }

  /** Waits for something other than a slice; the log may have changed by then. */
  async #stay<Result>(promise: Promise<Result>, segment: Segment): Promise<Result> {
    const result = await promise
    this.#options.pace.resume()
    this.#checkCurrent([segment])
    return result
  }

  #checkCurrent(group: readonly Segment[]): void {
    const { segments } = this.#log
    const isCurrent = group.every((segment) => segments.positionOf(segment) >= 0)
    if (this.#control.isStopped() || !isCurrent) throw new CompactionInterruptedError()
  }
}
