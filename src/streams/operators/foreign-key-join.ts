/**
 * Joins each row of a table with the row of another one that it names: many left rows may name one
 * right row, and all of them change with it. Results have the keys of the left table.
 */

import type { OperatorState, WriteEntry } from '../stores/operator-state.ts'
import { canonicalJson, storeKey, type StoreKey } from '../stores/store-key.ts'
import { nobody, viewFrom } from './operator.ts'
import type { ForeignKeyCodecs } from './foreign-key-answer.ts'
import type { Operator, Receiver, TableRow, TableView } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

export interface ForeignKeyJoinOptions {
  readonly type: 'inner' | 'left'
  readonly left: TableView
  readonly right: TableView
  /** Returns the key of the right table that a left row names. */
  readonly foreignKeyOf: RecordFunction
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
  readonly keys: ForeignKeyCodecs
}

/** A row of either side that has changed. */
interface Changed {
  readonly key: unknown
  /** What was there before. */
  readonly value: unknown
  readonly timestamp: number
}

/** A left row of which either side has changed, or both. */
interface Affected {
  readonly key: unknown
  readonly timestamp: number
  /** The result that there was. */
  readonly before: unknown
}

export class ForeignKeyJoin implements Operator {
  readonly inputs: readonly Receiver[]
  readonly view: TableView
  next: Receiver = nobody
  readonly #options: ForeignKeyJoinOptions
  /** For each key of the right table the keys of the left rows that name it. */
  readonly #references = new Map<StoreKey, Map<StoreKey, unknown>>()
  /** References that came or went, by their entries' keys as text. */
  readonly #changed = new Map<string, { readonly key: readonly unknown[]; isThere: boolean }>()
  /** How many tables are changing that both sides are made of. */
  #changing = 0
  /** What has changed with them. */
  readonly #held = { left: new Map<StoreKey, Changed>(), right: new Map<StoreKey, Changed>() }
  readonly #affected = new Map<StoreKey, Affected>()
  readonly state: OperatorState = {
    drain: (write) => this.#drain(write),
    restore: ([foreignKey, key]) => {
      const { left, right } = this.#options.keys
      this.#add(right.unpack(foreignKey), left.unpack(key))
    },
  }

  constructor(options: ForeignKeyJoinOptions) {
    this.#options = options
    this.inputs = [
      {
        receive: (key, value, timestamp, previous) => {
          if (this.#changing > 0) return this.#hold('left', key, timestamp, previous)
          this.#leftChanged(key, value, timestamp, previous)
        },
      },
      {
        receive: (key, value, timestamp, previous) => {
          if (this.#changing > 0) return this.#hold('right', key, timestamp, previous)
          this.#rightChanged(key, value, timestamp, previous)
        },
      },
    ]
    this.view = viewFrom(options.left, (key) => this.#get(key))
  }

  changing(): void {
    this.#changing++
  }

  /** Both sides are as they are now, and what was there before is known of both. */
  changed(): void {
    if (--this.#changing > 0) return
    this.#settle()
    const { left: lefts } = this.#options
    for (const [id, { key, timestamp, before }] of this.#affected) {
      this.#affected.delete(id)
      const left = lefts.get(key)
      const right = this.#rowNamedBy(left?.value, key)
      const now = this.#result(left?.value, right?.value, key)
      if (now === undefined && before === undefined) continue
      const newest = Math.max(timestamp, left?.timestamp ?? -1, right?.timestamp ?? -1)
      this.next.receive(key, now, newest, before)
    }
  }

  /** A row that names itself changes on both sides: its result would count twice. */
  #hold(side: 'left' | 'right', key: unknown, timestamp: number, value: unknown): void {
    const held = this.#held[side]
    const id = storeKey(key)
    held.set(id, { key, value: held.has(id) ? held.get(id)!.value : value, timestamp })
  }

  /** Makes out which results have changed, and what they were. */
  #settle(): void {
    const { left: lefts, right: rights } = this.#held
    for (const { key, timestamp, value } of lefts.values()) this.#affect(key, value, timestamp)
    for (const { key: foreignKey, timestamp } of rights.values()) {
      for (const [id, key] of this.#references.get(storeKey(foreignKey)) ?? []) {
        const left = this.#options.left.get(key)
        if (!lefts.has(id) && left) this.#affect(key, left.value, timestamp)
      }
    }
    for (const { key, value } of lefts.values()) {
      this.#refer(key, value, 'no more')
      this.#refer(key, this.#options.left.get(key)?.value, 'now')
    }
    lefts.clear()
    rights.clear()
  }

  /** Notes what came of a left row, as it was, and of the row that it named. */
  #affect(key: unknown, left: unknown, timestamp: number): void {
    const foreignKey = this.#foreignKey(left, key)
    const held = foreignKey === undefined ? undefined : this.#held.right.get(storeKey(foreignKey))
    const right = held ? held.value : this.#rowNamedBy(left, key)?.value
    const id = storeKey(key)
    // One that is still there from before has failed then: nobody has heard of what came of it.
    const known = this.#affected.get(id)
    const before = known ? known.before : this.#result(left, right, key)
    this.#affected.set(id, { key, timestamp, before })
  }

  #leftChanged(key: unknown, value: unknown, timestamp: number, previous: unknown): void {
    const named = this.#rowNamedBy(value, key)
    const namedBefore = this.#rowNamedBy(previous, key)
    this.#refer(key, previous, 'no more')
    this.#refer(key, value, 'now')
    const now = this.#result(value, named?.value, key)
    const before = this.#result(previous, namedBefore?.value, key)
    if (now === undefined && before === undefined) return
    this.next.receive(key, now, named ? Math.max(timestamp, named.timestamp) : timestamp, before)
  }

