/** The newest value of each key. */

import { storeKey, type StoreKey } from './store-key.ts'

/** What a store has of a key. `timestamp` is the newest of the records that made the value. */
export interface Row {
  readonly key: unknown
  value: unknown
  timestamp: number
}

export class KeyValueStore {
  readonly #rows = new Map<StoreKey, Row>()

  get size(): number {
    return this.#rows.size
  }

  get(key: unknown): Row | undefined {
    return this.#rows.get(storeKey(key))
  }

  /** Returns the rows in the order in which their keys came. */
  rows(): Iterable<Row> {
    return this.#rows.values()
  }

  put(key: unknown, value: unknown, timestamp: number): void {
    const id = storeKey(key)
    const row = this.#rows.get(id)
    if (row) {
      row.value = value
      row.timestamp = timestamp
    } else this.#rows.set(id, { key, value, timestamp })
  }

  delete(key: unknown): void {
    this.#rows.delete(storeKey(key))
  }
}
