/** Streams grouped by a key, and by windows: what comes before an aggregate. */

import { counting, folding, reducing, type Aggregation } from '../operators/aggregation.ts'
import type { Catalog } from '../operators/catalog.ts'
import type { Operator } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { Emission } from '../operators/windowed-aggregate.ts'
import { TopologyNode, type NodeFacts } from '../topology/topology-node.ts'
import type { TaskContext } from '../operators/task-context.ts'
import type { WindowDefinition } from '../window.ts'
import type { NamedOptions, Origin } from './origin.ts'
import { Table } from './table.ts'
import { WindowedTable } from './windowed-table.ts'

/** Begins with `initial`: a value, of which each key has its own copy, or what makes one. */
export interface AggregateParts<Value, Key, Result> extends NamedOptions {
  /** What a key begins with, or what makes that: a function, where it is not to be shared. */
  readonly initial: Result | (() => Result)
  /** `undefined` deletes the row. */
  readonly add: (aggregate: Result, value: Value, key: Key) => Result | undefined
  /** Makes two sessions one. */
  readonly merge?: (first: Result, second: Result, key: Key) => Result
}

/** The three ways to make many values one, wherever they are grouped. */
abstract class Grouped<Value, Key> {
  protected abstract aggregateBy(
    kind: string,
    aggregation: Aggregation,
    options: NamedOptions,
  ): unknown

  protected reduceBy(
    first: unknown,
    second: unknown,
    third: NamedOptions | undefined,
  ): [Aggregation, NamedOptions] {
    if (typeof second === 'function') {
      return [folding({ initial: first, add: second as RecordFunction }), third ?? {}]
    }
    return [reducing(first as RecordFunction), (second as NamedOptions | undefined) ?? {}]
  }

  protected foldBy<Result>(parts: AggregateParts<Value, Key, Result>): Aggregation {
    return folding(parts)
  }
}

/** A stream grouped by a key, for a result of each key. */
export class GroupedStream<Value, Key = string> extends Grouped<Value, Key> {
  readonly #origin: Origin
  readonly #node: TopologyNode

  constructor(origin: Origin, node: TopologyNode) {
    super()
    this.#origin = origin
    this.#node = node
  }

