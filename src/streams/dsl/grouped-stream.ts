/** Streams grouped by a key, and by windows: what comes before an aggregate. */

import type { Duration } from '../../client/duration.ts'
import { wholeNumber } from '../../client/kafka-options.ts'
import { counting, folding, reducing, type Aggregation } from '../operators/aggregation.ts'
import type { Catalog } from '../operators/catalog.ts'
import type { Operator } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { Emission } from '../operators/windowed-aggregate.ts'
import { TopologyNode, type NodeFacts } from '../topology/topology-node.ts'
import type { TaskContext } from '../operators/task-context.ts'
import { positiveMs, type WindowDefinition } from '../window.ts'
import type { NamedOptions, Origin } from './origin.ts'
import { Table } from './table.ts'
import { WindowedTable } from './windowed-table.ts'

/** What keeps a table small, and quiet. */
export interface TableLimits extends NamedOptions {
  /**
   * Deletes a row so long after the newest of its records, by the time of the records.
   *
   * @default never
   */
  readonly ttl?: Duration
  /** Deletes the row whose records are the oldest where a task has more. @default no limit */
  readonly maxKeys?: number
  /**
   * Lets of each row only the newest change go on, so long after the first, by the time of the
   * records.
   *
   * @default every change
   */
  readonly emit?: { readonly every: Duration }
}

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

  protected reduceBy<Options extends NamedOptions>(
    first: unknown,
    second: unknown,
    third: Options | undefined,
  ): [Aggregation, Options | NamedOptions] {
    if (typeof second === 'function') {
      return [folding({ initial: first, add: second as RecordFunction }), third ?? {}]
    }
    return [reducing(first as RecordFunction), (second as Options | undefined) ?? {}]
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
  count(options: TableLimits = {}): Table<number, Key> {
    return this.aggregateBy('count', counting, options)
  }

  /** Combines each value with what the ones before came to; the first one is the beginning. */
  reduce(
    reducer: (aggregate: Value, value: Value, key: Key) => Value,
    options?: TableLimits,
  ): Table<Value, Key>
  /** The same from `initial` on, which may be of another type. */
  reduce<Result>(
    initial: Result,
    reducer: (aggregate: Result, value: Value, key: Key) => Result,
    options?: TableLimits,
  ): Table<Result, Key>
  reduce(first: unknown, second?: unknown, third?: TableLimits): Table<never, Key> {
    return this.aggregateBy('reduce', ...this.reduceBy(first, second, third))
  }

  /** Makes one result of the values of each key, of any type. */
  aggregate<Result>(parts: AggregateParts<Value, Key, Result> & TableLimits): Table<Result, Key> {
    return this.aggregateBy('aggregate', this.foldBy(parts), parts)
  }

  protected aggregateBy<Result>(
    kind: string,
    aggregation: Aggregation,
    { name, ttl, maxKeys, emit }: TableLimits,
  ): Table<Result, Key> {
    const isLimited = ttl !== undefined || maxKeys !== undefined
    const limits = {
      ttlMs: ttl === undefined ? Infinity : positiveMs('ttl', ttl),
      keysMax: maxKeys === undefined ? Infinity : wholeNumber('maxKeys', maxKeys, 1),
    }
    const node = new TopologyNode({
      kind,
      name,
      inputs: [this.#node],
      isByKey: true,
      facts: {
        ...(isLimited ? { isLimited } : {}),
        ...(ttl === undefined ? {} : { ttlMs: limits.ttlMs }),
        ...(maxKeys === undefined ? {} : { maxKeys }),
      },
      make: ({ Aggregate, LimitedAggregate }, context) =>
        isLimited
          ? new LimitedAggregate(aggregation, limits, context)
          : new Aggregate(aggregation, context),
    })
    const table = new Table<Result, Key>(this.#origin, node)
    return emit === undefined ? table : table.suppress(emit.every)
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
