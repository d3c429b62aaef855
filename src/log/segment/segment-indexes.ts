/**
 * The indexes of one segment, in memory, and the files they are kept in once the segment is closed.
 * They are made from the segment and are never trusted over it: what loads them compares their
 * checksums with those in the producer snapshot at the segment's end.
 */

import { crc32c } from '../../record/crc32c.ts'
import type { Storage } from '../../storage/storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { AbortedTransactions, abortedEntryBytes } from './aborted-transactions.ts'
import { indexSuffix, timeIndexSuffix, transactionIndexSuffix } from '../log-files.ts'
import { OffsetIndex, offsetEntryBytes } from './offset-index.ts'
import type { IndexChecksums } from '../producer/producer-snapshot.ts'
import { TimeIndex, timeEntryBytes } from './time-index.ts'

/** A batch as far as the indexes care. */
export interface IndexedBatch {
  /** Last offset, relative to the segment's base offset. */
  readonly relativeOffset: number
  readonly position: number
  readonly sizeBytes: number
  readonly maxTimestamp: number
}

export class SegmentIndexes {
  readonly offsets: OffsetIndex
  readonly times: TimeIndex
  readonly aborted: AbortedTransactions
  /** Bytes since the batch of the last entry began; or since the segment did. */
  #unindexedBytes: number
  #maxTimestamp: number
  /** Last offset, relative to the base offset, of the batch with the largest timestamp. */
  #maxTimestampOffset: number

  constructor(sizeBytes = 0, loaded?: LoadedIndexes) {
    this.offsets = loaded?.offsets ?? new OffsetIndex()
    this.times = loaded?.times ?? new TimeIndex()
    this.aborted = loaded?.aborted ?? new AbortedTransactions()
    this.#unindexedBytes = sizeBytes - this.offsets.lastPosition
    const last = this.times.last
    this.#maxTimestamp = last?.timestamp ?? -1
    this.#maxTimestampOffset = last?.relativeOffset ?? 0
  }

  /** The largest timestamp in the segment; -1 where there is none. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  add(batch: IndexedBatch, intervalBytes: number): void {
    if (batch.maxTimestamp > this.#maxTimestamp) {
      this.#maxTimestamp = batch.maxTimestamp
      this.#maxTimestampOffset = batch.relativeOffset
    }
    if (this.#unindexedBytes > intervalBytes) {
      this.offsets.add(batch)
      this.#addTime()
      this.#unindexedBytes = 0
    }
    this.#unindexedBytes += batch.sizeBytes
  }

  /** Completes the indexes of a segment that gets no more batches, and frees spare memory. */
  finish(): void {
    this.#addTime()
    this.offsets.trim()
    this.times.trim()
  }

  #addTime(): void {
    if (this.#maxTimestamp < 0) return
    const entry = { timestamp: this.#maxTimestamp, relativeOffset: this.#maxTimestampOffset }
    this.times.add(entry)
  }
}

interface LoadedIndexes {
  readonly offsets: OffsetIndex
  readonly times: TimeIndex
  readonly aborted: AbortedTransactions
}

/** Writes the index files of the segment at `path`, and returns their checksums. */
export function writeIndexFiles(
  storage: Storage,
  path: string,
  indexes: SegmentIndexes,
): IndexChecksums {
  const write = (suffix: string, bytes: Uint8Array): number => {
    writeDerivedFile(storage, path + suffix, bytes)
    return crc32c(bytes)
  }
  const index = indexes.offsets.encode()
  const times = indexes.times.encode()
  const checksum = write(indexSuffix, index)
  // Kafka's tools look for an offset index beside every time index, if only an empty one.
  if (index.length === 0 && times.length > 0) storage.open(path + indexSuffix).close()
  return {
    index: checksum,
    timeIndex: write(timeIndexSuffix, times),
    // As in Kafka, there is such a file only where a transaction was aborted.
    transactionIndex: write(transactionIndexSuffix, indexes.aborted.encode()),
  }
}

/** Returns the indexes in those files, or `undefined` where one is not as it was written. */
export function readIndexFiles(
  storage: Storage,
  path: string,
  segment: { readonly sizeBytes: number; readonly checksums: IndexChecksums },
): SegmentIndexes | undefined {
  const read = (suffix: string, checksum: number): Uint8Array | undefined => {
    const bytes = readWholeFile(storage, path + suffix) ?? new Uint8Array(0)
    return crc32c(bytes) === checksum ? bytes : undefined
  }
  const offsets = read(indexSuffix, segment.checksums.index)
  const times = read(timeIndexSuffix, segment.checksums.timeIndex)
  const aborted = read(transactionIndexSuffix, segment.checksums.transactionIndex)
  if (!offsets || !times || !aborted) return undefined
  return new SegmentIndexes(segment.sizeBytes, {
    offsets: OffsetIndex.decode(offsets),
    times: TimeIndex.decode(times),
    aborted: AbortedTransactions.decode(aborted),
  })
}

/** Returns the indexes in those files as far as they can be read, and tells of what cannot be. */
export function decodeIndexFiles(
  storage: Storage,
  path: string,
  onFault: (file: string, what: string) => void,
): SegmentIndexes {
  const read = (suffix: string, entryBytes: number): Uint8Array => {
    const file = path + suffix
    const bytes = readWholeFile(storage, file) ?? new Uint8Array(0)
    const rest = bytes.length % entryBytes
    if (rest === 0) return bytes
    onFault(file, `${bytes.length} bytes are no entries of ${entryBytes} bytes`)
    return bytes.subarray(0, bytes.length - rest)
  }
  return new SegmentIndexes(0, {
    offsets: OffsetIndex.decode(read(indexSuffix, offsetEntryBytes)),
    times: TimeIndex.decode(read(timeIndexSuffix, timeEntryBytes)),
    aborted: AbortedTransactions.decode(read(transactionIndexSuffix, abortedEntryBytes)),
  })
}
