/** `Table`: the newest value of each key. Tables alone know absence, as `undefined`. */

import type { Serde } from '../../client/record/serde.ts'
import { durationMs, type Duration } from '../../client/failure/duration.ts'
import type { Aggregation } from '../operators/aggregation.ts'
import { counting, folding, reducing } from '../operators/aggregation.ts'
import type { Catalog } from '../operators/catalog.ts'
import type { Operator, OperatorContext } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { JoinType } from '../operators/stream-join.ts'
import type { RunOptions } from './run-options.ts'
import { codecOfParts, serdeOfCodec } from '../stores/codec.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import {
  carriedBy,
  type AggregateOptions,
  type KeyOptions,
  type MapOptions,
} from './carried-options.ts'
import { foreignKeyPlan } from './foreign-key-plan.ts'
import { iterate } from './iterate.ts'
import type { NamedOptions } from './origin.ts'
import { callWith, writeTo, type ForEachOptions, type SinkOptions } from './sink-plans.ts'
import type { KeyLike, LookupOnOption, WithoutOn } from './join-keys.ts'
import { pair, pairSerde } from './pair.ts'
import { Plan } from './plan.ts'
import type { StreamRun } from './stream-queries.ts'

/** Which rows of two tables belong together, and what becomes of them. */
export interface TableJoinOptions<Left, Right, Key, Selected> extends MapOptions<Selected> {
  /** Makes the new row. @default the pair of both */
  readonly select?: (left: Left, right: Right, key: Key) => Selected
}

/** The newest value of each key. It is a plan, as a stream is: `to` and `forEach` run it. */
export class Table<Value, Key = string> extends Plan {
  /** Keeps the rows that pass `test`. */
  filter(test: (value: Value, key: Key) => boolean, options: NamedOptions = {}): Table<Value, Key> {
    const plan = { ...options, keepsValue: true }
    return this.#then<Value>('filter', plan, ({ TableFilter }, inputs) => {
      return new TableFilter(test as RecordFunction, viewOf(inputs, 0))
    })
  }

  /** Computes another value for each row. */
  map<Mapped>(
    map: (value: Value, key: Key) => Mapped,
    options: MapOptions<Mapped> = {},
  ): Table<Mapped, Key> {
    return this.#then<Mapped>('map', options, ({ TableMap }, inputs) => {
      return new TableMap(map as RecordFunction, viewOf(inputs, 0))
    })
  }

  /** Groups rows by something other than their key; a row that changes moves to its new group. */
  groupBy<Group>(
    groupOf: (value: Value, key: Key) => Group,
    options: KeyOptions<Group> = {},
  ): GroupedTable<Value, NonNullable<Group>> {
    const { value } = this.node.codecs
    const changes = serdeOfCodec(codecOfParts({ add: value, remove: value }))
    const node = new TopologyNode({
      kind: 'groupBy',
      name: options.name,
      inputs: [this.node],
      changesKey: true,
      carried: { key: carriedBy(options).key, value: changes },
      make: ({ TableRegroup }, context) => new TableRegroup(groupOf as RecordFunction, context),
    })
    return new GroupedTable<Value, NonNullable<Group>>(this.origin, node)
  }

  /** A row for each key, or named key, that both tables have. */
  join<Right, Selected = [Value, Right]>(
    other: Table<Right, KeyLike<Key>>,
    options?: TableJoinOptions<Value, Right, Key, Selected> & WithoutOn,
  ): Table<Selected, Key>
  join<Right, RowKey, Selected = [Value, Right]>(
    other: Table<Right, RowKey>,
    options: TableJoinOptions<Value, Right, Key, Selected> & LookupOnOption<Value, Key, RowKey>,
  ): Table<Selected, Key>
  join(other: Table<unknown, unknown>, options: object = {}): Table<never, Key> {
    return this.#join('inner', other, options)
  }

  /** A row for each of this table; the other one may have none for it. */
  leftJoin<Right, Selected = [Value, Right | undefined]>(
    other: Table<Right, KeyLike<Key>>,
    options?: TableJoinOptions<Value, Right | undefined, Key, Selected> & WithoutOn,
  ): Table<Selected, Key>
  leftJoin<Right, RowKey, Selected = [Value, Right | undefined]>(
    other: Table<Right, RowKey>,
    options: TableJoinOptions<Value, Right | undefined, Key, Selected> &
      LookupOnOption<Value, Key, RowKey>,
  ): Table<Selected, Key>
  leftJoin(other: Table<unknown, unknown>, options: object = {}): Table<never, Key> {
    return this.#join('left', other, options)
  }

  /** A row for each key that either table has. */
  outerJoin<Right, Selected = [Value | undefined, Right | undefined]>(
    other: Table<Right, KeyLike<Key>>,
    options: TableJoinOptions<Value | undefined, Right | undefined, Key, Selected> = {},
  ): Table<Selected, Key> {
    return this.#join('outer', other, options as AnyTableJoinOptions)
  }

  /** Lets of each key only the newest change go on, so long after the first that is held. */
  suppress(hold: Duration, options: NamedOptions = {}): Table<Value, Key> {
    const holdMs = durationMs('hold', hold)
    const plan = { ...options, keepsValue: true }
    return this.#then<Value>('suppress', plan, ({ Suppress }, inputs, { codecs }, context) => {
      return new Suppress(holdMs, viewOf(inputs, 0), codecs, context)
    })
  }

  /** Writes each change to a topic; a deleted row deletes its key there. */
  to(topic: string, options: SinkOptions<Value, Key> & RunOptions = {}): StreamRun {
    return writeTo(this.origin, this.node, topic, options)
  }

  /** Calls `handle` with each change; the value is `undefined` where a row is deleted. */
  forEach(
    handle: (key: Key, value: Value | undefined) => unknown,
    options: ForEachOptions & RunOptions = {},
  ): StreamRun {
    const call: RecordFunction = (value, key) => handle(key as Key, value as Value | undefined)
    return callWith(this.origin, this.node, call, options)
  }

  /** The changes, each with its key, for as long as somebody iterates. */
  [Symbol.asyncIterator](): AsyncGenerator<[Key, Value | undefined], void, undefined> {
    return iterate<[Key, Value | undefined]>((handle, options) => {
      return this.forEach((key, result) => handle([key, result]), options)
    })
  }

  #then<Result>(
    kind: string,
    { name, keepsValue = false, ...options }: MapOptions & { readonly keepsValue?: boolean },
    make: (
      operators: Catalog,
      inputs: readonly Operator[],
      node: TopologyNode,
      context: OperatorContext,
    ) => Operator,
  ): Table<Result, Key> {
    const node = new TopologyNode({
      kind,
      name,
      inputs: [this.node],
      keepsValue,
      carried: carriedBy(options),
      make: (operators, context, before, own) => make(operators, before, own, context),
    })
    return new Table<Result, Key>(this.origin, node)
  }

  #join<Selected>(
    type: JoinType,
    other: Table<unknown, unknown>,
    { on, select = pair, name, ...options }: AnyTableJoinOptions,
  ): Table<Selected, Key> {
    const inputs = [this.node, other.node] as const
    const value = select === pair ? pairSerde(type, inputs) : undefined
    const carried = { value: carriedBy(options).value ?? value }
    const node = on
      ? foreignKeyPlan(type as 'inner' | 'left', inputs, {
          foreignKeyOf: on,
          select,
          name,
          carried,
        })
      : new TopologyNode({
          kind: `${type}Join`,
          name,
          inputs,
          facts: { strategy: 'key' },
          isByKey: true,
          tables: [0, 1],
          carried,
          make: ({ TableJoin }, _, before) =>
            new TableJoin({ type, select, left: viewOf(before, 0), right: viewOf(before, 1) }),
        })
    return new Table<Selected, Key>(this.origin, node)
  }
}

