/** The plans of joins of a stream: with another one, and with a table. */

import { durationMs, type Duration } from '../../client/failure/duration.ts'
import { wholeNumber } from '../../client/settings/kafka-options.ts'
import type { Catalog } from '../operators/catalog.ts'
import type { Operator } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { JoinType } from '../operators/stream-join.ts'
import type { StreamTableJoinOptions } from '../operators/stream-table-join.ts'
import { codecOfParts, serdeOfCodec } from '../stores/codec.ts'
import { TopologyNode, type Site } from '../topology/topology-node.ts'
import { selectKeyNode } from './grouped-stream.ts'
import { joinKeys, type Agreeing, type JoinOn } from './join-keys.ts'
import type { NamedOptions } from './origin.ts'
import { pair, pairSerde } from './pair.ts'

/** How far apart the timestamps of two records may be that belong together. */
export type JoinWindow = Duration | { readonly before: Duration; readonly after: Duration }

/** Which records of two streams make a pair: those with one key, unless `on` says otherwise. */
export interface StreamJoinOptions extends NamedOptions {
  /** How far apart in time they may be. */
  readonly window: JoinWindow
  /** How late records may come. @default 0 */
  readonly grace?: Duration
}

/** Which records of two streams belong together, where it is not those with one key. */
export interface JoinOnOption<On> {
  /** A test, functions for the keys of both sides, or two properties. */
  readonly on: On & Agreeing<On>
  /**
   * How many records of the other side one may be compared with, where `on` is a test that has no
   * equality: all are in one task then, and the run ends where there are more.
   *
   * @default none: such a test is refused
   */
  readonly maxScan?: number
}

/** How a record is looked up in a table. */
export interface TableLookupOptions extends NamedOptions {
  /** How long records wait for the table to be as far as they are, where it keeps its history. */
  readonly grace?: Duration
}

type Inputs = readonly [left: TopologyNode, right: TopologyNode]

/** Returns the plan that looks each record of the left side up in the table on the right. */
export function lookUpPlan(
  type: 'inner' | 'left',
  inputs: Inputs,
  { name, on, grace }: { name?: string; on?: RecordFunction; grace?: Duration },
): TopologyNode {
  const graceMs = grace === undefined ? undefined : durationMs('grace', grace)
  const isVersioned = inputs[1].facts['isVersioned'] === true
  const lookup = { type, isVersioned, graceMs }
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs,
    isByKey: on === undefined,
    tables: [1],
    facts: { strategy: 'table lookup' },
    carried: { key: inputs[0].carried.key, value: pairSerde(type, inputs) },
    make: (operators, context, before, node) =>
      lookUp(operators, {
        ...lookup,
        keyOf: on,
        select: pair,
        table: before[1]!.view!,
        context,
        codecs: node.inputs[0]!.codecs,
      }),
    across: (site) => (on && site.partitionCount > 1 ? lookUpAcross(lookup, on, site) : undefined),
  })
}

/** Returns the plan that looks each record up in a table that is everywhere. */
export function globalPlan(
  type: 'inner' | 'left',
  inputs: Inputs,
  { name, on }: { name?: string; on?: RecordFunction },
): TopologyNode {
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs,
    carried: { key: inputs[0].carried.key, value: pairSerde(type, inputs) },
    facts: { strategy: 'global table lookup' },
    make: (operators, context, before, node) =>
      lookUp(operators, {
        type,
        table: before[1]!.view!,
        keyOf: on,
        select: pair,
        isVersioned: false,
        context,
        codecs: node.inputs[0]!.codecs,
      }),
  })
}

function lookUp({ StreamTableJoin }: Catalog, options: StreamTableJoinOptions): Operator {
  const join = new StreamTableJoin(options)
  // What changes in the table alone makes no result.
  return Object.assign(join, { inputs: [join, { receive() {} }] })
}

