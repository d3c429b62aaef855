/**
 * Finds where in a segment to look for a timestamp. The `.timeindex` file is Kafka's: 12 bytes for
 * each entry, the largest timestamp so far (int64) and the last offset of the batch that has it,
 * relative to the segment's base offset (int32).
 */

export const timeEntryBytes = 12
const two32 = 2 ** 32
/** Shared by all empty indexes: most partitions of a large cluster have nothing. */
const noTimestamps = new Float64Array(0)
const noOffsets = new Uint32Array(0)

export interface TimeEntry {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** Last offset of the batch with that timestamp, relative to the segment's base offset. */
  readonly relativeOffset: number
}

/** Invariant: entries strictly increase in timestamp, and do not decrease in offset. */
export class TimeIndex {
  #timestamps = noTimestamps
  #relativeOffsets = noOffsets
  #count = 0

  get last(): TimeEntry | undefined {
    return this.#count === 0 ? undefined : this.#entry(this.#count - 1)
  }

  /** Adds an entry, unless its timestamp is no larger than the last one. */
  add({ timestamp, relativeOffset }: TimeEntry): void {
    const at = this.#count
    if (at > 0 && timestamp <= this.#timestamps[at - 1]!) return
    if (at === this.#timestamps.length) {
      const capacity = Math.max(8, at * 2)
      const timestamps = new Float64Array(capacity)
      const relativeOffsets = new Uint32Array(capacity)
      timestamps.set(this.#timestamps)
      relativeOffsets.set(this.#relativeOffsets)
      this.#timestamps = timestamps
      this.#relativeOffsets = relativeOffsets
    }
    this.#timestamps[at] = timestamp
    this.#relativeOffsets[at] = relativeOffset
    this.#count++
  }

  /**
   * Returns the last entry before `timestamp`: no record up to it is of that time or later. There
   * may be none.
   */
  locate(timestamp: number): TimeEntry | undefined {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#timestamps[middle]! < timestamp) low = middle + 1
      else high = middle
    }
    return low === 0 ? undefined : this.#entry(low - 1)
  }

  *entries(): Generator<TimeEntry, void> {
    for (let at = 0; at < this.#count; at++) yield this.#entry(at)
  }

  /** Lets go of memory kept for further entries. */
  trim(): void {
    this.#timestamps = this.#timestamps.slice(0, this.#count)
    this.#relativeOffsets = this.#relativeOffsets.slice(0, this.#count)
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#count * timeEntryBytes)
    const view = new DataView(bytes.buffer)
    for (let index = 0; index < this.#count; index++) {
      const timestamp = this.#timestamps[index]!
      view.setInt32(index * timeEntryBytes, Math.floor(timestamp / two32))
      view.setUint32(index * timeEntryBytes + 4, timestamp >>> 0)
      view.setUint32(index * timeEntryBytes + 8, this.#relativeOffsets[index]!)
    }
    return bytes
  }

  /** Reads a file that is known to be whole. */
  static decode(bytes: Uint8Array): TimeIndex {
    const index = new TimeIndex()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const count = Math.floor(bytes.length / timeEntryBytes)
    index.#count = count
    index.#timestamps = new Float64Array(count)
    index.#relativeOffsets = new Uint32Array(count)
    for (let at = 0; at < count; at++) {
      const start = at * timeEntryBytes
      index.#timestamps[at] = view.getInt32(start) * two32 + view.getUint32(start + 4)
      index.#relativeOffsets[at] = view.getUint32(start + 8)
    }
    return index
  }

  #entry(at: number): TimeEntry {
    return { timestamp: this.#timestamps[at]!, relativeOffset: this.#relativeOffsets[at]! }
  }
}
