/**
 * Writes the segment that takes the place of others, beside them, with its indexes. It goes to the
 * disk in pieces: one large sync at the end would keep the syncs of everybody else waiting.
 */

import * as batchLayout from '../../record/batch-layout.ts'
import type { Storage, StorageFile } from '../../storage/storage.ts'
import type { AbortedTransaction } from '../segment/aborted-transactions.ts'
import { readInt64 } from '../segment/batch-walker.ts'
import { cleanedSuffix } from './files.ts'
import { SegmentIndexes } from '../segment/segment-indexes.ts'

/** Bytes that are gathered before they are written. */
const bufferBytes = 128 * 1024
/** Positions in a segment are 31 bits in Kafka's index. */
const segmentBytesMax = 2 ** 31 - 1

export interface CompactionWriterOptions {
  readonly storage: Storage
  /** Of the segment, without the ending. */
  readonly path: string
  readonly baseOffset: number
  readonly indexIntervalBytes: number
}

export class CompactionWriter {
  readonly indexes = new SegmentIndexes()
  readonly #options: CompactionWriterOptions
  readonly #path: string
  readonly #file: StorageFile
  readonly #buffer = new Uint8Array(bufferBytes)
  #buffered = 0
  #syncedBytes = 0

  constructor(options: CompactionWriterOptions) {
    this.#options = options
    this.#path = options.path + cleanedSuffix
    // What an earlier failure left may never get to the disk.
    options.storage.remove(this.#path)
    this.#file = options.storage.open(this.#path)
  }

  /** Where the file of the segment is. */
  get path(): string {
    return this.#path
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes + this.#buffered
  }

  /** Bytes that are written, and not on the disk yet. */
  get unsyncedBytes(): number {
    return this.#file.sizeBytes - this.#syncedBytes
  }

  /** Adds a batch; its bytes are copied. */
  add(batch: Uint8Array): void {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
    const position = this.sizeBytes
    if (position + batch.length > segmentBytesMax) {
      throw new RangeError(`'${this.#path}' would come to more than ${segmentBytesMax} bytes`)
    }
    const baseOffset = readInt64(view, batchLayout.baseOffset)
    const lastOffset = baseOffset + view.getInt32(batchLayout.lastOffsetDelta)
    const indexed = {
      relativeOffset: lastOffset - this.#options.baseOffset,
      position,
      sizeBytes: batch.length,
      maxTimestamp: readInt64(view, batchLayout.maxTimestamp),
    }
    this.indexes.add(indexed, this.#options.indexIntervalBytes)
    if (this.#buffered + batch.length > bufferBytes) this.#flush()
    if (batch.length > bufferBytes) this.#file.append(batch)
    else {
      this.#buffer.set(batch, this.#buffered)
      this.#buffered += batch.length
    }
  }

  /** Notes an aborted transaction whose marker was added. */
  addAborted(transaction: AbortedTransaction): void {
    this.indexes.aborted.add(transaction)
  }

  /** Puts what was added on the disk. */
  async sync(): Promise<void> {
    this.#flush()
    const { sizeBytes } = this.#file
    await this.#file.sync()
    this.#syncedBytes = sizeBytes
  }

  /** Retention looks at when records were written, which was not now. */
  setModified(timeMs: number | undefined): void {
    if (timeMs !== undefined) this.#file.setModified?.(timeMs)
  }

  close(): void {
    this.#file.close()
  }

  /** Removes the file, which is not wanted after all. */
  discard(): void {
    this.#file.close()
    this.#options.storage.remove(this.#path)
  }

  #flush(): void {
    if (this.#buffered === 0) return
    this.#file.append(this.#buffer.subarray(0, this.#buffered))
    this.#buffered = 0
  }
}
