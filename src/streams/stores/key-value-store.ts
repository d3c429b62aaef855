/**
 * The newest value of each key: all of them in memory, or, where entries are kept elsewhere, those
 * that were looked at last.
 */

import { Changes, type EntrySource, type OperatorState, type WriteEntry } from './operator-state.ts'
import { storeKey, type StoreKey } from './store-key.ts'

/** What a store has of a key. `timestamp` is the newest of the records that made the value. */
export interface Row {
  readonly key: unknown
  value: unknown
  timestamp: number
}

/** Rows in memory, of a store whose entries are elsewhere, beside those that are changing. */
const defaultCachedMax = 100_000

export class KeyValueStore implements OperatorState {
  readonly #rows = new Map<StoreKey, Row>()
  readonly #changes = new Changes<Row>()
  readonly #cachedMax: number
  #source: EntrySource | undefined
  /** Rows that the source still has. */
  readonly #deleted = new Set<StoreKey>()

  constructor({ cachedMax = defaultCachedMax }: { readonly cachedMax?: number } = {}) {
    this.#cachedMax = cachedMax
  }

  get(key: unknown): Row | undefined {
    const id = storeKey(key)
    return this.#rows.get(id) ?? (this.#source && this.#read(id, key))
  }

  /** Calls `visit` with each row. */
  forEach(visit: (row: Row) => void): void {
    for (const row of this.#rows.values()) visit(row)
    this.#source?.forEach(([key], entry) => {
      const id = storeKey(key)
      if (this.#rows.has(id) || this.#deleted.has(id)) return
      const [value, timestamp] = entry as [unknown, number]
      visit({ key, value, timestamp })
    })
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
      if (this.#deleted.size > 0) this.#deleted.delete(id)
    }
    this.#changes.noted(row)
  }

  delete(key: unknown): void {
    const row = this.get(key)
    if (!row) return
    const id = storeKey(key)
    this.#rows.delete(id)
    if (this.#source) this.#deleted.add(id)
    this.#changes.gone(row)
  }

  drain(write: WriteEntry): void {
    // Of a key that went and came back the later row is the later change.
    const recent = this.#source && new Set<Row>()
    this.#changes.drain((row, isThere) => {
      write([row.key], isThere ? [row.value, row.timestamp] : undefined)
      recent?.add(row)
    })
    this.#deleted.clear()
    if (recent && this.#rows.size > this.#cachedMax) this.#evict(recent)
  }

  restore([key]: readonly unknown[], entry: unknown): void {
    const [value, timestamp] = entry as [unknown, number]
    this.#rows.set(storeKey(key), { key, value, timestamp })
  }

  readFrom(source: EntrySource): void {
    this.#source = source
  }

  #read(id: StoreKey, key: unknown): Row | undefined {
    if (this.#deleted.has(id)) return undefined
    const entry = this.#source!.get([key])
    if (entry === undefined) return undefined
    const [value, timestamp] = entry as [unknown, number]
    const row = { key, value, timestamp }
    this.#rows.set(id, row)
    return row
  }

  /** Forgets rows that can be read again: first those that came long ago and do not change. */
  #evict(recent: ReadonlySet<Row>): void {
    const keptMax = Math.floor(this.#cachedMax * 0.75)
    for (const [id, row] of this.#rows) {
      if (this.#rows.size <= keptMax) return
      if (!recent.has(row)) this.#rows.delete(id)
    }
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= keptMax) return
      this.#rows.delete(id)
    }
  }
}
