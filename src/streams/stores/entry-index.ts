/**
 * Where in the files of a local store the newest entry of each key is, by the hash of the key: an
 * open hash table outside of JavaScript's heap, of 16 bytes a slot.
 */

/** What is in a slot that is free. An address is 0 or more. */
const free = -1
const capacityMin = 1024

/** The arrays of an index, as they are saved. */
export interface IndexParts {
  readonly lows: Uint32Array
  readonly highs: Uint32Array
  readonly addresses: Float64Array
}

export class EntryIndex {
  #lows!: Uint32Array
  #highs!: Uint32Array
  #addresses!: Float64Array
  #mask = 0
  #size = 0

  constructor() {
    this.clear()
  }

  /** Returns the index whose arrays were saved, or nothing where they cannot be those of one. */
  static of({ lows, highs, addresses }: IndexParts): EntryIndex | undefined {
    const capacity = lows.length
    const isPower = capacity >= capacityMin && (capacity & (capacity - 1)) === 0
    if (!isPower || highs.length !== capacity || addresses.length !== capacity) return undefined
    const index = new EntryIndex()
    index.#lows = lows
    index.#highs = highs
    index.#addresses = addresses
    index.#mask = capacity - 1
    for (const address of addresses) if (address !== free) index.#size++
    return index.#size * 4 > capacity * 3 ? undefined : index
  }

  get size(): number {
    return this.#size
  }

  get parts(): IndexParts {
    return { lows: this.#lows, highs: this.#highs, addresses: this.#addresses }
  }

  clear(): void {
    this.#allocate(capacityMin)
    this.#size = 0
  }

  /** Returns the address of a key's entry, or -1. */
  get(low: number, high: number): number {
    return this.#addresses[this.#slotOf(low, high)]!
  }

  /** Sets the address of a key's entry. Returns the former one, or -1. */
  set(low: number, high: number, address: number): number {
    if (this.#size * 4 >= this.#mask * 3) this.#grow()
    const slot = this.#slotOf(low, high)
    const before = this.#addresses[slot]!
    if (before === free) this.#size++
    this.#lows[slot] = low
    this.#highs[slot] = high
    this.#addresses[slot] = address
    return before
  }

  /** Forgets a key. Returns the address of its entry, or -1. */
  delete(low: number, high: number): number {
    let hole = this.#slotOf(low, high)
    const before = this.#addresses[hole]!
    if (before === free) return free
    this.#size--
    // What was put further on, as its own slot was taken, moves up: searches end at a free slot.
    for (let slot = (hole + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (this.#addresses[slot] === free) break
      const home = this.#lows[slot]! & this.#mask
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue
      this.#lows[hole] = this.#lows[slot]!
      this.#highs[hole] = this.#highs[slot]!
      this.#addresses[hole] = this.#addresses[slot]!
      hole = slot
    }
    this.#addresses[hole] = free
    return before
  }

  /** Returns the slot of a key, or the free one where it would be. */
  #slotOf(low: number, high: number): number {
    let slot = low & this.#mask
    while (this.#addresses[slot] !== free) {
      if (this.#lows[slot] === low && this.#highs[slot] === high) return slot
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #grow(): void {
    const { lows, highs, addresses } = this.parts
    this.#allocate(lows.length * 2)
    for (let from = 0; from < addresses.length; from++) {
      if (addresses[from] === free) continue
      const slot = this.#slotOf(lows[from]!, highs[from]!)
      this.#lows[slot] = lows[from]!
      this.#highs[slot] = highs[from]!
      this.#addresses[slot] = addresses[from]!
    }
  }

  #allocate(capacity: number): void {
    this.#lows = new Uint32Array(capacity)
    this.#highs = new Uint32Array(capacity)
    this.#addresses = new Float64Array(capacity).fill(free)
    this.#mask = capacity - 1
  }
}
