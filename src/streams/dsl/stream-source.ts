/** Where a program gets its streams and tables from. */

import { durationMs, type Duration } from '../../client/duration.ts'
import { StreamSource } from '../operators/ends.ts'
import type { Operator } from '../operators/operator.ts'
import { MapRecord, type RecordFunction } from '../operators/stateless.ts'
import { TableSource, VersionedTableSource } from '../operators/table.ts'
import { TopologyNode, type TaskContext } from '../topology/topology-node.ts'
import type { WindowedKey, WindowResult } from '../window.ts'
import { KafkaStream } from './kafka-stream.ts'
import type { NamedOptions, Origin } from './origin.ts'
import { Table } from './table.ts'
import { WindowedTable } from './windowed-table.ts'

export interface TableOptions extends NamedOptions {
  /**
   * How far back the table knows what it was. With it, records are looked up as of their time, and
   * rows that come late change nothing downstream.
   *
   * @default not at all
   */
  readonly history?: Duration
}

/** Returns the records of `topic`. Those without a value are dropped, and counted. */
export function streamOf<Value, Key>(
  origin: Origin,
  topic: string,
  { name = topic }: NamedOptions = {},
): KafkaStream<Value, Key> {
  const make = (context: TaskContext): Operator => new StreamSource(context)
  const node = new TopologyNode({ kind: 'stream', name, source: topic, make })
  return new KafkaStream<Value, Key>(origin, node)
}

/** Returns the newest value of each key of `topic`. */
export function tableOf<Value, Key>(
  origin: Origin,
  topic: string,
  { name = topic, history }: TableOptions = {},
): Table<Value, Key> {
  const historyMs = history === undefined ? undefined : durationMs('history', history)
  const node = new TopologyNode({
    kind: 'table',
    name,
    source: topic,
    facts: historyMs === undefined ? {} : { isVersioned: true, historyMs },
    make: (context) =>
      historyMs === undefined
        ? new TableSource(context)
        : new VersionedTableSource(historyMs, context),
  })
  return new Table<Value, Key>(origin, node)
}

/** Returns the changes of a table, one after the other; `null` where a row is deleted. */
export function changesOf<Value, Key>(
  origin: Origin,
  table: Table<Value, Key>,
): KafkaStream<Value | null, Key> {
  return asStream<Value | null, Key>(origin, table.node, (value, key) => [key, value ?? null])
}

/** Returns the results of windows, one after the other; those taken back have no value. */
export function resultsOf<Value, Key>(
  origin: Origin,
  table: WindowedTable<Value, Key>,
): KafkaStream<WindowResult<Value | null>, Key> {
  return asStream<WindowResult<Value | null>, Key>(origin, table.node, (value, windowed) => {
    const { key, start, end } = windowed as WindowedKey
    return [key, { value: value ?? null, start, end }]
  })
}

function asStream<Value, Key>(
  origin: Origin,
  input: TopologyNode,
  map: RecordFunction,
): KafkaStream<Value, Key> {
  const make = (): Operator => new MapRecord(map)
  const node = new TopologyNode({ kind: 'changes', inputs: [input], make })
  return new KafkaStream<Value, Key>(origin, node)
}
