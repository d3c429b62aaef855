/** `KafkaStream`: records one after the other, and what can be made of them. */

import type { Catalog } from '../operators/catalog.ts'
import type { Operator } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { JoinType } from '../operators/stream-join.ts'
import type { RunOptions } from './run-options.ts'
import type { TopologyDescription } from '../topology/describe.ts'
import { TopologyNode, type NodePlan } from '../topology/topology-node.ts'
import type { WindowDefinition } from '../window.ts'
import { asyncSettings } from './async-plan.ts'
import { armNodes, branchesNode } from './branch-plan.ts'
import { GroupedStream, WindowedStream, selectKeyNode } from './grouped-stream.ts'
import { iterate } from './iterate.ts'
import { GlobalTable } from './global-table.ts'
import { globalPlan, lookUpPlan, pairPlan } from './join-plans.ts'
import type { JoinOnOption, StreamJoinOptions, TableLookupOptions } from './join-plans.ts'
import type { JoinedKey, JoinOn, KeyLike, LookupOnOption, WithoutOn } from './join-keys.ts'
import { carriedBy, type CarriedKey, type CarriedOptions } from './carried-options.ts'
import type { KeyOptions, MapAsyncOptions, MapOptions } from './carried-options.ts'
import type { NamedOptions } from './origin.ts'
import { callWith, throughNode, writeTo } from './sink-plans.ts'
import type { ForEachOptions, SinkOptions } from './sink-plans.ts'
import { Plan } from './plan.ts'
import type { StreamRun } from './stream-queries.ts'
import { repartitionNode, type RepartitionOptions } from './repartition-plan.ts'
import { Table } from './table.ts'

type Test<Value, Key> = (value: Value, key: Key) => boolean
type Guard<Value, Key, Narrow extends Value> = (value: Value, key: Key) => value is Narrow

/**
 * Records one after the other, and what can be made of them. It is a plan: `to` and `forEach` run
 * it.
 */
export class KafkaStream<Value, Key = string> extends Plan {
  /** Keeps the records that pass `test`. */
  filter<Narrow extends Value>(
    test: Guard<Value, Key, Narrow>,
    options?: NamedOptions,
  ): KafkaStream<Narrow, Key>
  filter(test: Test<Value, Key>, options?: NamedOptions): KafkaStream<Value, Key>
  filter(test: Test<Value, Key>, options: NamedOptions = {}): KafkaStream<Value, Key> {
    const make = ({ Filter }: Catalog): Operator => new Filter(test as RecordFunction)
    return this.#then('filter', options, make, { keepsValue: true })
  }

  /** Makes another value of each; the key stays. */
  map<Mapped>(
    map: (value: Value, key: Key) => Mapped,
    options: MapOptions<Mapped> = {},
  ): KafkaStream<Mapped, Key> {
    return this.#then<Mapped>('map', options, ({ MapValue }) => new MapValue(map as RecordFunction))
  }

  /** `map` by the name that Kafka Streams has for it. */
  mapValues<Mapped>(
    map: (value: Value, key: Key) => Mapped,
    options: MapOptions<Mapped> = {},
  ): KafkaStream<Mapped, Key> {
    return this.map(map, options)
  }

  /** Makes another key and another value of each record. */
  mapRecord<MappedKey, Mapped>(
    map: (value: Value, key: Key) => readonly [MappedKey, Mapped],
    options: NamedOptions & CarriedOptions<Mapped, MappedKey> = {},
  ): KafkaStream<Mapped, MappedKey> {
    const make = ({ MapRecord }: Catalog): Operator => new MapRecord(map as RecordFunction)
    return this.#then<Mapped, MappedKey>('mapRecord', options, make, { changesKey: true })
  }

