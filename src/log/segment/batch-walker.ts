/**
 * Goes through the headers of the batches in a segment file without reading their records, and
 * reads from memory the few header fields that finding a batch takes.
 */

import * as batchLayout from '../../record/batch-layout.ts'
import { batchHeaderBytes, batchPrefixBytes, readBatchHeader } from '../../record/batch.ts'
import type { BatchHeader } from '../../record/batch.ts'
import type { StorageFile } from '../../storage/storage.ts'

const two32 = 2 ** 32

/** Enough for the headers between two entries of the offset index. */
const defaultWindowBytes = 8192

export class BatchWalker {
  readonly #file: StorageFile
  readonly #window: Uint8Array
  readonly #view: DataView
  #windowStart = 0
  #windowBytes = 0
  /** Position in `#window` of the header of the current batch. */
  #at = 0
  #position: number

  /** @param window memory to read into; not to be used by anybody else meanwhile */
  constructor(file: StorageFile, position = 0, window = new Uint8Array(defaultWindowBytes)) {
    this.#file = file
    this.#position = position
    this.#window = window
    this.#view = new DataView(window.buffer, window.byteOffset, window.byteLength)
  }

  /** Position in the file of the current batch. */
  get position(): number {
    return this.#position
  }

  get baseOffset(): number {
    return readInt64(this.#view, this.#at + batchLayout.baseOffset)
  }

  get lastOffset(): number {
    return this.baseOffset + this.#view.getInt32(this.#at + batchLayout.lastOffsetDelta)
  }

  get maxTimestamp(): number {
    return readInt64(this.#view, this.#at + batchLayout.maxTimestamp)
  }

  get sizeBytes(): number {
    return this.#view.getInt32(this.#at + batchLayout.batchLength) + batchPrefixBytes
  }

  /** @throws InvalidBatchError where it is not a header */
  header(): BatchHeader {
    return readBatchHeader(this.#window, this.#at)
  }

  /** Returns whether there are the bytes of a header, and of a batch of that size. */
  load(): boolean {
    let at = this.#position - this.#windowStart
    if (at < 0 || at + batchHeaderBytes > this.#windowBytes) {
      this.#windowStart = this.#position
      this.#windowBytes = this.#file.read(this.#position, this.#window)
      at = 0
      if (this.#windowBytes < batchHeaderBytes) return false
    }
    this.#at = at
    const { sizeBytes } = this
    return sizeBytes >= batchHeaderBytes && this.#position + sizeBytes <= this.#file.sizeBytes
  }

  /** Goes on behind the current batch. */
  advance(): void {
    this.#position += this.sizeBytes
  }
}

export function readInt64(view: DataView, position: number): number {
  return view.getInt32(position) * two32 + view.getUint32(position + 4)
}
