/**
 * Looks each record of a stream up in a table. With `graceMs` records wait until time has come so
 * far, and then see the table as it was at theirs, which needs a table that keeps its history.
 */

import { TimeQueue, type Timed } from '../stores/time-queue.ts'
import { Processor, type OperatorContext, type TableView } from './operator.ts'
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
}

interface Held extends Timed {
  readonly key: unknown
  readonly value: unknown
}

export class StreamTableJoin extends Processor {
  readonly #options: StreamTableJoinOptions
  readonly #held = new TimeQueue<Held>()
  #streamTime = -Infinity

  constructor(options: StreamTableJoinOptions) {
    super()
    this.#options = options
  }

  receive(key: unknown, value: unknown, timestamp: number): void {
    const { graceMs } = this.#options
    if (graceMs === undefined) return this.#join(key, value, timestamp)
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    if (timestamp + graceMs < this.#streamTime) this.#join(key, value, timestamp)
    else this.#held.push({ key, value, timestamp })
    this.#release(graceMs)
  }

  advance(timestamp: number): void {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    if (this.#options.graceMs !== undefined) this.#release(this.#options.graceMs)
  }

  #release(graceMs: number): void {
    while (this.#held.first && this.#held.first.timestamp + graceMs <= this.#streamTime) {
      const { key, value, timestamp } = this.#held.shift()!
      this.#join(key, value, timestamp)
    }
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
