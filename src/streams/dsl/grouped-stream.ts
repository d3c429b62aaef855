/** Streams grouped by a key, and by windows: what comes before an aggregate. */

import { counting, folding, reducing, type Aggregation } from '../operators/aggregation.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import type { WindowDefinition } from '../window.ts'
import { tableOf, windowedTableOf } from './aggregate-plans.ts'
import type { AggregateParts, Grouping, TableLimits } from './aggregate-plans.ts'
import { carriedBy, type AggregateOptions, type KeyOptions } from './carried-options.ts'
import { CogroupedStream, type CogroupParts } from './cogrouped-stream.ts'
import type { Origin } from './origin.ts'
import { Plan } from './plan.ts'
import type { Table } from './table.ts'
import type { WindowedTable } from './windowed-table.ts'

/** A stream grouped by a key, for a result of each key. */
export class GroupedStream<Value, Key = string> extends Plan implements Grouping<Value, Key> {
  /** For the compiler alone: of what it is. @internal */
  declare readonly grouped?: readonly [Key, Value]

  /** The same for each window of time. */
  window(window: WindowDefinition): WindowedGroup<Value, Key> {
    return new WindowedGroup(this.origin, this.node, window)
  }

  /** The number of records of each key. */
  count(options: TableLimits<number> = {}): Table<number, Key> {
    return this.#table('count', counting, options)
  }

  /** Combines each value with what the ones before came to; the first one is the beginning. */
  reduce(
    reducer: (aggregate: Value, value: Value, key: Key) => Value,
    options?: TableLimits<Value>,
  ): Table<Value, Key>
  /** The same from `initial` on, which may be of another type. */
  reduce<Result>(
    initial: Result,
    reducer: (aggregate: Result, value: Value, key: Key) => Result,
    options?: TableLimits<Result>,
  ): Table<Result, Key>
  reduce(first: unknown, second?: unknown, third?: TableLimits<never>): Table<never, Key> {
    const { aggregation, options } = reduction<TableLimits<never>>(first, second, third)
    return this.#table<never>('reduce', aggregation, options)
  }

  /** Makes one result of the values of each key, of any type. */
  aggregate<Result>(
    parts: AggregateParts<Value, Key, Result> & TableLimits<Result>,
  ): Table<Result, Key> {
    return this.#table('aggregate', folding(parts), parts)
  }

  /**
   * Begins a result that several streams add to, which are grouped by one key:
   * `.cogroup(other, add)` adds the next of them, and `.aggregate()` makes it a table.
   */
  cogroup<Result>(parts: CogroupParts<Value, Key, Result>): CogroupedStream<Result, Key> {
    const add = parts.add as Aggregation['add']
    return new CogroupedStream(this.origin, parts, [{ node: this.node, add }])
  }

  #table<Result>(
    kind: string,
    aggregation: Aggregation,
    options: TableLimits<Result>,
  ): Table<Result, Key> {
    return tableOf<Result, Key>(this.origin, { kind, inputs: [this.node], aggregation }, options)
  }
}

/** A stream grouped by a key and by windows, for a result of each key and window. */
export class WindowedGroup<Value, Key = string> extends Plan {
  readonly #window: WindowDefinition

  constructor(origin: Origin, node: TopologyNode, window: WindowDefinition) {
    super(origin, node)
    this.#window = window
  }

  /** The number of records of each key and window. */
  count(options: AggregateOptions<number> = {}): WindowedTable<number, Key> {
    return this.#table('count', counting, options)
  }

  /** Combines each value with what the ones before came to; the first one is the beginning. */
  reduce(
    reducer: (aggregate: Value, value: Value, key: Key) => Value,
    options?: AggregateOptions<Value>,
  ): WindowedTable<Value, Key>
  /** The same from `initial` on, which may be of another type. */
  reduce<Result>(
    initial: Result,
    reducer: (aggregate: Result, value: Value, key: Key) => Result,
    options?: AggregateOptions<Result>,
  ): WindowedTable<Result, Key>
  reduce(
    first: unknown,
    second?: unknown,
    third?: AggregateOptions<never>,
  ): WindowedTable<never, Key> {
    const { aggregation, options } = reduction<AggregateOptions<never>>(first, second, third)
    return this.#table<never>('reduce', aggregation, options)
  }

  /** Makes one result of the values of each key and window, of any type. */
  aggregate<Result>(parts: AggregateParts<Value, Key, Result>): WindowedTable<Result, Key> {
    return this.#table('aggregate', folding(parts), parts)
  }

  #table<Result>(
    kind: string,
    aggregation: Aggregation,
    options: AggregateOptions<Result>,
  ): WindowedTable<Result, Key> {
    const plan = { kind, inputs: [this.node], aggregation }
    return windowedTableOf<Result, Key>(this.origin, plan, this.#window, options)
  }
}

/** A stream in windows that is still to be grouped. */
export class WindowedStream<Value, Key = string> extends Plan {
  readonly #window: WindowDefinition

  constructor(origin: Origin, node: TopologyNode, window: WindowDefinition) {
    super(origin, node)
    this.#window = window
  }

  /** Groups by something other than the key, for a result of each group and window. */
  groupBy<Group>(
    groupOf: (value: Value, key: Key) => Group,
    options: KeyOptions<Group> = {},
  ): WindowedGroup<Value, NonNullable<Group>> {
    const node = selectKeyNode(this.node, groupOf as RecordFunction, options)
    return new WindowedGroup<Value, NonNullable<Group>>(this.origin, node, this.#window)
  }

  /** Groups by the key that records have. */
  groupByKey(): WindowedGroup<Value, NonNullable<Key>> {
    return new WindowedGroup<Value, NonNullable<Key>>(this.origin, this.node, this.#window)
  }
}

/** Returns the plan that gives records another key. */
export function selectKeyNode(
  input: TopologyNode,
  select: RecordFunction,
  options: KeyOptions,
  kind = 'groupBy',
): TopologyNode {
  return new TopologyNode({
    kind,
    name: options.name,
    inputs: [input],
    changesKey: true,
    keepsValue: true,
    carried: carriedBy(options),
    make: (operators) => new operators.SelectKey(select),
  })
}

/** Without a beginning, the first value is it, and the results are of the type of the values. */
function reduction<Options extends object>(
  first: unknown,
  second: unknown,
  third: Options | undefined,
): { readonly aggregation: Aggregation; readonly options: Options & { keepsValue?: boolean } } {
  if (typeof second === 'function') {
    const aggregation = folding({ initial: first, add: second as RecordFunction })
    return { aggregation, options: { ...third } as Options }
  }
  const options = { ...(second as Options | undefined), keepsValue: true } as Options
  return { aggregation: reducing(first as RecordFunction), options }
}
