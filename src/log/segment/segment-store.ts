/**
 * The segments of one log: appends to the last one, closes it and starts the next, finds where an
 * offset is, and puts everything on the disk in the right order.
 */

import type { Logger } from '../../runtime/runtime.ts'
import { removeInTurn, type Storage } from '../../storage/storage.ts'
import { syncWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { AbortedTransactions } from './aborted-transactions.ts'
import type { PlannedSegment } from '../compaction/plan.ts'
import type { SegmentSwap } from '../compaction/swap.ts'
import { setAside } from '../deleted-folders.ts'
import type { Deletion } from '../deleted-folders.ts'
import { LogError, isDiskFull } from '../log-error.ts'
import { failedSyncFile, leaderEpochFile } from '../log-files.ts'
import { readSnapshot, snapshotPath, writeDerivedFiles } from '../log-state.ts'
import type { ApplySettings, LogEnd } from '../log-state.ts'
import { noRecords, readBatches } from './read-batches.ts'
import type { BatchRead, ReadResult } from './read-batches.ts'
import type { OpenedLog } from '../recovery/recovery.ts'
import { keepState, loadIndexes } from '../recovery/replay.ts'
import type { SegmentAge } from '../retention.ts'
import { Segment, segmentAt } from './segment.ts'
import type { RollLimits, SegmentAppend } from './segment.ts'
import { SegmentIndexes } from './segment-indexes.ts'

const noTransactions = new AbortedTransactions()

/** Closed segments whose indexes stay in memory; those of the others are loaded when needed. */
const loadedIndexesMax = 4

export interface SegmentStoreOptions {
  readonly storage: Storage
  readonly folder: string
  readonly logger: Logger
  /** Ascending, at least one. */
  readonly segments: Segment[]
  /** Segments from this offset on may not be on the disk yet. */
  readonly syncedOffset: number
  /** How the log was found. */
  readonly origin: OpenedLog['origin']
  /** See `PartitionLogOptions`. */
  readonly prepare?: (() => Promise<void>) | undefined
  readonly applySettings: () => ApplySettings
}

export class SegmentStore {
  readonly #options: SegmentStoreOptions
  readonly #segments: Segment[]
  #active: Segment
  /** Closed segments that may not be on the disk yet, oldest first, each with the one after it. */
  #unsynced: { readonly segment: Segment; readonly next: Segment }[] = []
  /** Closed segments with indexes in memory, least recently used first. */
  #loaded: Segment[] = []
  /** Closed segments in which no transaction was aborted, as far as somebody has asked. */
  readonly #withoutAborts = new WeakSet<Segment>()
  #isFolderDirty: boolean
  /** What must be on the disk before the first record is. */
  readonly #prerequisite: Promise<void>
  /** The latest epoch in the file that has them. */
  #epochSaved = -1
  /** Where the last segment begins that is known to have its final name on the disk. */
  #settledOffset: number
  /** A swap whose old files could not all be removed. */
  #unfinishedSwap: SegmentSwap | undefined

  constructor(options: SegmentStoreOptions) {
    this.#options = options
    this.#segments = options.segments
    this.#active = this.#segments.at(-1)!
    this.#isFolderDirty = options.origin !== 'clean'
    const isSettled = options.origin === 'clean' && !this.#active.isPending
    this.#settledOffset = isSettled ? this.#active.baseOffset : this.#segments[0]!.baseOffset
    this.#prerequisite = this.#prepare()
    this.#prerequisite.catch(() => {
      // It is awaited by the first sync, which then fails.
    })
    this.#segments.slice(0, -1).forEach((segment, at) => {
      if (segment.baseOffset < options.syncedOffset) return
      this.#unsynced.push({ segment, next: this.#segments[at + 1]! })
      this.#keepLoaded(segment)
    })
  }

  get active(): Segment {
    return this.#active
  }

  get count(): number {
    return this.#segments.length
  }

  get firstOffset(): number {
    return this.#segments[0]!.baseOffset
  }

  get sizeBytes(): number {
    let sum = 0
    for (const segment of this.#segments) sum += segment.sizeBytes
    return sum
  }

  /** Whether all names of files are on the disk, and all closed segments. */
  get isSettled(): boolean {
    return !this.#isFolderDirty && this.#unsynced.length === 0
  }

  /** Returns segment `at`, oldest first, with its indexes. */
  at(at: number): Segment | undefined {
    const segment = this.#segments[at]
    if (!segment || segment === this.#active) return segment
    if (!segment.areIndexesLoaded) {
      loadIndexes(this.#options.storage, this.#segments, at, this.#options.applySettings())
    }
    this.#keepLoaded(segment)
    return segment
  }

  /** Returns the aborted transactions of segment `at`, without loading indexes for none. */
  abortedIn(at: number): AbortedTransactions {
    const segment = this.#segments[at]!
    if (this.#withoutAborts.has(segment)) return noTransactions
    const next = this.#segments[at + 1]
    if (!segment.areIndexesLoaded && next) {
      const snapshot = readSnapshot(this.#options.storage, segment, next.baseOffset)
      if (snapshot?.own?.checksums.transactionIndex === 0) {
        this.#withoutAborts.add(segment)
        return noTransactions
      }
    }
    return this.at(at)!.indexes.aborted
  }

  /** Returns the position among the segments of the one that has `offset`. */
  find(offset: number): number {
    return segmentAt(this.#segments, offset)
  }

  /** Returns how many segments, oldest first, end at `offset` or before. */
  countBelow(offset: number): number {
    return this.#segments.findIndex((_, at) => {
      const next = this.#segments[at + 1]
      return !next || next.baseOffset > offset
    })
  }

  /** Returns the largest timestamp in segment `at`; -1 where there is none. */
  maxTimestamp(at: number): number {
    const segment = this.#segments[at]!
    return segment.maxTimestamp ?? this.at(at)!.indexes.maxTimestamp
  }

  baseOffset(at: number): number {
    return this.#segments[at]!.baseOffset
  }

  /** Returns what retention asks of the oldest `count` segments. */
  ages(count: number): SegmentAge[] {
    return this.#segments.slice(0, count).map(({ sizeBytes, file }, at) => {
      const maxTimestamp = (): number => this.maxTimestamp(at)
      return {
        sizeBytes,
        get maxTimestamp() {
          return maxTimestamp()
        },
        get modifiedMs() {
          return file.modifiedMs
        },
      }
    })
  }

  /**
   * Where the segments end that may be compacted. After a crash, the start takes the last one that
   * has its final name for one without gaps: those before it are meant, not all closed ones.
   */
  get settledOffset(): number {
    return this.#settledOffset
  }

  /** Returns the segments that begin before `offset`, oldest first. */
  before(offset: number): readonly Segment[] {
    return this.#segments.filter(({ baseOffset }) => baseOffset < offset)
  }

  /** Returns what compaction asks of the same. */
  planned(offset: number): PlannedSegment[] {
    return this.before(offset).map((segment, at) => ({
      baseOffset: segment.baseOffset,
      sizeBytes: segment.sizeBytes,
      firstTimestamp: () => segment.firstTimestamp,
      maxTimestamp: () => this.maxTimestamp(at),
    }))
  }

  /** Returns the position of `segment`; -1 where it is not, or no longer, of the log. */
  positionOf(segment: Segment): number {
    const at = this.find(segment.baseOffset)
    return this.#segments[at] === segment ? at : -1
  }

  /** Sees to it that what is known where segment `at` begins does not depend on those before. */
  keepState(at: number): void {
    keepState(this.#options.storage, this.#segments, at, this.#options.applySettings())
  }

  /**
   * Puts a segment that compaction has written in the place of those it was made from. From the
   * moment of the call it is the one that is read; the promise resolves once the files are right.
   */
  swap(swap: SegmentSwap): Promise<void> {
    const at = this.positionOf(swap.replaced[0]!)
    this.#segments.splice(at, swap.replaced.length, swap.segment)
    this.#loaded = this.#loaded.filter((segment) => !swap.replaced.includes(segment))
    this.#keepLoaded(swap.segment)
    this.#unfinishedSwap = swap
    return this.finishSwap()
  }

  /** Goes on with a swap that has failed before. */
  async finishSwap(): Promise<void> {
    await this.#unfinishedSwap?.finish()
    this.#unfinishedSwap = undefined
  }

  /**
   * Returns whole batches from the one that has `offset`, of one segment at most; none that begins
   * at `endOffset` or later.
   */
  read(read: Omit<BatchRead, 'position'>): ReadResult {
    const { offset, endOffset } = read
    // Whoever is at the end asks most often: it need not be looked for in the file.
    if (offset >= endOffset) return { records: noRecords, nextOffset: offset }
    // A segment has nothing at its end where compaction removed the last records.
    for (let at = this.find(offset); at < this.#segments.length; at++) {
      const segment = this.at(at)!
      if (segment.baseOffset >= endOffset) break
      const position = segment.locate(offset)
      if (position === undefined) continue
      const result = readBatches(segment, { ...read, position })
      if (!result) break
      segment.remember(result.nextOffset, position + result.records.length)
      return result
    }
    return { records: noRecords, nextOffset: offset }
  }

  /**
   * Starts a new segment where `append` does not fit the last one. Returns whether it did.
   *
   * @throws LogError where the disk fails
   */
  rollBefore(append: SegmentAppend, end: LogEnd & { readonly limits: RollLimits }): boolean {
    try {
      if (!this.#active.mustRoll(append, end.limits)) return false
      this.roll(end)
      return true
    } catch (cause) {
      throw new LogError('KAFKA_STORAGE_ERROR', 'could not read or start a segment', { cause })
    }
  }

  /** Closes the last segment and starts the next one. */
  roll(end: LogEnd): void {
    const closed = this.#active
    const next = new Segment(this.#options, end.endOffset, 'pending')
    next.useIndexes(new SegmentIndexes())
    this.writeDerivedFiles(end)
    this.#segments.push(next)
    this.#active = next
    this.#unsynced.push({ segment: closed, next })
    this.#isFolderDirty = true
    this.#keepLoaded(closed)
  }

  /** As `roll`; where the disk does not take it, what is before the last segment can still go. */
  rollToDelete(end: LogEnd): void {
    try {
      this.roll(end)
    } catch (error) {
      const { path } = this.#active
      this.#options.logger.warn('no segment could be started: the last one stays', { path, error })
    }
  }

  /** Writes what can be made again of the last segment. Without it the next start takes longer. */
  writeDerivedFiles(end: LogEnd): void {
    const { storage, folder } = this.#options
    try {
      writeDerivedFiles(storage, this.#active, end)
      if (end.epochs.latest === this.#epochSaved) return
      this.#epochSaved = end.epochs.latest
      writeDerivedFile(storage, `${folder}/${leaderEpochFile}`, end.epochs.encode())
    } catch (error) {
      const { path } = this.#active
      this.#options.logger.warn('could not write the index files of a segment', { path, error })
    }
  }

  /**
   * Puts everything appended so far on the disk. Segments go one after the other, oldest first, and
   * a segment gets its final name only once those before it are there: a `.log` file then always
   * says that the ones before it are whole.
   */
  async sync(): Promise<void> {
    await this.#prerequisite
    const active = this.#active
    while (this.#unsynced.length > 0) {
      const { segment, next } = this.#unsynced[0]!
      await segment.sync()
      this.#unsynced.shift()
      next.settle()
      this.#isFolderDirty = true
    }
    const [, wasAside] = await Promise.all([this.#syncFolder(), active.sync()])
    this.#settledOffset = Math.max(this.#settledOffset, active.baseOffset)
    if (!wasAside) return
    // All that a failed sync may have lost is on the disk again.
    const { storage, folder } = this.#options
    await storage.syncFolder(folder)
    storage.remove(`${folder}/${failedSyncFile}`)
  }

  /** Notes for the next start that a sync has failed. A reboot needs no note. */
  noteFailedSync(): void {
    const { storage, folder, logger } = this.#options
    try {
      storage.open(`${folder}/${failedSyncFile}`).close()
    } catch (error) {
      logger.error('could not note that a sync has failed', { folder, error })
    }
  }

  /** Takes the oldest `count` segments out of the log, or those that a full disk lets go of. */
  detach(count: number): Segment[] {
    try {
      this.keepState(count)
    } catch (error) {
      if (isDiskFull(error)) return this.detach(count - 1)
      throw error
    }
    const detached = this.#segments.splice(0, count)
    this.#loaded = this.#loaded.filter((segment) => !detached.includes(segment))
    return detached
  }

  /** Removes the files of segments that were detached. */
  async remove(detached: readonly Segment[]): Promise<void> {
    const { storage, folder } = this.#options
    await this.finishSwap()
    // What is known of producers cannot be found in these segments any more.
    const first = this.#segments[0]!
    await syncWholeFile(storage, snapshotPath(first, first.baseOffset))
    for (const segment of detached) {
      segment.remove()
      storage.remove(snapshotPath(segment, segment.baseOffset))
    }
    await storage.syncFolder(folder)
  }

  /** Removes the whole folder. The promise resolves once it cannot come back. */
  async delete({ topicId, decided }: Deletion): Promise<void> {
    const { storage, folder } = this.#options
    this.close()
    const aside = setAside(storage, folder, topicId)
    // Else a power failure may bring back the folder under its name, without its files.
    await Promise.all([storage.syncFolder(''), decided])
    await removeInTurn(storage, aside)
  }

  close(): void {
    for (const segment of this.#segments) segment.close()
  }

  /**
   * The folder of a log that was there may not be on the disk either: who created it may have been
   * killed before.
   */
  async #prepare(): Promise<void> {
    const { storage, origin, prepare } = this.#options
    if (prepare) await prepare()
    else if (origin !== 'clean') await storage.syncFolder('')
  }

  async #syncFolder(): Promise<void> {
    const { storage, folder } = this.#options
    if (!this.#isFolderDirty) return
    this.#isFolderDirty = false
    await storage.syncFolder(folder)
  }

  /** Frees the indexes of the segment that was looked at longest ago, where there are many. */
  #keepLoaded(segment: Segment): void {
    if (this.#loaded.at(-1) === segment) return
    this.#loaded = this.#loaded.filter((other) => other !== segment)
    this.#loaded.push(segment)
    if (this.#loaded.length > loadedIndexesMax) this.#loaded.shift()!.freeIndexes()
  }
}
