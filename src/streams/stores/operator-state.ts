/**
 * What an operator has to remember beyond a restart, as entries of a key and a JSON value: those
 * that have changed are asked for at each commit, and given back after a restart, in any order.
 */

export interface OperatorState {
  /** Where it goes by that: how far time has come. */
  readonly time?: StreamTime
  /** Calls `write` with each entry that has changed since the last time; `undefined` removes it. */
  drain(write: WriteEntry): void
  /** Takes an entry back. */
  restore(key: readonly unknown[], value: unknown): void
  /**
   * Where it can do with what it looks up: says where its entries are, so that they need not all be
   * given back, nor be in memory.
   */
  readFrom?(source: EntrySource): void
}

/** Entries that were drained before, wherever they are. */
export interface EntrySource {
  /** Returns the newest value of a key, if there is one. */
  get(key: readonly unknown[]): unknown
  /** Calls `visit` with each. */
  forEach(visit: (key: readonly unknown[], value: unknown) => void): void
}

export type WriteEntry = (key: readonly unknown[], value: unknown) => void

/** Collects what has changed: noting something costs next to nothing, however often it is done. */
export class Changes<Item> {
  readonly #items = new Map<Item, 'new' | 'there' | 'gone'>()

  /** Notes what has no entry yet. Where it goes before it is drained, nobody hears of it. */
  added(item: Item): void {
    this.#items.set(item, 'new')
  }

  noted(item: Item): void {
    if (this.#items.get(item) !== 'new') this.#items.set(item, 'there')
  }

  gone(item: Item): void {
    if (this.#items.get(item) === 'new') this.#items.delete(item)
    else this.#items.set(item, 'gone')
  }

  /** Calls `visit` with each, and forgets them. */
  drain(visit: (item: Item, isThere: boolean) => void): void {
    for (const [item, state] of this.#items) visit(item, state !== 'gone')
    this.#items.clear()
  }
}

/**
 * How far time has come for an operator. It never goes back; a restart takes back at most what it
 * has gone on without records.
 */
export class StreamTime {
  #now = -Infinity
  /** How far records have brought it. */
  #observed = -Infinity
  #drained = -Infinity

  get now(): number {
    return this.#now
  }

  /** How far records alone have brought it. */
  get observed(): number {
    return this.#observed
  }

  /** Notes the time of a record. One in nanoseconds is none: all that comes would be late. */
  observe(timestamp: number): void {
    if (timestamp <= this.#observed || timestamp > Number.MAX_SAFE_INTEGER) return
    this.#observed = timestamp
    this.advance(timestamp)
  }

  /** Lets it go on without a record. That alone is not worth to be written, again and again. */
  advance(timestamp: number): void {
    if (timestamp > this.#now) this.#now = timestamp
  }

  /** Returns the state of an operator that goes by it: it is remembered along with the rest. */
  with({ drain, restore }: Pick<OperatorState, 'drain' | 'restore'>): OperatorState {
    return {
      time: this,
      drain: (write) => {
        let hasChanged = this.#observed > this.#drained
        drain((key, value) => {
          hasChanged = true
          write(key, value)
        })
        if (!hasChanged || this.#now === this.#drained) return
        write(timeKey, this.#now)
        this.#drained = this.#now
      },
      restore: (key, value) => {
        if (key[0] !== timeKey[0]) return restore(key, value)
        this.observe(value as number)
        this.#drained = this.#now
      },
    }
  }
}

const timeKey = Object.freeze(['time'])