  /** Makes any number of values of each; the key stays. */
  flatMap<Mapped>(
    map: (value: Value, key: Key) => Iterable<Mapped>,
    options: MapOptions<Mapped> = {},
  ): KafkaStream<Mapped, Key> {
    return this.#then<Mapped>(
      'flatMap',
      options,
      ({ FlatMapValue }) => new FlatMapValue(map as RecordFunction),
    )
  }

  /**
   * Makes another value of each record by a function that takes its time, for several at once.
   * Nothing is committed before its results have gone on.
   */
  mapAsync<Mapped>(
    map: (value: Value, key: Key) => Promise<Mapped>,
    options: MapAsyncOptions<Mapped> = {},
  ): KafkaStream<Mapped, Key> {
    const settings = asyncSettings(map as RecordFunction, options)
    return this.#then<Mapped>('mapAsync', options, ({ MapAsync }, context) => {
      return new MapAsync({ ...settings, context })
    })
  }

  /** Looks at each record on its way. */
  peek(
    look: (value: Value, key: Key) => void,
    options: NamedOptions = {},
  ): KafkaStream<Value, Key> {
    const make = ({ Peek }: Catalog): Operator => new Peek(look as RecordFunction)
    return this.#then('peek', options, make, { keepsValue: true })
  }

  /** The records of this stream and the others, as they come. */
  merge<Other>(...others: readonly KafkaStream<Other, Key>[]): KafkaStream<Value | Other, Key> {
    const inputs = [this.node, ...others.map(({ node }) => node)]
    const make = ({ Merge }: Catalog): Operator => new Merge(inputs.length)
    return this.#then<Value | Other>('merge', {}, make, { inputs, keepsValue: true })
  }

  /** Gives each record another key. */
  selectKey<Selected>(
    select: (value: Value, key: Key) => Selected,
    options: KeyOptions<Selected> = {},
  ): KafkaStream<Value, Selected> {
    const node = selectKeyNode(this.node, select as RecordFunction, options, 'selectKey')
    return new KafkaStream<Value, Selected>(this.origin, node)
  }

  /**
   * Lets records go through a topic of the application, to where those of one key are in one place:
   * what follows has as many tasks as that has partitions. Where it is needed, it is done anyway.
   */
  repartition(options: RepartitionOptions<Value, Key> = {}): KafkaStream<Value, Key> {
    return new KafkaStream<Value, Key>(this.origin, repartitionNode(this.node, options))
  }

  /**
   * Writes each record to a topic, and goes on with what is there: also with what others write to
   * it. What follows has as many tasks as that has partitions.
   */
  through(topic: string, ...[options = {}]: ThroughArguments<Value, Key>): KafkaStream<Value, Key> {
    return new KafkaStream<Value, Key>(this.origin, throughNode(this.node, topic, options))
  }

  /**
   * Writes each record to the topic of the first test that it passes. What passes none is dropped,
   * and counted.
   */
  branch(
    branches: readonly (readonly [Test<Value, Key>, string])[],
    options: NamedOptions & RunOptions = {},
  ): StreamRun {
    const end = branchesNode(this.node, branches as [RecordFunction, string][], options)
    return this.origin.run(end, options)
  }

  /** Returns a stream for each test: of the records that pass it, and none before it. */
  split<Tests extends Readonly<Record<string, Test<Value, Key>>>>(
    tests: Tests,
    options: NamedOptions = {},
  ): { readonly [Name in keyof Tests]: KafkaStream<Narrowed<Value, Tests[Name]>, Key> } {
    const names = Object.keys(tests)
    const functions = names.map((name) => tests[name] as RecordFunction)
    const arms = armNodes(this.node, functions, options)
    const streams = arms.map((arm, number) => [names[number]!, new KafkaStream(this.origin, arm)])
    return Object.fromEntries(streams)
  }

  /** Groups records by something other than their key. */
  groupBy<Group>(
    groupOf: (value: Value, key: Key) => Group,
    options: KeyOptions<Group> = {},
  ): GroupedStream<NonNullable<Value>, NonNullable<Group>> {
    const node = selectKeyNode(this.node, groupOf as RecordFunction, options)
    return new GroupedStream(this.origin, node)
  }

  /** Groups records by the key that they have. */
  groupByKey(): GroupedStream<NonNullable<Value>, NonNullable<Key>> {
    return new GroupedStream(this.origin, this.node)
  }

  /** Puts records into windows by their timestamps, to be grouped then. */
  window(window: WindowDefinition): WindowedStream<NonNullable<Value>, Key> {
    return new WindowedStream(this.origin, this.node, window)
  }

  /** Lets the newest value of each key be a table. */
  toTable(options: NamedOptions & CarriedOptions<Value, Key> = {}): Table<Value, Key> {
    const node = new TopologyNode({
      kind: 'toTable',
      name: options.name,
      inputs: [this.node],
      isByKey: true,
      keepsValue: true,
      carried: carriedBy(options),
      make: ({ TableSource }, context, _, { codecs }) => new TableSource(context, codecs),
    })
    return new Table<Value, Key>(this.origin, node)
  }

  /**
   * Pairs of records that belong together; or each record with the row of a table that has its key,
   * or that it names.
   */
  join<Right>(
    other: GlobalTable<Right, KeyLike<Key>>,
    options?: NamedOptions & WithoutOn,
  ): JoinedStream<Value, Right, Key>
  join<Right, RowKey>(
    other: GlobalTable<Right, RowKey>,
    options: NamedOptions & LookupOnOption<Value, Key, RowKey>,
  ): JoinedStream<Value, Right, Key>
  join<Right>(
    other: Table<Right, KeyLike<Key>>,
    options?: TableLookupOptions & WithoutOn,
  ): JoinedStream<Value, Right, Key>
  join<Right, RowKey>(
    other: Table<Right, RowKey>,
    options: TableLookupOptions & LookupOnOption<Value, Key, RowKey>,
  ): JoinedStream<Value, Right, Key>
  join<Right>(
    other: KafkaStream<Right, KeyLike<Key>>,
    options: StreamJoinOptions & WithoutOn,
  ): JoinedStream<Value, Right, Key>
  join<Right, const On extends JoinOn<Value, Right>>(
    other: KafkaStream<Right, unknown>,
    options: StreamJoinOptions & JoinOnOption<On>,
  ): JoinedStream<Value, Right, JoinedKey<Value, On>>
  join(other: AnyOther, options: object = {}): JoinedStream<never, never, never> {
    return this.#join('inner', other, options)
  }

  /** As `join`, and each record of this stream that finds no partner in time, alone. */
  leftJoin<Right>(
    other: GlobalTable<Right, KeyLike<Key>>,
    options?: NamedOptions & WithoutOn,
  ): JoinedStream<Value, Right | undefined, Key>
  leftJoin<Right, RowKey>(
    other: GlobalTable<Right, RowKey>,
    options: NamedOptions & LookupOnOption<Value, Key, RowKey>,
  ): JoinedStream<Value, Right | undefined, Key>
  leftJoin<Right>(
    other: Table<Right, KeyLike<Key>>,
    options?: TableLookupOptions & WithoutOn,
  ): JoinedStream<Value, Right | undefined, Key>
  leftJoin<Right, RowKey>(
    other: Table<Right, RowKey>,
    options: TableLookupOptions & LookupOnOption<Value, Key, RowKey>,
  ): JoinedStream<Value, Right | undefined, Key>
  leftJoin<Right>(
    other: KafkaStream<Right, KeyLike<Key>>,
    options: StreamJoinOptions & WithoutOn,
  ): JoinedStream<Value, Right | undefined, Key>
  leftJoin<Right, const On extends JoinOn<Value, Right>>(
    other: KafkaStream<Right, unknown>,
    options: StreamJoinOptions & JoinOnOption<On>,
  ): JoinedStream<Value, Right | undefined, JoinedKey<Value, On>>
  leftJoin(other: AnyOther, options: object = {}): JoinedStream<never, never, never> {
    return this.#join('left', other, options)
  }

  /** As `join`, and each record of either stream that finds no partner in time, alone. */
  outerJoin<Right>(
    other: KafkaStream<Right, KeyLike<Key>>,
    options: StreamJoinOptions & WithoutOn,
  ): JoinedStream<Value | undefined, Right | undefined, Key>
  outerJoin<Right, const On extends JoinOn<Value, Right>>(
    other: KafkaStream<Right, unknown>,
    options: StreamJoinOptions & JoinOnOption<On>,
  ): JoinedStream<Value | undefined, Right | undefined, JoinedKey<Value, On>>
  outerJoin(other: AnyOther, options: object): JoinedStream<never, never, never> {
    return this.#join('outer', other, options)
  }

  /** Writes each record to a topic. */
  to(topic: string, options: SinkOptions<Value, Key> & RunOptions = {}): StreamRun {
    return writeTo(this.origin, this.node, topic, options)
  }

  /** Calls `handle` with each value. */
  forEach(
    handle: (value: Value, key: Key) => unknown,
    options: ForEachOptions & RunOptions = {},
  ): StreamRun {
    return callWith(this.origin, this.node, handle as RecordFunction, options)
  }

  /** The values, one after the other, for as long as somebody iterates. */
  [Symbol.asyncIterator](): AsyncGenerator<Value, void, undefined> {
    return iterate<Value>((handle, options) => this.forEach(handle, options))
  }

  #then<Result, ResultKey = Key>(
    kind: string,
    { name, ...options }: NamedOptions & Partial<CarriedOptions>,
    make: NodePlan['make'],
    plan: Partial<NodePlan> = {},
  ): KafkaStream<Result, ResultKey> {
    const carried = carriedBy(options)
    const node = new TopologyNode({ kind, name, inputs: [this.node], carried, make, ...plan })
    return new KafkaStream<Result, ResultKey>(this.origin, node)
  }

  #join<Left, Right, JoinKey>(
    type: JoinType,
    other: AnyOther,
    options: object,
  ): JoinedStream<Left, Right, JoinKey> {
    const inputs = [this.node, other.node] as const
    const joined =
      other instanceof Table
        ? lookUpPlan(type as 'inner' | 'left', inputs, options)
        : other instanceof GlobalTable
          ? globalPlan(type as 'inner' | 'left', inputs, options)
          : pairPlan(type, inputs, options as StreamJoinOptions)
    return new JoinedStream<Left, Right, JoinKey>(new KafkaStream(this.origin, joined))
  }
}

