/** `WindowedTable`: a result for each key and window. */

import type { Catalog } from '../operators/catalog.ts'
import type { Operator, OperatorContext, TableView } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { Emission } from '../operators/windowed-aggregate.ts'
import { durationMs, type Duration } from '../../client/failure/duration.ts'
import type { RunOptions } from './run-options.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import type { WindowedKey, WindowResult } from '../window.ts'
import { carriedBy, type MapOptions } from './carried-options.ts'
import { iterate } from './iterate.ts'
import type { NamedOptions, Origin } from './origin.ts'
import { Plan } from './plan.ts'
import { callWith, writeTo, type ForEachOptions, type SinkOptions } from './sink-plans.ts'
import type { StreamRun } from './stream-queries.ts'

/** Makes the plan of the aggregate that gives its results in one way or the other. */
export type WindowedPlan = (emission: Emission) => TopologyNode

/**
 * A result of each key and window. It is a plan, as a stream is: `to` and `forEach` run it. `Gone`
 * is what stands for a result that is taken back, which final ones are not.
 */
export class WindowedTable<Value, Key = string, Gone = null> extends Plan {
  /** For the compiler alone: of what it is. */
  declare protected readonly gone?: Gone
  readonly #plan: WindowedPlan | undefined

  constructor(origin: Origin, node: TopologyNode, plan?: WindowedPlan) {
    super(origin, node)
    this.#plan = plan
  }

  /**
   * Gives one result for each window, once it is closed: at its end and the grace after it, by the
   * time of the records. Without it there is a result with every record.
   */
  final(): WindowedTable<Value, Key, never> {
    if (!this.#plan) throw new TypeError('final() comes right after the aggregate')
    return new WindowedTable(this.origin, this.#plan('close'))
  }

  /** Keeps the results that pass `test`. */
  filter(
    test: (value: Value, key: Key) => boolean,
    options: NamedOptions = {},
  ): WindowedTable<Value, Key, Gone> {
    const plain: RecordFunction = (value, key) =>
      test(value as Value, (key as WindowedKey<Key>).key)
    const plan = { ...options, keepsValue: true }
    return this.#then<Value>('filter', plan, ({ TableFilter }) => new TableFilter(plain, noView))
  }

  /** Computes another result for each. */
  map<Mapped>(
    map: (value: Value, key: Key) => Mapped,
    options: MapOptions<Mapped> = {},
  ): WindowedTable<Mapped, Key, Gone> {
    const plain: RecordFunction = (value, key) => map(value as Value, (key as WindowedKey<Key>).key)
    return this.#then<Mapped>('map', options, ({ TableMap }) => new TableMap(plain, noView))
  }

  /** Lets of each key and window only the newest result go on, so long after the first. */
  suppress(hold: Duration, options: NamedOptions = {}): WindowedTable<Value, Key, Gone> {
    const holdMs = durationMs('hold', hold)
    const plan = { ...options, keepsValue: true }
    return this.#then<Value>('suppress', plan, ({ Suppress }, { codecs }, context) => {
      return new Suppress(holdMs, noView, codecs, context)
    })
  }

  /** Writes each result to a topic; its key there has the key, and the window's start and end. */
  to(topic: string, options: SinkOptions<Value, WindowedKey<Key>> & RunOptions = {}): StreamRun {
    return writeTo(this.origin, this.node, topic, options)
  }

  /** Calls `handle` with each result. A result that is taken back is left out. */
  forEach(
    handle: (key: Key, result: WindowResult<Value>) => unknown,
    options: ForEachOptions & RunOptions = {},
  ): StreamRun {
    const call: RecordFunction = (value, key) => {
      if (value === undefined) return undefined
      const { key: plain, start, end } = key as WindowedKey<Key>
      return handle(plain, { value: value as Value, start, end })
    }
    return callWith(this.origin, this.node, call, options)
  }

  /** The results, each with its key, for as long as somebody iterates. */
  [Symbol.asyncIterator](): AsyncGenerator<[Key, WindowResult<Value>], void, undefined> {
    return iterate<[Key, WindowResult<Value>]>((handle, options) => {
      return this.forEach((key, result) => handle([key, result]), options)
    })
  }

  #then<Result>(
    kind: string,
    { name, keepsValue = false, ...options }: MapOptions & { readonly keepsValue?: boolean },
    make: (operators: Catalog, node: TopologyNode, context: OperatorContext) => Operator,
  ): WindowedTable<Result, Key, Gone> {
    const node = new TopologyNode({
      kind,
      name,
      inputs: [this.node],
      keepsValue,
      carried: carriedBy(options),
      make: (operators, context, _, own) => make(operators, own, context),
    })
    return new WindowedTable<Result, Key, Gone>(this.origin, node)
  }
}

/** Windowed results are not looked up by other operators. */
const noView: TableView = Object.freeze({ get: () => undefined })
