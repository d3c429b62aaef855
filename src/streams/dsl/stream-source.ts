/** Where a program gets its streams and tables from. */

import { durationMs } from '../../client/duration.ts'
import type { Catalog } from '../operators/catalog.ts'
import type { Operator } from '../operators/operator.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import type { TaskContext } from '../operators/task-context.ts'
import type { WindowedKey, WindowResult } from '../window.ts'
import { globalTableOf, type GlobalTable } from './global-table.ts'
import { KafkaStream } from './kafka-stream.ts'
import { partOfRun, type Origin } from './origin.ts'
import { serdesOf, type SourceOptions, type TableOptions } from './source-options.ts'
import { Table } from './table.ts'
import { WindowedTable } from './windowed-table.ts'

/** How the bytes of a topic are read. */
/** The part of a Kafka that makes streams. */
export interface StreamSources {
  /** The records of a topic. */
  stream<Value, Key = string>(
    topic: string,
    options?: SourceOptions<Value, Key>,
  ): KafkaStream<Value, Key>
  /** The newest value of each key of a topic. */
  table<Value, Key = string>(topic: string, options?: TableOptions<Value, Key>): Table<Value, Key>
  /** A table that is read as a whole wherever the program runs, for joins by any key. */
  globalTable<Value, Key = string>(
    topic: string,
    options?: SourceOptions<Value, Key>,
  ): GlobalTable<Value, Key>
  /** The changes of a table as a stream. */
  changes<Value, Key>(table: Table<Value, Key>): KafkaStream<Value | null, Key>
  /** The results of windows as a stream. */
  results<Value, Key>(
    table: WindowedTable<Value, Key>,
  ): KafkaStream<WindowResult<Value | null>, Key>
}

/** Returns what makes streams and tables that `origin` runs. */
export function sourcesOf(origin: Origin): StreamSources {
  return {
    stream: (topic, options) => streamOf(origin, topic, options),
    table: (topic, options) => tableOf(origin, topic, options),
    globalTable: (topic, options) => globalTableOf(topic, options),
    changes: (table) => changesOf(origin, table),
    results: (table) => resultsOf(origin, table),
  }
}

/** Returns the ends of what `build` makes, which is to be run as a whole. */
export function endsOf(build: (sources: StreamSources) => void): TopologyNode[] {
  const ends: TopologyNode[] = []
  build(
    sourcesOf({
      run: (end) => {
        ends.push(end)
        return partOfRun()
      },
    }),
  )
  return ends
}

/** Returns the records of `topic`. Those without a value are dropped, and counted. */
export function streamOf<Value, Key>(
  origin: Origin,
  topic: string,
  options: SourceOptions<Value, Key> = {},
): KafkaStream<Value, Key> {
  const { name = topic } = options
  const make = ({ StreamSource }: Catalog, context: TaskContext): Operator =>
    new StreamSource(context)
  const serdes = serdesOf(options)
  const node = new TopologyNode({ kind: 'stream', name, source: topic, serdes, make })
  return new KafkaStream<Value, Key>(origin, node)
}

/** Returns the newest value of each key of `topic`. */
export function tableOf<Value, Key>(
  origin: Origin,
  topic: string,
  options: TableOptions<Value, Key> = {},
): Table<Value, Key> {
  const { name = topic, history } = options
  const historyMs = history === undefined ? undefined : durationMs('history', history)
  const node = new TopologyNode({
    kind: 'table',
    name,
    source: topic,
    serdes: serdesOf(options),
    facts: historyMs === undefined ? {} : { isVersioned: true, historyMs },
    make: ({ TableSource, VersionedTableSource }, context) =>
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
  const make = ({ MapRecord }: Catalog): Operator => new MapRecord(map)
  const node = new TopologyNode({ kind: 'changes', inputs: [input], make })
  return new KafkaStream<Value, Key>(origin, node)
}