type AnyOther =
  | KafkaStream<unknown, unknown>
  | Table<unknown, unknown>
  | GlobalTable<unknown, unknown>

/** Keys that are not text need a serde, to come back as they were. */
type ThroughArguments<Value, Key> = [Key] extends [string]
  ? [options?: SinkOptions<Value, Key>]
  : [options: SinkOptions<Value, Key> & Required<CarriedKey<Key>>]

/** What a test lets through. */
type Narrowed<Value, AnyTest> = AnyTest extends Guard<Value, never, infer Narrow> ? Narrow : Value

/** Pairs of records. */
export class JoinedStream<Left, Right, Key = string> {
  readonly #pairs: KafkaStream<[Left, Right], Key>

  constructor(pairs: KafkaStream<[Left, Right], Key>) {
    this.#pairs = pairs
  }

  /** The pairs as values of a stream. */
  pairs(): KafkaStream<[Left, Right], Key> {
    return this.#pairs
  }

  /** Returns what is done up to here, as text, JSON or a chart. */
  describe(): TopologyDescription {
    return this.#pairs.describe()
  }

  /** Makes one value of each pair. */
  map<Mapped>(
    map: (left: Left, right: Right, key: Key) => Mapped,
    options?: MapOptions<Mapped>,
  ): KafkaStream<Mapped, Key> {
    return this.#pairs.map(([left, right], key) => map(left, right, key), options)
  }

  /** Keeps the pairs that pass `test`. */
  filter(test: (left: Left, right: Right, key: Key) => boolean): JoinedStream<Left, Right, Key> {
    return new JoinedStream(this.#pairs.filter(([left, right], key) => test(left, right, key)))
  }

  /** Calls `handle` with each pair. */
  forEach(
    handle: (left: Left, right: Right, key: Key) => unknown,
    options?: ForEachOptions & RunOptions,
  ): StreamRun {
    return this.#pairs.forEach(([left, right], key) => handle(left, right, key), options)
  }

  /** The pairs, one after the other, for as long as somebody iterates. */
  [Symbol.asyncIterator](): AsyncGenerator<[Left, Right], void, undefined> {
    return this.#pairs[Symbol.asyncIterator]()
  }

  /** Writes each pair to a topic, as an array of two. */
  to(topic: string, options?: SinkOptions<[Left, Right], Key> & RunOptions): StreamRun {
    return this.#pairs.to(topic, options)
  }
}
