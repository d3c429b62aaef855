/**
 * One segment of a log: a file of record batches, back to back and byte for byte as on the wire,
 * named after the offset of the first. Only the last segment of a log is appended to.
 */

import { batchHeaderBytes } from '../../record/batch.ts'
import { crc32c } from '../../record/crc32c.ts'
import type { Storage, StorageFile } from '../../storage/storage.ts'
import { asideSuffix } from '../../storage/whole-file.ts'
import { BatchWalker } from './batch-walker.ts'
import { swapSuffix } from '../compaction/files.ts'
import {
  indexSuffix,
  logSuffix,
  offsetName,
  pendingSuffix,
  timeIndexSuffix,
  transactionIndexSuffix,
} from '../log-files.ts'
import { PositionHints } from './position-hints.ts'
import type { SegmentIndexes } from './segment-indexes.ts'

// Index entries hold offsets relative to the segment's base offset, in a signed 32-bit integer.
const relativeOffsetMax = 2 ** 31 - 1

const copiedBytes = 1 << 20

/** Lookups are synchronous and never overlap, so that they can share the memory they read into. */
const lookupWindow = new Uint8Array(8192)

export interface SegmentLocation {
  readonly storage: Storage
  readonly folder: string
}

export interface RollLimits {
  /** The most by which the span of a segment is shortened. */
  readonly segmentJitterMs: number
  readonly segmentBytes: number
  readonly segmentMs: number
}

/** What somebody wants to append. */
export interface SegmentAppend {
  readonly sizeBytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
}

/** What the file of a segment is called, until it has its final name. */
const suffixes = { pending: pendingSuffix, settled: logSuffix, swap: swapSuffix }

export class Segment {
  readonly baseOffset: number
  #file: StorageFile
  /** Path of the segment's files without their endings. */
  readonly path: string
  readonly #storage: Storage
  #suffix: string
  /** The file that has the bytes, and takes the place of the other one once it is synced. */
  #asidePath: string | undefined
  #firstTimestamp: number | undefined
  #hints: PositionHints | undefined
  #indexes: SegmentIndexes | undefined
  #maxTimestamp: number | undefined

  /** Opens the file of a segment, and creates it where missing. */
  constructor(location: SegmentLocation, baseOffset: number, state: keyof typeof suffixes) {
    this.baseOffset = baseOffset
    this.#storage = location.storage
    this.path = `${location.folder}/${offsetName(baseOffset)}`
    this.#suffix = suffixes[state]
    this.#file = location.storage.open(this.filePath)
  }

  /** Whether the segment before this one may not be on the disk yet, see `log-files.ts`. */
  get isPending(): boolean {
    return this.#suffix === pendingSuffix
  }

