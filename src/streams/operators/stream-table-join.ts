/**
 * Looks each record of a stream up in a table. With `graceMs` records wait until time has come so
 * far, and then see the table as it was at theirs, which needs a table that keeps its history.
 */

import type { Codecs } from '../stores/codec.ts'
import { Changes, StreamTime, type OperatorState } from '../stores/operator-state.ts'
import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import { Processor, goOnWithout, type OperatorContext, type TableView } from './operator.ts'
import type { RecordFunction } from './stateless.ts'

export interface StreamTableJoinOptions {
  readonly type: 'inner' | 'left'
  readonly table: TableView
  /** The key in the table. @default the record's */
  readonly keyOf?: RecordFunction | undefined
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
  /** Whether the table is looked at as it was at the record's time. */
  readonly isVersioned: boolean
  readonly graceMs?: number | undefined
  readonly context: OperatorContext
  /** Those of the records that are held. */
  readonly codecs: Codecs
}

interface Held extends Timed {
  /** Unique among those that are held. */
  readonly number: number
  readonly key: unknown
  readonly value: unknown
}

export class StreamTableJoin extends Processor {
  readonly #options: StreamTableJoinOptions
  readonly #held = new TimeQueue<Held>()
  readonly #time = new StreamTime()
  readonly #changes = new Changes<Held>()
  #nextNumber = 0
  readonly state: OperatorState = this.#time.with({
    drain: (write) => {
      this.#changes.drain(({ number, key, value, timestamp }, isThere) => {
        const { codecs } = this.#options
        const entry = [codecs.key.pack(key) ?? null, codecs.value.pack(value), timestamp]
        write(['held', number], isThere ? entry : undefined)
      })
    },
    restore: (key, entry) => this.#restore(key, entry),
  })

  constructor(options: StreamTableJoinOptions) {
    super()
    this.#options = options
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    const { graceMs, context } = this.#options
    if (value === null || value === undefined) {
      return context.drop('no value', key, value, timestamp)
    }
    if (graceMs === undefined) return this.#join(key, value, timestamp)
    this.#time.observe(timestamp)
    // Time does not go by one in nanoseconds: it would be held for ever.
    if (timestamp > Number.MAX_SAFE_INTEGER || timestamp + graceMs < this.#time.now) {
      this.#join(key, value, timestamp)
      return this.#release(graceMs)
    }
    const held = { number: this.#nextNumber++, key, value, timestamp }
    this.#held.push(held)
    this.#changes.added(held)
    this.#release(graceMs, held)
  }

  advance(timestamp: number): void {
    this.#time.advance(timestamp)
    if (this.#options.graceMs !== undefined) this.#release(this.#options.graceMs)
  }

  /** Where `own` fails, which has just come, that is no other's result. */
  #release(graceMs: number, own?: Held): void {
    while (this.#held.first && this.#held.first.timestamp + graceMs <= this.#time.now) {
      const held = this.#held.shift()!
      this.#changes.gone(held)
      const { key, value, timestamp } = held
      try {
        this.#join(key, value, timestamp)
      } catch (error) {
        if (held === own) throw error
        goOnWithout(error, this.#options.context)
      }
    }
  }

  #restore(entryKey: readonly unknown[], entry: unknown): void {
    const [, number] = entryKey as [string, number]
    const [packedKey, packed, timestamp] = entry as [unknown, unknown, number]
    const { codecs } = this.#options
    const key = codecs.key.unpack(packedKey)
    const value = codecs.value.unpack(packed)
    this.#held.restore({ number, key, value, timestamp })
    this.#nextNumber = Math.max(this.#nextNumber, number + 1)
  }

  #join(key: unknown, value: unknown, timestamp: number): void {
    const { type, table, keyOf, select, isVersioned, context } = this.#options
    const tableKey = keyOf ? keyOf(value, key) : key
    const hasKey = tableKey !== null && tableKey !== undefined
    const row = hasKey ? table.get(tableKey, isVersioned ? timestamp : undefined) : undefined
    if (!row && type === 'inner') {
      return context.drop(hasKey ? 'no match' : 'no key', key, value, timestamp)
    }
    this.next.receive(key, select(value, row?.value, key), timestamp, undefined)
  }
}
