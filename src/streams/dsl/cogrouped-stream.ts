/** Several streams that are grouped by one key, for one result of all of them. */

import type { Aggregation } from '../operators/aggregation.ts'
import { gathering } from '../operators/gathered.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import type { WindowDefinition } from '../window.ts'
import { tableOf, windowedTableOf } from './aggregate-plans.ts'
import type { AggregatePlan, Grouping, TableLimits } from './aggregate-plans.ts'
import type { AggregateOptions } from './carried-options.ts'
import type { Origin } from './origin.ts'
import type { Table } from './table.ts'
import type { WindowedTable } from './windowed-table.ts'

/** What a result of several streams begins with, and what the first of them adds to it. */
export interface CogroupParts<Value, Key, Result> {
  /** What a key begins with, or what makes that: a function, where it is not to be shared. */
  readonly initial: Result | (() => Result)
  /** Adds a value of the first stream; `undefined` deletes the row. */
  readonly add: (aggregate: Result, value: Value, key: Key) => Result | undefined
  /** Makes two sessions one. */
  readonly merge?: (first: Result, second: Result, key: Key) => Result
}

/** A stream, and how its values are added. */
interface Part {
  readonly node: TopologyNode
  readonly add: Aggregation['add']
}

type CommonParts = Pick<CogroupParts<never, never, never>, 'initial' | 'merge'>

/** Several streams that are grouped by one key, for one result of all of them. */
export class CogroupedStream<Result, Key = string> {
  readonly #origin: Origin
  readonly #common: CommonParts
  readonly #parts: readonly Part[]

  /** @internal */
  constructor(origin: Origin, common: object, parts: readonly Part[]) {
    this.#origin = origin
    this.#common = common as CommonParts
    this.#parts = parts
  }

  /** Adds another stream: `add` adds each of its values to the result, or deletes that. */
  cogroup<Value>(
    other: Grouping<Value, Key>,
    add: (aggregate: Result, value: Value, key: Key) => Result | undefined,
  ): CogroupedStream<Result, Key> {
    const part = { node: other.node, add: add as Aggregation['add'] }
    return new CogroupedStream<Result, Key>(this.#origin, this.#common, [...this.#parts, part])
  }

  /** The same for each window of time. */
  window(window: WindowDefinition): WindowedCogroup<Result, Key> {
    return new WindowedCogroup<Result, Key>(this.#origin, this.#plan, window)
  }

  /** Makes a row of each key. */
  aggregate(options: TableLimits<Result> = {}): Table<Result, Key> {
    return tableOf<Result, Key>(this.#origin, this.#plan, options)
  }

  get #plan(): AggregatePlan {
    const adds = this.#parts.map(({ add }) => add)
    const { initial, merge } = this.#common
    return {
      kind: 'cogroup',
      inputs: this.#parts.map(({ node }) => node),
      aggregation: gathering({ initial, adds, merge }),
    }
  }
}

/** Several streams that are grouped by one key and by windows. */
export class WindowedCogroup<Result, Key = string> {
  readonly #origin: Origin
  readonly #plan: AggregatePlan
  readonly #window: WindowDefinition

  /** @internal */
  constructor(origin: Origin, plan: AggregatePlan, window: WindowDefinition) {
    this.#origin = origin
    this.#plan = plan
    this.#window = window
  }

  /** Makes a result of each key and window. */
  aggregate(options: AggregateOptions<Result> = {}): WindowedTable<Result, Key> {
    return windowedTableOf<Result, Key>(this.#origin, this.#plan, this.#window, options)
  }
}
