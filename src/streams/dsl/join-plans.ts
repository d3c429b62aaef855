/** The plans of joins of a stream: with another one, and with a table. */

import { durationMs, type Duration } from '../../client/duration.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { JoinType } from '../operators/stream-join.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import { selectKeyNode } from './grouped-stream.ts'
import { joinKeys, type JoinOn } from './join-keys.ts'
import type { NamedOptions } from './origin.ts'
import { pair } from './table.ts'

/** How far apart the timestamps of two records may be that belong together. */
export type JoinWindow = Duration | { readonly before: Duration; readonly after: Duration }

export interface StreamJoinOptions<Left, Right> extends NamedOptions {
  /** Which records belong together. @default those with one key */
  readonly on?: JoinOn<Left, Right>
  readonly window: JoinWindow
  /** How late records may come. @default 0 */
  readonly grace?: Duration
}

export interface TableLookupOptions<Value, Key> extends NamedOptions {
  /** The key of the table that a record names. @default the record's own key */
  readonly on?: (value: Value, key: Key) => unknown
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
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs,
    isByKey: on === undefined,
    ...(on ? { onePartitionBecause: 'rows that records name may be in any of them' } : {}),
    facts: { strategy: 'table lookup' },
    make({ StreamTableJoin }, context, operators) {
      const table = operators[1]!.view!
      const parts = { type, table, keyOf: on, select: pair, isVersioned, graceMs, context }
      const lookup = new StreamTableJoin(parts)
      // What changes in the table alone makes no result.
      return Object.assign(lookup, { inputs: [lookup, { receive() {} }] })
    },
  })
}

/** Returns the plan that pairs records of both sides. */
export function pairPlan(
  type: JoinType,
  [left, right]: Inputs,
  { name, on, window, grace = 0 }: StreamJoinOptions<unknown, unknown>,
): TopologyNode {
  const { before, after } = typeof window === 'object' ? window : { before: window, after: window }
  const times = {
    beforeMs: durationMs('window', before),
    afterMs: durationMs('window', after),
    graceMs: durationMs('grace', grace),
  }
  const keys = on && joinKeys(on)
  const matches = keys?.matches
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs: [
      keys ? selectKeyNode(left, keys.left, {}, 'joinKey') : left,
      keys ? selectKeyNode(right, keys.right, {}, 'joinKey') : right,
    ],
    isByKey: true,
    facts: { strategy: keys?.strategy ?? 'record key', ...times },
    make: ({ StreamJoin }, context) =>
      new StreamJoin({ type, ...times, select: pair, ...(matches ? { matches } : {}), context }),
  })
}
