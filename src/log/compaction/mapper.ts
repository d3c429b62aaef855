/** Learns which keys a stretch of a log has, and where the latest record of each is. */

import type { BatchHeader } from '../../record/batch.ts'
import type { Codecs } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { readSection } from './filter.ts'
import type { KeyOffsets } from './keys.ts'

export interface KeyMapperOptions {
  /** Records below this offset are left out. */
  readonly dirtyOffset: number
  readonly codecs: Codecs
}

export class KeyMapper {
  readonly #keys: KeyOffsets
  readonly #options: KeyMapperOptions
  readonly #cursor = new RecordCursor()

  constructor(keys: KeyOffsets, options: KeyMapperOptions) {
    this.#keys = keys
    this.#options = options
  }

  /**
   * Notes the keys of a data batch. Returns the offset of the first record whose key there is no
   * room for, `undefined` where there is room for all; a promise only where a codec gives one.
   *
   * @throws InvalidBatchError where its records are damaged
   */
  map(header: BatchHeader, bytes: Uint8Array): number | undefined | Promise<number | undefined> {
    if (header.recordCount === 0) return undefined
    // Keys that cannot be seen replace nothing, and are not replaced.
    const section = readSection(bytes, header, this.#options)
    return section instanceof Promise
      ? section.then((records) => this.#mapRecords(header, records))
      : section && this.#mapRecords(header, section)
  }

  #mapRecords(header: BatchHeader, section: Uint8Array): number | undefined {
    const cursor = this.#cursor
    const { dirtyOffset } = this.#options
    cursor.reset(section, header)
    while (cursor.next()) {
      const offset = header.baseOffset + cursor.offsetDelta
      if (cursor.keyLength < 0 || offset < dirtyOffset) continue
      if (!this.#keys.put(section, cursor.keyStart, cursor.keyLength, offset)) return offset
    }
    return undefined
  }
}
