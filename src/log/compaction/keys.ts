/**
 * The latest offset of each key in a stretch of a log. Keys are kept as hashes of 128 bits, of
 * which 96 are stored and the others say where to look, so that two keys are as good as never taken
 * for one, and an entry is 16 bytes whatever the length of its key.
 *
 * One table of fixed size, open addressing, no object per key. When it is full, `put` says so: the
 * log is then compacted up to there, and the next round goes on.
 */

import { KeyHash } from './key-hash.ts'

/** Of hash 2, 3 and 4, and of the offset relative to the first one, plus 1; 0 is a free entry. */
const wordsPerEntry = 4
const keyEntryBytes = wordsPerEntry * 4
const relativeOffsetMax = 2 ** 32 - 2
/** Beyond this part of all entries, searches become long. */
const loadFactor = 0.75
const smallestTable = 16

export interface KeyOffsetsOptions {
  /** No offset is smaller. */
  readonly baseOffset: number
  /** How many keys there can be at most: a table for more would be a waste. */
  readonly keyCountMax: number
  readonly memoryBytes: number
}

export class KeyOffsets {
  readonly #baseOffset: number
  readonly #table: Uint32Array
  readonly #mask: number
  readonly #countMax: number
  readonly #hash = new KeyHash()
  #count = 0

  constructor({ baseOffset, keyCountMax, memoryBytes }: KeyOffsetsOptions) {
    const affordable = 2 ** Math.floor(Math.log2(Math.max(1, memoryBytes / keyEntryBytes)))
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, keyCountMax / loadFactor)))
    const entries = Math.max(smallestTable, Math.min(affordable, wanted))
    this.#baseOffset = baseOffset
    this.#table = new Uint32Array(entries * wordsPerEntry)
    this.#mask = entries - 1
    this.#countMax = Math.floor(entries * loadFactor)
  }

  get count(): number {
    return this.#count
  }

  get memoryBytes(): number {
    return this.#table.byteLength
  }

  /**
   * Notes that the key, `length` bytes from `start` on, has a record at `offset`, which is later
   * than those before. Returns whether there was room.
   */
  put(bytes: Uint8Array, start: number, length: number, offset: number): boolean {
    const relativeOffset = offset - this.#baseOffset
    if (relativeOffset > relativeOffsetMax) return false
    const at = this.#find(bytes, start, length)
    const table = this.#table
    if (table[at + 3] === 0) {
      if (this.#count >= this.#countMax) return false
      this.#count++
      table[at] = this.#hash.h2
      table[at + 1] = this.#hash.h3
      table[at + 2] = this.#hash.h4
    }
    table[at + 3] = relativeOffset + 1
    return true
  }

  /** Returns the latest offset of a key; -1 where it has none in this stretch. */
  get(bytes: Uint8Array, start: number, length: number): number {
    const stored = this.#table[this.#find(bytes, start, length) + 3]!
    return stored === 0 ? -1 : stored - 1 + this.#baseOffset
  }

  /** Returns where the entry of a key is in the table, or is to be. */
  #find(bytes: Uint8Array, start: number, length: number): number {
    const { h1, h2, h3, h4 } = this.#hash.of(bytes, start, length)
    const table = this.#table
    for (let entry = h1 & this.#mask; ; entry = (entry + 1) & this.#mask) {
      const at = entry * wordsPerEntry
      if (table[at + 3] === 0) return at
      if (table[at] === h2 && table[at + 1] === h3 && table[at + 2] === h4) return at
    }
  }
}
