/**
 * Joins two tables by their keys: a row for each key that both have (`inner`), that the left one
 * has (`left`), or that either has (`outer`). A row is deleted only if it was there.
 */

import { nobody, viewFrom } from './operator.ts'
import type { Operator, Receiver, TableRow, TableView } from './operator.ts'
import type { JoinType } from './stream-join.ts'

export interface TableJoinOptions {
  readonly type: JoinType
  readonly left: TableView
  readonly right: TableView
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
}

export class TableJoin implements Operator {
  readonly inputs: readonly Receiver[]
  readonly view: TableView
  next: Receiver = nobody
  readonly #options: TableJoinOptions

  constructor(options: TableJoinOptions) {
    this.#options = options
    this.inputs = [
      {
        receive: (key, value, timestamp, previous) => {
          const right = options.right.get(key)
          this.#changed(key, newest(timestamp, right), {
            now: this.#result(value, right?.value, key),
            before: this.#result(previous, right?.value, key),
          })
        },
      },
      {
        receive: (key, value, timestamp, previous) => {
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
