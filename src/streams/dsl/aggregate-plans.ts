/** The plans of aggregates: what becomes of one stream that is grouped, or of several. */

import { InvalidOptionError } from '../../client/failure/errors.ts'
import type { Duration } from '../../client/failure/duration.ts'
import { wholeNumber } from '../../client/settings/kafka-options.ts'
import type { Aggregation } from '../operators/aggregation.ts'
import type { Catalog } from '../operators/catalog.ts'
import { gathered, gatheredCodec } from '../operators/gathered.ts'
import type { OperatorContext, Processor } from '../operators/operator.ts'
import type { Emission, WindowedCodecs } from '../operators/windowed-aggregate.ts'
import { TopologyNode, type NodeFacts } from '../topology/topology-node.ts'
import { positiveMs, type WindowDefinition } from '../window.ts'
import { carriedBy, type AggregateOptions } from './carried-options.ts'
import type { Origin } from './origin.ts'
import { Table } from './table.ts'
import { WindowedTable } from './windowed-table.ts'

/** What keeps a table small, and quiet. */
export interface TableLimits<Result = unknown> extends AggregateOptions<Result> {
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
export interface AggregateParts<Value, Key, Result> extends AggregateOptions<Result> {
  /** What a key begins with, or what makes that: a function, where it is not to be shared. */
  readonly initial: Result | (() => Result)
  /** `undefined` deletes the row. */
  readonly add: (aggregate: Result, value: Value, key: Key) => Result | undefined
  /** Makes two sessions one. */
  readonly merge?: (first: Result, second: Result, key: Key) => Result
}

/** What is grouped by a key, for an aggregate of several. */
export interface Grouping<Value, Key> {
  /** The plan up to here. @internal */
  readonly node: TopologyNode
  /** For the compiler alone: of what it is. @internal */
  readonly grouped?: readonly [Key, Value]
}

/** What an aggregate is made of, and by which name. */
export interface AggregatePlan {
  readonly kind: string
  readonly inputs: readonly TopologyNode[]
  readonly aggregation: Aggregation
}

/** Whether what comes of it is of the type of its values. */
interface KeepsValue {
  readonly keepsValue?: boolean
}

/** Returns a row for each key. */
export function tableOf<Result, Key>(
  origin: Origin,
  { aggregation, ...plan }: AggregatePlan,
  { name, value, keepsValue = false, ttl, maxKeys, emit }: TableLimits<Result> & KeepsValue,
): Table<Result, Key> {
  const isLimited = ttl !== undefined || maxKeys !== undefined
  const limits = {
    ttlMs: ttl === undefined ? Infinity : positiveMs('ttl', ttl),
    keysMax: maxKeys === undefined ? Infinity : wholeNumber('maxKeys', maxKeys, 1),
  }
  const node = new TopologyNode({
    ...plan,
    name,
    isByKey: true,
    keepsValue,
    carried: carriedBy({ value }),
    facts: {
      ...(isLimited ? { isLimited } : {}),
      ...(ttl === undefined ? {} : { ttlMs: limits.ttlMs }),
      ...(maxKeys === undefined ? {} : { maxKeys }),
    },
    make: ({ Aggregate, LimitedAggregate }, context, _, { codecs, inputs }) =>
      gathered(inputs.length, context, (own) =>
        isLimited
          ? new LimitedAggregate(aggregation, limits, own, codecs)
          : new Aggregate(aggregation, own, codecs),
      ),
  })
  const table = new Table<Result, Key>(origin, node)
  return emit === undefined ? table : table.suppress(emit.every)
}

/** Returns a result for each key and window. */
export function windowedTableOf<Result, Key>(
  origin: Origin,
  { aggregation, ...plan }: AggregatePlan,
  window: WindowDefinition,
  options: AggregateOptions<Result> & KeepsValue,
): WindowedTable<Result, Key> {
  if (window.kind === 'session' && !aggregation.merge) {
    const expected = 'what makes two sessions one, as in aggregate({ initial, add, merge })'
    throw new InvalidOptionError({ option: 'merge', expected, actual: undefined })
  }
  const { name = plan.inputs[0]!.nameOfChild(plan.kind), value, keepsValue = false } = options
  const planOf = (emission: Emission): TopologyNode =>
    new TopologyNode({
      ...plan,
      name: emission === 'close' ? `${name}-final` : name,
      isByKey: true,
      keepsKey: false,
      keepsValue,
      carried: carriedBy({ value }),
      facts: { ...factsOf(window), emission },
      make: (operators, context, _, node) =>
        gathered(node.inputs.length, context, (own) =>
          windowed(operators, {
            window,
            aggregation,
            emission,
            context: own,
            codecs: windowedCodecs(node),
          }),
        ),
    })
  return new WindowedTable<Result, Key>(origin, planOf('update'), planOf)
}

function windowed(
  operators: Catalog,
  options: {
    readonly window: WindowDefinition
    readonly aggregation: Aggregation
    readonly emission: Emission
    readonly context: OperatorContext
    readonly codecs: WindowedCodecs
  },
): Processor {
  const { window, ...rest } = options
  if (window.kind === 'time') return new operators.TimeWindowAggregate({ window, ...rest })
  if (window.kind === 'session') return new operators.SessionAggregate({ window, ...rest })
  return new operators.SlidingAggregate({ window, ...rest })
}

function windowedCodecs({ codecs, inputs }: TopologyNode): WindowedCodecs {
  const { key, value } = inputs[0]!.codecs
  const input = inputs.length === 1 ? value : gatheredCodec(inputs.map((one) => one.codecs.value))
  return { key, value: codecs.value, input }
}

function factsOf({ kind, ...lengths }: WindowDefinition): NodeFacts {
  return { window: kind, ...lengths }
}