interface AnyTableJoinOptions extends MapOptions {
  readonly on?: RecordFunction
  readonly select?: (left: unknown, right: unknown, key: unknown) => unknown
}

/** Rows grouped by something other than their key, to be made into one row for each group. */
export class GroupedTable<Value, Key> extends Plan {
  /** The number of rows of each group; it goes down to 0, and is not deleted. */
  count(options: AggregateOptions<number> = {}): Table<number, Key> {
    return this.#aggregate('count', counting, options)
  }

  /**
   * Combines the rows of each group, of which the first is the beginning: `subtract` takes a row
   * out again.
   */
  reduce(
    add: (aggregate: Value, value: Value, key: Key) => Value,
    subtract: (aggregate: Value, value: Value, key: Key) => Value | undefined,
    options: AggregateOptions<Value> = {},
  ): Table<Value, Key> {
    const aggregation = { ...reducing(add), subtract } as Aggregation
    const { value = this.node.inputs[0]!.carried.value as Serde<Value> | undefined } = options
    return this.#aggregate('reduce', aggregation, value ? { ...options, value } : options)
  }

  /** An aggregate of the rows of each group: `subtract` takes a row out again. */
  aggregate<Result>(
    parts: {
      readonly initial: Result | (() => Result)
      readonly add: (aggregate: Result, value: Value, key: Key) => Result | undefined
      readonly subtract: (aggregate: Result, value: Value, key: Key) => Result | undefined
    } & AggregateOptions<Result>,
  ): Table<Result, Key> {
    return this.#aggregate('aggregate', folding(parts), parts)
  }

  #aggregate<Result>(
    kind: string,
    aggregation: Aggregation,
    { name, value }: AggregateOptions<Result>,
  ): Table<Result, Key> {
    const node = new TopologyNode({
      kind,
      name,
      inputs: [this.node],
      isByKey: true,
      carried: carriedBy({ value }),
      make: ({ TableGroup }, _, __, { codecs }) => new TableGroup(aggregation, codecs),
    })
    return new Table<Result, Key>(this.origin, node)
  }
}

function viewOf(inputs: readonly Operator[], index: number) {
  return inputs[index]!.view!
}
