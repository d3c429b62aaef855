/**
 * Reads the batches of a closed segment front to back and checks each in full, through memory that
 * is used again and again: what a compaction writes anew must not be damaged.
 */

import * as batchLayout from '../../record/batch-layout.ts'
import {
  InvalidBatchError,
  batchHeaderBytes,
  batchPrefixBytes,
  validateBatch,
} from '../../record/batch.ts'
import type { BatchHeader } from '../../record/batch.ts'
import type { StorageFile } from '../../storage/storage.ts'

export class CompactionReader {
  readonly #file: StorageFile
  #window: Uint8Array
  #start = 0
  #length = 0
  #position: number
  #sizeBytes = 0

  /** @param window memory to read into; a batch that is larger gets memory of its own */
  constructor(file: StorageFile, window: Uint8Array, position = 0) {
    this.#file = file
    this.#window = window
    this.#position = position
  }

  /** Position after the batch that `next` has given. */
  get nextPosition(): number {
    return this.#position + this.#sizeBytes
  }

  get isAtEnd(): boolean {
    return this.nextPosition === this.#file.sizeBytes
  }

  /**
   * Goes on to the next batch, and returns its header; `undefined` at the end of the file.
   *
   * @throws InvalidBatchError where it is damaged
   */
  next(): BatchHeader | undefined {
    this.#position += this.#sizeBytes
    this.#sizeBytes = 0
    const available = this.#file.sizeBytes - this.#position
    if (available === 0) return undefined
    const head = this.#bytes(Math.min(batchHeaderBytes, available))
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    const sizeBytes =
      available < batchHeaderBytes ? 0 : view.getInt32(batchLayout.batchLength) + batchPrefixBytes
    // Compared before it sizes anything: it is only what the file claims.
    if (sizeBytes < batchHeaderBytes || sizeBytes > available) {
      const message = `a batch of ${sizeBytes} bytes, where ${available} are left`
      throw new InvalidBatchError('CORRUPT_MESSAGE', message)
    }
    const header = validateBatch(this.#bytes(sizeBytes))
    this.#sizeBytes = sizeBytes
    return header
  }

  /** The bytes of the current batch, valid until the next call of `next`. */
  get bytes(): Uint8Array {
    return this.#bytes(this.#sizeBytes)
  }

  /** Where the current batch begins in the file. */
  get position(): number {
    return this.#position
  }

  #bytes(length: number): Uint8Array {
    let at = this.#position - this.#start
    if (at < 0 || at + length > this.#length) {
      if (length > this.#window.length) this.#window = new Uint8Array(length)
      this.#start = this.#position
      this.#length = this.#file.read(this.#position, this.#window)
      at = 0
    }
    return this.#window.subarray(at, Math.min(at + length, this.#length))
  }
}
