/**
 * Things in the order of their timestamps; those with the same one stay in the order of arrival.
 * Made for things that come almost in order: then everything but a search is done in no time.
 */

export interface Timed {
  readonly timestamp: number
}

/** Things that are numbered as they arrive. */
export interface Numbered {
  readonly number: number
}

export class TimeQueue<Item extends Timed> {
  /** What was taken from the front is still there, before `#head`, until it is worth moving. */
  #items: Item[] = []
  #head = 0
  #isSorted = true

  get size(): number {
    return this.#items.length - this.#head
  }

  /** The one with the lowest timestamp. */
  get first(): Item | undefined {
    if (!this.#isSorted) this.#sort()
    return this.#items[this.#head]
  }

  push(item: Item): void {
    if (!this.#isSorted) this.#sort()
    const items = this.#items
    const last = items.at(-1)
    if (!last || last.timestamp <= item.timestamp) items.push(item)
    else items.splice(this.#lowerBound(item.timestamp + 1), 0, item)
  }

  /**
   * Puts one back that was there before, in whichever order: `number` says which came first, where
   * they are numbered. They are sorted when one is looked at.
   */
  restore(item: Item & Partial<Numbered>): void {
    const last = this.#items.at(-1)
    if (last && compare(last, item) > 0) this.#isSorted = false
    this.#items.push(item)
  }

  shift(): Item | undefined {
    if (!this.#isSorted) this.#sort()
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head++
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Removes one that is in it. */
  remove(item: Item): void {
    for (let at = this.#lowerBound(item.timestamp); at < this.#items.length; at++) {
      if (this.#items[at] === item) {
        this.#items.splice(at, 1)
        return
      }
    }
  }

  /** Calls `visit` with each from `from` to `to`, both included, in order. */
  forEachBetween(from: number, to: number, visit: (item: Item) => void): void {
    const items = this.#items
    for (let at = this.#lowerBound(from); at < items.length; at++) {
      const item = items[at]!
      if (item.timestamp > to) return
      visit(item)
    }
  }

  /** Returns the place of the first that is at `timestamp` or later, for `at`. */
  firstFrom(timestamp: number): number {
    return this.#lowerBound(timestamp)
  }

  /** Returns the one at a place that is good until something is added or taken. */
  at(place: number): Item | undefined {
    return this.#items[place]
  }

  /** Returns the newest at or before `timestamp`. */
  lastAt(timestamp: number): Item | undefined {
    const at = this.#lowerBound(timestamp + 1) - 1
    return at < this.#head ? undefined : this.#items[at]
  }

  #sort(): void {
    this.#items.splice(0, this.#head)
    this.#items.sort(compare)
    this.#head = 0
    this.#isSorted = true
  }

  /** Returns where the first one is that is at `timestamp` or later. */
  #lowerBound(timestamp: number): number {
    if (!this.#isSorted) this.#sort()
    let low = this.#head
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#items[middle]!.timestamp < timestamp) low = middle + 1
      else high = middle
    }
    return low
  }
}

function compare(one: Timed & Partial<Numbered>, other: Timed & Partial<Numbered>): number {
  return one.timestamp - other.timestamp || (one.number ?? 0) - (other.number ?? 0)
}
