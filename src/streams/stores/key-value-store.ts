/**
 * The newest value of each key: all of them in memory, or, where entries are kept elsewhere, those
 * that were looked at last.
 */

import { plainCodecs, type Codecs } from './codec.ts'
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
  readonly #codecs: Codecs
  #source: EntrySource | undefined
  /** Rows that the source still has. */
  readonly #deleted = new Set<StoreKey>()

  constructor({
    cachedMax = defaultCachedMax,
    codecs = plainCodecs,
  }: { readonly cachedMax?: number; readonly codecs?: Codecs } = {}) {
    this.#cachedMax = cachedMax
    this.#codecs = codecs
  }

  get(key: unknown): Row | undefined {
    const id = storeKey(key)
    return this.#rows.get(id) ?? (this.#source && this.#read(id, key))
  }

  /** Calls `visit` with each row. */
  forEach(visit: (row: Row) => void): void {
    for (const row of this.#rows.values()) visit(row)
    this.#source?.forEach(([packed], entry) => {
      const key = this.#codecs.key.unpack(packed)
      const id = storeKey(key)
      if (this.#rows.has(id) || this.#deleted.has(id)) return
      visit(this.#rowOf(key, entry))
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
    const { key, value } = this.#codecs
    this.#changes.drain((row, isThere) => {
      write([key.pack(row.key)], isThere ? [value.pack(row.value), row.timestamp] : undefined)
      recent?.add(row)
    })
    this.#deleted.clear()
    if (recent && this.#rows.size > this.#cachedMax) this.#evict(recent)
  }

  restore([packed]: readonly unknown[], entry: unknown): void {
    const key = this.#codecs.key.unpack(packed)
    this.#rows.set(storeKey(key), this.#rowOf(key, entry))
  }

  readFrom(source: EntrySource): void {
    this.#source = source
  }

  #read(id: StoreKey, key: unknown): Row | undefined {
    if (this.#deleted.has(id)) return undefined
    const entry = this.#source!.get([this.#codecs.key.pack(key)])
    if (entry === undefined) return undefined
    const row = this.#rowOf(key, entry)
    this.#rows.set(id, row)
    return row
  }

  #rowOf(key: unknown, entry: unknown): Row {
    const [value, timestamp] = entry as [unknown, number]
    return { key, value: this.#codecs.value.unpack(value), timestamp }
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
