/** The newest value of each key. */

import { Changes, type OperatorState, type WriteEntry } from './operator-state.ts'
import { storeKey, type StoreKey } from './store-key.ts'

/** What a store has of a key. `timestamp` is the newest of the records that made the value. */
export interface Row {
  readonly key: unknown
  value: unknown
  timestamp: number
}

export class KeyValueStore implements OperatorState {
  readonly #rows = new Map<StoreKey, Row>()
  readonly #changes = new Changes<Row>()

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
    let row = this.#rows.get(id)
    if (row) {
      row.value = value
      row.timestamp = timestamp
    } else {
      row = { key, value, timestamp }
      this.#rows.set(id, row)
    }
    this.#changes.noted(row)
  }

  delete(key: unknown): void {
    const id = storeKey(key)
    const row = this.#rows.get(id)
    if (!row) return
    this.#rows.delete(id)
    this.#changes.gone(row)
  }

  drain(write: WriteEntry): void {
    // Of a key that went and came back the later row is the later change.
    this.#changes.drain((row, isThere) => {
      write([row.key], isThere ? [row.value, row.timestamp] : undefined)
    })
  }

  restore([key]: readonly unknown[], entry: unknown): void {
    const [value, timestamp] = entry as [unknown, number]
    this.#rows.set(storeKey(key), { key, value, timestamp })
  }
}
