/** Tables: the newest value of each key, and what is computed from it row by row. */

import type { Codecs } from '../stores/codec.ts'
import { KeyValueStore } from '../stores/key-value-store.ts'
import { Changes, StreamTime, type OperatorState } from '../stores/operator-state.ts'
import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import { Processor, viewFrom } from './operator.ts'
import type { OperatorContext, TableRow, TableView } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

/** A table made of a topic's records: each replaces what was there for its key. */
export class TableSource extends Processor {
  readonly view: TableView
  readonly state: OperatorState
  readonly #context: OperatorContext
  readonly #store: KeyValueStore

  constructor(context: OperatorContext, codecs: Codecs) {
    super()
    this.#context = context
    this.#store = new KeyValueStore({ codecs })
    this.view = this.#store
    this.state = this.#store
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    if (key === null || key === undefined) {
      return this.#context.drop('no key', key, value, timestamp)
    }
    const previous = this.#store.get(key)?.value
    const isDeleted = value === null || value === undefined
    if (isDeleted) this.#store.delete(key)
    else this.#store.put(key, value, timestamp)
    this.next.receive(key, isDeleted ? undefined : value, timestamp, previous)
  }
}

interface Version extends Timed {
  readonly key: unknown
  readonly value: unknown
}

/**
 * A table that knows for a while what it was: `historyMs` back from the newest record. A record
 * that is older than what is there for its key becomes history, and changes nothing downstream.
 */
export class VersionedTableSource extends Processor {
  readonly view: TableView = {
    get: (key, asOf) => this.#get(key, asOf),
    forEach: (visit) => {
      for (const versions of this.#versions.values()) {
        const version = versions.lastAt(Infinity)
        if (version && version.value !== undefined) visit(version)
      }
    },
  }
  readonly #historyMs: number
  readonly #context: OperatorContext
  readonly #codecs: Codecs
  readonly #versions = new Map<StoreKey, TimeQueue<Version>>()
  /** Those of all rows that may have something before them yet which is history no more. */
  readonly #recent = new TimeQueue<Pick<Version, 'key' | 'timestamp'>>()
  readonly #time = new StreamTime()
  readonly #changes = new Changes<Version>()
  readonly state: OperatorState = this.#time.with({
    drain: (write) => {
      this.#changes.drain(({ key, value, timestamp }, isThere) => {
        const { key: keys, value: values } = this.#codecs
        const entry = isThere ? [values.pack(value) ?? null] : undefined
        write(['row', keys.pack(key), timestamp], entry)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  constructor(historyMs: number, context: OperatorContext, codecs: Codecs) {
    super()
    this.#codecs = codecs
    this.#historyMs = historyMs
    this.#context = context
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    if (key === null || key === undefined) {
      return this.#context.drop('no key', key, value, timestamp)
    }
    this.#time.observe(timestamp)
    if (timestamp < this.#time.now - this.#historyMs) {
      return this.#context.late({ key, value, timestamp, streamTime: this.#time.now })
    }
    const versions = this.#versionsOf(key)
    const newest = versions.lastAt(Infinity)
    const same = versions.lastAt(timestamp)
    if (same?.timestamp === timestamp) versions.remove(same)
    const version = { key, value: value ?? undefined, timestamp }
    versions.push(version)
    // By when it came: records that come late would each have to be put in the middle of all keys'.
    this.#recent.push({ key, timestamp: this.#time.now })
    this.#changes.noted(version)
    this.#forget()
    if (newest && timestamp < newest.timestamp) return
    this.next.receive(key, value ?? undefined, timestamp, newest?.value)
  }

  /** Forgets what was over before the history begins, and rows that were deleted before it. */
  #forget(): void {
    const begin = this.#time.now - this.#historyMs
    while (this.#recent.first && this.#recent.first.timestamp <= begin) {
      const id = storeKey(this.#recent.shift()!.key)
      const versions = this.#versions.get(id)
      const kept = versions?.lastAt(begin)
      if (!versions || !kept) continue
      while (versions.first !== kept) this.#changes.gone(versions.shift()!)
      if (kept.value === undefined) this.#changes.gone(versions.shift()!)
      if (versions.size === 0) this.#versions.delete(id)
    }
  }

  #versionsOf(key: unknown): TimeQueue<Version> {
    const id = storeKey(key)
    const versions = this.#versions.get(id) ?? new TimeQueue<Version>()
    this.#versions.set(id, versions)
    return versions
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    const [, packed, timestamp] = entryKey as [string, unknown, number]
    const [value] = entry as [unknown]
    const key = this.#codecs.key.unpack(packed)
    const version = { key, value: this.#codecs.value.unpack(value) ?? undefined, timestamp }
    this.#versionsOf(key).restore(version)
    this.#recent.restore(version)
  }

  #get(key: unknown, asOf = Infinity): TableRow | undefined {
    const version = this.#versions.get(storeKey(key))?.lastAt(asOf)
    return version?.value === undefined ? undefined : version
  }
}

/** Keeps the rows that pass a test; one that passes no more is deleted. */
export class TableFilter extends Processor {
  readonly view: TableView
  readonly #test: RecordFunction

  constructor(test: RecordFunction, upstream: TableView) {
    super()
    this.#test = test
    this.view = viewFrom(upstream, (key, asOf) => {
      const row = upstream.get(key, asOf)
      return row && test(row.value, key) ? row : undefined
    })
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    const kept = value !== undefined && this.#test(value, key) ? value : undefined
    const had = previous !== undefined && this.#test(previous, key) ? previous : undefined
    if (kept === undefined && had === undefined) return
    this.next.receive(key, kept, timestamp, had)
  }
}

/** Computes another value for each row. */
export class TableMap extends Processor {
  readonly view: TableView
  readonly #map: RecordFunction

  constructor(map: RecordFunction, upstream: TableView) {
    super()
    this.#map = map
    this.view = viewFrom(upstream, (key, asOf) => {
      const row = upstream.get(key, asOf)
      const value = row && this.#mapped(row.value, key)
      return value === undefined ? undefined : { value, timestamp: row!.timestamp }
    })
  }

  receive(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    const mapped = value === undefined ? undefined : this.#mapped(value, key)
    const had = previous === undefined ? undefined : this.#mapped(previous, key)
    if (mapped === undefined && had === undefined) return
    this.next.receive(key, mapped, timestamp, had)
  }

  /** What is made `null` is no row, as it is none in a topic. */
  #mapped(value: unknown, key: unknown): unknown {
    return this.#map(value, key) ?? undefined
  }
}
