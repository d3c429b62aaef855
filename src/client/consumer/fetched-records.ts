/** Goes through the records of batches where they are: no object for any of them. */

import type { BatchHeader } from '../../record/batch.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { ReadAt } from '../record/serde.ts'
import type { FetchedWhole } from './fetch-buffer.ts'

export type WholeBatch = Extract<FetchedWhole, { readonly header: BatchHeader }>

export class FetchedRecords {
  /** Those of the current record, once `next` has returned `true`. */
  offset = -1
  timestamp = -1
  readonly #cursor = new RecordCursor()
  #batch: WholeBatch | undefined

  /** Goes on before the first record of `batch`. @throws InvalidBatchError */
  begin(batch: WholeBatch): void {
    this.#cursor.reset(batch.section, batch.header)
    this.#batch = batch
  }

  /** Goes on to the next record; returns whether there is one. @throws InvalidBatchError */
  next(): boolean {
    if (!this.#batch) return false
    const cursor = this.#cursor
    const { from } = this.#batch
    while (cursor.next()) {
      this.offset = cursor.offset
      if (this.offset < from) continue
      this.timestamp = cursor.timestamp
      return true
    }
    this.#batch = undefined
    return false
  }

  /** Reads the key; `null` where there is none. */
  key<Key>(read: ReadAt<Key>): Key | null {
    const { keyStart, keyLength } = this.#cursor
    return keyLength < 0 ? null : read(this.#batch!.section, keyStart, keyStart + keyLength)
  }

  value<Value>(read: ReadAt<Value>): Value | null {
    const { valueStart, valueLength } = this.#cursor
    return valueLength < 0 ? null : read(this.#batch!.section, valueStart, valueStart + valueLength)
  }
}

/** Reads bytes as they are: a view that is shared with others. */
export const readView: ReadAt<Uint8Array> = ({ buffer, byteOffset }, start, end) =>
  new Uint8Array(buffer, byteOffset + start, end - start)