  /** The same for each window of time. */
  window(window: WindowDefinition): WindowedGroup<Value, Key> {
    return new WindowedGroup(this.#origin, this.#node, window)
  }

  /** The number of records of each key. */
  count(options: NamedOptions = {}): Table<number, Key> {
    return this.aggregateBy('count', counting, options)
  }

  /** Combines each value with what the ones before came to; the first one is the beginning. */
  reduce(
    reducer: (aggregate: Value, value: Value, key: Key) => Value,
    options?: NamedOptions,
  ): Table<Value, Key>
  /** The same from `initial` on, which may be of another type. */
  reduce<Result>(
    initial: Result,
    reducer: (aggregate: Result, value: Value, key: Key) => Result,
    options?: NamedOptions,
  ): Table<Result, Key>
  reduce(first: unknown, second?: unknown, third?: NamedOptions): Table<never, Key> {
    return this.aggregateBy('reduce', ...this.reduceBy(first, second, third))
  }

  /** Makes one result of the values of each key, of any type. */
  aggregate<Result>(parts: AggregateParts<Value, Key, Result>): Table<Result, Key> {
    return this.aggregateBy('aggregate', this.foldBy(parts), parts)
  }

  protected aggregateBy<Result>(
    kind: string,
    aggregation: Aggregation,
    { name }: NamedOptions,
  ): Table<Result, Key> {
    const node = new TopologyNode({
      kind,
      name,
      inputs: [this.#node],
      isByKey: true,
      make: (operators, context) => new operators.Aggregate(aggregation, context),
    })
    return new Table<Result, Key>(this.#origin, node)
  }
}

/** A stream grouped by a key and by windows, for a result of each key and window. */
export class WindowedGroup<Value, Key = string> extends Grouped<Value, Key> {
  readonly #origin: Origin
  readonly #node: TopologyNode
  readonly #window: WindowDefinition

  constructor(origin: Origin, node: TopologyNode, window: WindowDefinition) {
    super()
    this.#origin = origin
    this.#node = node
    this.#window = window
  }

  /** The number of records of each key and window. */
  count(options: NamedOptions = {}): WindowedTable<number, Key> {
    return this.aggregateBy('count', counting, options)
  }

  /** Combines each value with what the ones before came to; the first one is the beginning. */
  reduce(
    reducer: (aggregate: Value, value: Value, key: Key) => Value,
    options?: NamedOptions,
  ): WindowedTable<Value, Key>
  /** The same from `initial` on, which may be of another type. */
  reduce<Result>(
    initial: Result,
    reducer: (aggregate: Result, value: Value, key: Key) => Result,
    options?: NamedOptions,
  ): WindowedTable<Result, Key>
  reduce(first: unknown, second?: unknown, third?: NamedOptions): WindowedTable<never, Key> {
    return this.aggregateBy('reduce', ...this.reduceBy(first, second, third))
  }

  /** Makes one result of the values of each key and window, of any type. */
  aggregate<Result>(parts: AggregateParts<Value, Key, Result>): WindowedTable<Result, Key> {
    return this.aggregateBy('aggregate', this.foldBy(parts), parts)
  }

  protected aggregateBy<Result>(
    kind: string,
    aggregation: Aggregation,
    { name = this.#node.nameOfChild(kind) }: NamedOptions,
  ): WindowedTable<Result, Key> {
    const window = this.#window
    const plan = (emission: Emission): TopologyNode =>
      new TopologyNode({
        kind,
        name: emission === 'close' ? `${name}-final` : name,
        inputs: [this.#node],
        isByKey: true,
        facts: { ...factsOf(window), emission },
        make: (operators, context) =>
          windowed(operators, { window, aggregation, emission, context }),
      })
    return new WindowedTable<Result, Key>(this.#origin, plan('update'), plan)
  }
}

/** A stream in windows that is still to be grouped. */
export class WindowedStream<Value, Key = string> {
  readonly #origin: Origin
  readonly #node: TopologyNode
  readonly #window: WindowDefinition

  constructor(origin: Origin, node: TopologyNode, window: WindowDefinition) {
    this.#origin = origin
    this.#node = node
    this.#window = window
  }

  /** Groups by something other than the key, for a result of each group and window. */
  groupBy<Group>(
    groupOf: (value: Value, key: Key) => Group,
    options: NamedOptions = {},
  ): WindowedGroup<Value, Group> {
    const node = selectKeyNode(this.#node, groupOf as RecordFunction, options)
    return new WindowedGroup<Value, Group>(this.#origin, node, this.#window)
  }

  /** Groups by the key that records have. */
  groupByKey(): WindowedGroup<Value, Key> {
    return new WindowedGroup<Value, Key>(this.#origin, this.#node, this.#window)
  }
}

/** Returns the plan that gives records another key. */
export function selectKeyNode(
  input: TopologyNode,
  select: RecordFunction,
  { name }: NamedOptions,
  kind = 'groupBy',
): TopologyNode {
  return new TopologyNode({
    kind,
    name,
    inputs: [input],
    changesKey: true,
    make: (operators) => new operators.SelectKey(select),
  })
}

function windowed(
  operators: Catalog,
  options: {
    readonly window: WindowDefinition
    readonly aggregation: Aggregation
    readonly emission: Emission
    readonly context: TaskContext
  },
): Operator {
  const { window, ...rest } = options
  if (window.kind === 'time') return new operators.TimeWindowAggregate({ window, ...rest })
  if (window.kind === 'session') return new operators.SessionAggregate({ window, ...rest })
  return new operators.SlidingAggregate({ window, ...rest })
}

function factsOf({ kind, ...lengths }: WindowDefinition): NodeFacts {
  return { window: kind, ...lengths }
}