  #rightChanged(foreignKey: unknown, value: unknown, timestamp: number, previous: unknown): void {
    for (const key of this.#references.get(storeKey(foreignKey))?.values() ?? []) {
      const left = this.#options.left.get(key)
      if (!left) continue
      const now = this.#result(left.value, value, key)
      const before = this.#result(left.value, previous, key)
      if (now === undefined && before === undefined) continue
      this.next.receive(key, now, Math.max(timestamp, left.timestamp), before)
    }
  }

  #foreignKey(value: unknown, key: unknown): unknown {
    return value === undefined ? undefined : (this.#options.foreignKeyOf(value, key) ?? undefined)
  }

  #rowNamedBy(value: unknown, key: unknown): TableRow | undefined {
    const foreignKey = this.#foreignKey(value, key)
    return foreignKey === undefined ? undefined : this.#options.right.get(foreignKey)
  }

  #refer(key: unknown, value: unknown, when: 'now' | 'no more'): void {
    const foreignKey = this.#foreignKey(value, key)
    if (foreignKey === undefined) return
    const { left, right } = this.#options.keys
    const entry = [right.pack(foreignKey), left.pack(key)]
    this.#changed.set(canonicalJson(entry), { key: entry, isThere: when === 'now' })
    if (when === 'now') return this.#add(foreignKey, key)
    const id = storeKey(foreignKey)
    // Where a table is joined with itself on the way, a row is taken back that never was.
    const keys = this.#references.get(id)
    keys?.delete(storeKey(key))
    if (keys?.size === 0) this.#references.delete(id)
  }

  #add(foreignKey: unknown, key: unknown): void {
    const id = storeKey(foreignKey)
    const keys = this.#references.get(id) ?? new Map<StoreKey, unknown>()
    keys.set(storeKey(key), key)
    this.#references.set(id, keys)
  }

  #drain(write: WriteEntry): void {
    for (const { key, isThere } of this.#changed.values()) write(key, isThere ? true : undefined)
    this.#changed.clear()
  }

  #result(left: unknown, right: unknown, key: unknown): unknown {
    const { type, select } = this.#options
    if (left === undefined || (right === undefined && type === 'inner')) return undefined
    return select(left, right, key) ?? undefined
  }

  #get(key: unknown): TableRow | undefined {
    const left = this.#options.left.get(key)
    if (!left) return undefined
    const right = this.#rowNamedBy(left.value, key)
    const value = this.#result(left.value, right?.value, key)
    if (value === undefined) return undefined
    return { value, timestamp: Math.max(left.timestamp, right?.timestamp ?? -1) }
  }
}
