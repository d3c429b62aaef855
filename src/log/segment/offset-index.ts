/**
 * Finds where in a segment file an offset is stored. The `.index` file is Kafka's: 8 bytes for each
 * entry, the last offset of a batch relative to the segment's base offset and the position at which
 * that batch begins, both int32.
 */

export const offsetEntryBytes = 8
const none = new Uint32Array(0)

export interface OffsetEntry {
  /** Last offset of a batch, relative to the segment's base offset. */
  readonly relativeOffset: number
  /** Where that batch begins in the segment file. */
  readonly position: number
}

/**
 * A sparse index of one segment: one entry for every few KiB of records. A lookup gives the entry
 * at or before the wanted offset, and the caller scans forward from there.
 *
 * Invariant: entries strictly increase in offset and in position.
 */
export class OffsetIndex {
  /** Relative offset and position of each entry, one after the other. */
  #entries = none
  #count = 0

  /** Position of the last entry's batch; 0 where there is none. */
  get lastPosition(): number {
    return this.#count === 0 ? 0 : this.#entries[this.#count * 2 - 1]!
  }

  add({ relativeOffset, position }: OffsetEntry): void {
    const at = this.#count * 2
    if (at === this.#entries.length) {
      const larger = new Uint32Array(Math.max(16, at * 2))
      larger.set(this.#entries)
      this.#entries = larger
    }
    this.#entries[at] = relativeOffset
    this.#entries[at + 1] = position
    this.#count++
  }

  /** Returns the position to scan from: 0 where no entry is at or before `relativeOffset`. */
  locate(relativeOffset: number): number {
    const entries = this.#entries
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (entries[middle * 2]! <= relativeOffset) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : entries[low * 2 - 1]!
  }

  *entries(): Generator<OffsetEntry, void> {
    for (let at = 0; at < this.#count * 2; at += 2) {
      yield { relativeOffset: this.#entries[at]!, position: this.#entries[at + 1]! }
    }
  }

  /** Lets go of memory kept for further entries. */
  trim(): void {
    this.#entries = this.#entries.slice(0, this.#count * 2)
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#count * offsetEntryBytes)
    const view = new DataView(bytes.buffer)
    for (let at = 0; at < this.#count * 2; at++) view.setUint32(at * 4, this.#entries[at]!)
    return bytes
  }

  /** Reads a file that is known to be whole. */
  static decode(bytes: Uint8Array): OffsetIndex {
    const index = new OffsetIndex()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    index.#count = Math.floor(bytes.length / offsetEntryBytes)
    index.#entries = new Uint32Array(index.#count * 2)
    for (let at = 0; at < index.#entries.length; at++) index.#entries[at] = view.getUint32(at * 4)
    return index
  }
}
