/**
 * Joins two tables by their keys: a row for each key that both have (`inner`), that the left one
 * has (`left`), or that either has (`outer`). A row is deleted only if it was there.
 */

import { storeKey, type StoreKey } from '../stores/store-key.ts'
import { nobody, viewFrom } from './operator.ts'
import type { Operator, Receiver, TableRow, TableView } from './operator.ts'
import type { JoinType } from './stream-join.ts'

export interface TableJoinOptions {
  readonly type: JoinType
  readonly left: TableView
  readonly right: TableView
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
}

/** A row of which one side has changed, or both. */
interface Held {
  readonly key: unknown
  timestamp: number
  /** What the sides that have changed had before. */
  readonly before: { left?: unknown; right?: unknown }
}

export class TableJoin implements Operator {
  readonly inputs: readonly Receiver[]
  readonly view: TableView
  next: Receiver = nobody
  readonly #options: TableJoinOptions
  /** How many tables are changing that both sides are made of. */
  #changing = 0
  /** What has changed with them. */
  readonly #held = new Map<StoreKey, Held>()

  constructor(options: TableJoinOptions) {
    this.#options = options
    this.inputs = [
      {
        receive: (key, value, timestamp, previous) => {
          if (this.#changing > 0) return this.#hold('left', key, timestamp, previous)
          const right = options.right.get(key)
          this.#changed(key, newest(timestamp, right), {
            now: this.#result(value, right?.value, key),
            before: this.#result(previous, right?.value, key),
          })
        },
      },
      {
        receive: (key, value, timestamp, previous) => {
          if (this.#changing > 0) return this.#hold('right', key, timestamp, previous)
          const left = options.left.get(key)
          this.#changed(key, newest(timestamp, left), {
            now: this.#result(left?.value, value, key),
            before: this.#result(left?.value, previous, key),
          })
        },
      },
    ]
    const { left, right } = options
    const get = (key: unknown): TableRow | undefined => this.#get(key)
    const onlyRight = viewFrom(right, (key) => (left.get(key) ? undefined : get(key)))
    this.view = {
      get,
      forEach: (visit) => {
        viewFrom(left, get).forEach!(visit)
        onlyRight.forEach!(visit)
      },
    }
  }

  changing(): void {
    this.#changing++
  }

  /** Both sides are as they are now, and what was there before is known of both. */
  changed(): void {
    if (--this.#changing > 0) return
    for (const [id, { key, timestamp, before }] of this.#held) {
      this.#held.delete(id)
      const left = this.#options.left.get(key)
      const right = this.#options.right.get(key)
      const had = { left: left?.value, right: right?.value, ...before }
      this.#changed(key, newest(newest(timestamp, left), right), {
        now: this.#result(left?.value, right?.value, key),
        before: this.#result(had.left, had.right, key),
      })
    }
  }

  /** The other side may change along with this one, or has already: a row would count twice. */
  #hold(side: 'left' | 'right', key: unknown, timestamp: number, previous: unknown): void {
    const id = storeKey(key)
    const held = this.#held.get(id) ?? { key, timestamp, before: {} }
    if (!(side in held.before)) held.before[side] = previous
    held.timestamp = Math.max(held.timestamp, timestamp)
    this.#held.set(id, held)
  }

  #changed(
    key: unknown,
    timestamp: number,
    { now, before }: { readonly now: unknown; readonly before: unknown },
  ): void {
    if (now === undefined && before === undefined) return
    this.next.receive(key, now, timestamp, before)
  }

  #result(left: unknown, right: unknown, key: unknown): unknown {
    const { type, select } = this.#options
    if (left === undefined && (type !== 'outer' || right === undefined)) return undefined
    if (right === undefined && type === 'inner') return undefined
    return select(left, right, key) ?? undefined
  }

  #get(key: unknown): TableRow | undefined {
    const left = this.#options.left.get(key)
    const right = this.#options.right.get(key)
    const value = this.#result(left?.value, right?.value, key)
    if (value === undefined) return undefined
    return { value, timestamp: Math.max(left?.timestamp ?? -1, right?.timestamp ?? -1) }
  }
}

function newest(timestamp: number, row: TableRow | undefined): number {
  return row ? Math.max(timestamp, row.timestamp) : timestamp
}