/** A record on its way to the row that it names, with its own key. */
type Travelling = readonly [key: unknown, value: unknown]

/** Records go to where the rows are that they name, and have their own keys again behind. */
function lookUpAcross(
  lookup: Pick<StreamTableJoinOptions, 'type' | 'isVersioned' | 'graceMs'>,
  on: RecordFunction,
  { name, inputs, countOf, placingOf, move }: Site,
): TopologyNode {
  const [stream, table] = inputs as Inputs
  const travelling = codecOfParts({ 0: stream.codecs.key, 1: stream.codecs.value })
  // What has no value names no row: it is not asked.
  const valued = new TopologyNode({
    kind: 'withValue',
    name: `${name}/withValue`,
    inputs: [stream],
    keepsValue: true,
    make: ({ StreamSource }, context) => new StreamSource(context),
  })
  const leave = new TopologyNode({
    kind: 'joinKey',
    name: `${name}/joinKey`,
    inputs: [valued],
    carried: { key: table.carried.key, value: serdeOfCodec(travelling) },
    keepsKey: false,
    make: ({ MapRecord }) => new MapRecord((value, key) => [on(value, key), [key, value]]),
  })
  const arrived = move(leave, {
    name: leave.name,
    partitions: countOf(table),
    placing: placingOf(table),
  })
  const looked = new TopologyNode({
    kind: `${lookup.type}Join`,
    name,
    inputs: [arrived, table],
    facts: { strategy: 'table lookup, across partitions' },
    make: (operators, context, before) =>
      lookUp(operators, {
        ...lookup,
        keyOf: undefined,
        select: (travelling, row) => {
          const [key, value] = travelling as Travelling
          return [key, pair(value, row)]
        },
        table: before[1]!.view!,
        context: {
          drop: (reason, _, travelling, timestamp) => {
            context.drop(reason, ...(travelling as Travelling), timestamp)
          },
          late: (record) => context.late(record),
          isSkipped: context.isSkipped,
        },
        codecs: { key: table.codecs.key, value: travelling },
      }),
  })
  return new TopologyNode({
    kind: 'recordKey',
    name: `${name}/recordKey`,
    inputs: [looked],
    changesKey: true,
    carried: { key: stream.carried.key, value: pairSerde(lookup.type, [stream, table]) },
    make: ({ MapRecord }) => new MapRecord((value) => value),
  })
}

interface AnyJoinOptions extends StreamJoinOptions {
  readonly maxScan?: number
  readonly on?: JoinOn<unknown, unknown>
}

/** Returns the plan that pairs records of both sides. */
export function pairPlan(
  type: JoinType,
  [left, right]: Inputs,
  { name, on, window, grace = 0, maxScan }: AnyJoinOptions,
): TopologyNode {
  const { before, after } = typeof window === 'object' ? window : { before: window, after: window }
  const times = {
    beforeMs: durationMs('window', before),
    afterMs: durationMs('window', after),
    graceMs: durationMs('grace', grace),
  }
  const scanMax = maxScan === undefined ? undefined : wholeNumber('maxScan', maxScan, 1)
  const keys = on && joinKeys(on, scanMax)
  const { matches, strategy = 'record key' } = keys ?? {}
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs: [
      keys ? selectKeyNode(left, keys.left, {}, 'joinKey') : left,
      keys ? selectKeyNode(right, keys.right, {}, 'joinKey') : right,
    ],
    isByKey: true,
    carried: { value: pairSerde(type, [left, right]) },
    facts: { strategy, ...times, ...(strategy === 'scan' ? { maxScan: scanMax! } : {}) },
    make: ({ StreamJoin }, context, _, { inputs: [one, other] }) =>
      new StreamJoin({
        type,
        ...times,
        select: pair,
        ...(matches ? { matches } : {}),
        scanMax,
        context,
        codecs: { key: one!.codecs.key, left: one!.codecs.value, right: other!.codecs.value },
      }),
  })
}