  /** Must be loaded, which those of a closed segment are only while somebody needs them. */
  get indexes(): SegmentIndexes {
    if (!this.#indexes) throw new Error(`the indexes of '${this.path}' are not loaded`)
    return this.#indexes
  }

  get areIndexesLoaded(): boolean {
    return this.#indexes !== undefined
  }

  /** The largest timestamp; -1 for none, `undefined` while the indexes were never loaded. */
  get maxTimestamp(): number | undefined {
    return this.#indexes?.maxTimestamp ?? this.#maxTimestamp
  }

  get file(): StorageFile {
    return this.#file
  }

  get filePath(): string {
    return this.path + this.#suffix
  }

  get sizeBytes(): number {
    return this.file.sizeBytes
  }

  /**
   * Returns whether the segment must be closed before bytes up to `lastOffset` are appended.
   *
   * Age is record time, not wall-clock time: replaying the same records on another day then cuts
   * them into the same segments.
   */
  mustRoll(append: SegmentAppend, limits: RollLimits): boolean {
    // A batch larger than `segmentBytes` still has to live somewhere.
    if (this.sizeBytes === 0) return false

    if (this.sizeBytes + append.sizeBytes > limits.segmentBytes) return true
    if (append.lastOffset - this.baseOffset > relativeOffsetMax) return true
    const first = this.firstTimestamp
    const segmentMs = limits.segmentMs - jitterOf(this.path, limits)
    return first >= 0 && append.maxTimestamp - first > segmentMs
  }

  /** Gives the file its final name: once the segment before this one is on the disk, or swapped. */
  settle(): void {
    if (this.#suffix === logSuffix) return
    const path = this.path + logSuffix
    if (this.#asidePath === undefined) this.#storage.rename(this.filePath, path)
    this.#suffix = logSuffix
  }

  get isWrittenAnew(): boolean {
    return this.#asidePath !== undefined
  }

  /** Goes on with a new file of the same bytes, since syncs of the old one prove nothing. */
  copyAside(): void {
    const old = this.#file
    this.#asidePath = this.filePath + asideSuffix
    const file = this.#storage.open(this.#asidePath)
    const window = new Uint8Array(Math.min(copiedBytes, old.sizeBytes))
    while (file.sizeBytes < old.sizeBytes) {
      file.append(window.subarray(0, old.read(file.sizeBytes, window)))
    }
    old.close()
    this.#file = file
  }

  /** Syncs the file. Returns whether it was a copy, which then took its place. */
  async sync(): Promise<boolean> {
    await this.#file.sync()
    if (this.#asidePath === undefined) return false
    this.#storage.rename(this.#asidePath, this.filePath)
    this.#asidePath = undefined
    // Here until now, so that there is one good file at any time.
    if (!this.isPending) this.#storage.remove(this.path + pendingSuffix)
    return true
  }

  /**
   * Returns the position of the first batch that ends at `offset` or later; `undefined` where the
   * segment ends before. The indexes must have been loaded.
   */
  locate(offset: number): number | undefined {
    const hint = this.#hints?.find(offset) ?? -1
    if (hint >= 0 && hint < this.sizeBytes) return hint
    const from = this.indexes.offsets.locate(offset - this.baseOffset)
    const walker = new BatchWalker(this.file, from, lookupWindow)
    while (walker.load()) {
      if (walker.lastOffset >= offset) return walker.position
      walker.advance()
    }
    return undefined
  }

  /** Notes that a read ended before the batch at `position`, which begins at `offset`. */
  remember(offset: number, position: number): void {
    this.#hints ??= new PositionHints()
    this.#hints.add(offset, position)
  }

  useIndexes(indexes: SegmentIndexes): void {
    this.#indexes = indexes
  }

  freeIndexes(): void {
    this.#maxTimestamp = this.maxTimestamp
    this.#indexes = undefined
  }

  /** Removes all files of the segment. Offsets in it cannot be read any more. */
  remove(): void {
    this.file.close()
    if (this.#asidePath !== undefined) this.#storage.remove(this.#asidePath)
    this.#storage.remove(this.filePath)
    this.removeIndexes()
  }

  /** Removes what could be made again from the records. */
  removeIndexes(): void {
    for (const suffix of [indexSuffix, timeIndexSuffix, transactionIndexSuffix]) {
      this.#storage.remove(this.path + suffix)
    }
  }

  close(): void {
    this.file.close()
  }

  /** The largest timestamp of the first batch; -1 where it has none. */
  get firstTimestamp(): number {
    if (this.#firstTimestamp === undefined) {
      const walker = new BatchWalker(this.file, 0, lookupWindow.subarray(0, batchHeaderBytes))
      if (!walker.load()) return -1
      this.#firstTimestamp = walker.maxTimestamp
    }
    return this.#firstTimestamp
  }
}

/**
 * Returns by how much a segment is closed earlier, so that not all segments that began together are
 * closed together. It is the same each time, and as if by chance from one segment to the next.
 */
function jitterOf(path: string, { segmentJitterMs, segmentMs }: RollLimits): number {
  if (segmentJitterMs === 0) return 0
  const part = crc32c(new TextEncoder().encode(path)) / 2 ** 32
  return part * Math.min(segmentJitterMs, segmentMs)
}

/** Returns the position in `segments`, ascending by offset, of the one that has `offset`. */
export function segmentAt(segments: readonly Segment[], offset: number): number {
  let low = 0
  let high = segments.length - 1
  // Most lookups are at the end.
  if (high >= 0 && segments[high]!.baseOffset <= offset) return high
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (segments[middle]!.baseOffset <= offset) low = middle
    else high = middle - 1
  }
  return low
}
