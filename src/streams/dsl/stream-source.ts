/** Where a program gets its streams and tables from. */

import { durationMs } from '../../client/failure/duration.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import type { EventTime } from '../topology/event-time.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import type { WindowedKey, WindowResult } from '../window.ts'
import { GlobalTable, globalTableNode } from './global-table.ts'
import { KafkaStream } from './kafka-stream.ts'
import { partOfRun, type Origin } from './origin.ts'
import { serdesOf } from './source-options.ts'
import type { SourceOptions, StreamOptions, TableOptions } from './source-options.ts'
import { Table } from './table.ts'
import { WindowedTable } from './windowed-table.ts'

/** The part of a Kafka that makes streams. */
export interface StreamSources {
  /** The records of a topic. */
  stream<Value, Key = string>(
    topic: string,
    options?: StreamOptions<Value, Key>,
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
  /** The results of windows as a stream; `null` where one is taken back, as no final one is. */
  results<Value, Key, Gone>(
    table: WindowedTable<Value, Key, Gone>,
  ): KafkaStream<WindowResult<Value | Gone>, Key>
}

/** Returns what makes streams and tables that `origin` runs. */
function sourcesOf(origin: Origin): StreamSources {
  const sources = new SourceNodes()
  return {
    stream: (topic, options) => new KafkaStream(origin, sources.find(streamNode, topic, options)),
    table: (topic, options) => new Table(origin, sources.find(tableNode, topic, options)),
    globalTable: (topic, options) => {
      return new GlobalTable(sources.find(globalTableNode, topic, options))
    },
    changes: (table) => changesOf(origin, table),
    results: (table) => resultsOf(origin, table),
  }
}

type MakeSource = (topic: string, options: TableOptions) => TopologyNode

/** The sources of one program: what is read twice in the same way is read once. */
class SourceNodes {
  readonly #known: {
    readonly make: MakeSource
    readonly topic: string
    readonly options: TableOptions
    readonly node: TopologyNode
  }[] = []

  find<Value, Key>(
    make: MakeSource,
    topic: string,
    given: TableOptions<Value, Key> = {},
  ): TopologyNode {
    // From here on nobody knows of what the topic is.
    const options = given as TableOptions
    const known = this.#known.find((one) => {
      return one.make === make && one.topic === topic && isSame(one.options, options)
    })
    if (known) return known.node
    const sameName = this.#known.filter(({ node }) => node.name.replace(/\/\d+$/, '') === topic)
    const name = sameName.length === 0 ? topic : `${topic}/${sameName.length + 1}`
    const node = make(topic, { name, ...options })
    this.#known.push({ make, topic, options, node })
    return node
  }
}

function isSame(one: TableOptions, other: TableOptions): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof TableOptions>
  return [...names].every((name) => one[name] === other[name])
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
export function streamNode<Value, Key>(
  topic: string,
  { name = topic, timestamp, ...options }: StreamOptions<Value, Key> = {},
): TopologyNode {
  return new TopologyNode({
    kind: 'stream',
    name,
    source: topic,
    timestamp: timestamp as EventTime | undefined,
    ...serdesOf(options),
    make: ({ StreamSource }, context) => new StreamSource(context),
  })
}

/** Returns the newest value of each key of `topic`. */
export function tableNode<Value, Key>(
  topic: string,
  { name = topic, history, timestamp, ...options }: TableOptions<Value, Key> = {},
): TopologyNode {
  const historyMs = history === undefined ? undefined : durationMs('history', history)
  return new TopologyNode({
    kind: 'table',
    name,
    source: topic,
    timestamp: timestamp as EventTime | undefined,
    ...serdesOf(options),
    facts: historyMs === undefined ? {} : { isVersioned: true, historyMs },
    make: ({ TableSource, VersionedTableSource }, context, _, { codecs }) =>
      historyMs === undefined
        ? new TableSource(context, codecs)
        : new VersionedTableSource(historyMs, context, codecs),
  })
}

/** Returns the changes of a table, one after the other; `null` where a row is deleted. */
export function changesOf<Value, Key>(
  origin: Origin,
  table: Table<Value, Key>,
): KafkaStream<Value | null, Key> {
  const map: RecordFunction = (value, key) => [key, value ?? null]
  return asStream<Value | null, Key>(origin, table.node, map, { keepsValue: true })
}

/** Returns the results of windows, one after the other; those taken back have no value. */
export function resultsOf<Value, Key, Gone>(
  origin: Origin,
  table: WindowedTable<Value, Key, Gone>,
): KafkaStream<WindowResult<Value | Gone>, Key> {
  return asStream<WindowResult<Value | Gone>, Key>(origin, table.node, (value, windowed) => {
    const { key, start, end } = windowed as WindowedKey
    return [key, { value: value ?? null, start, end }]
  })
}

function asStream<Value, Key>(
  origin: Origin,
  input: TopologyNode,
  map: RecordFunction,
  { keepsValue = false }: { readonly keepsValue?: boolean } = {},
): KafkaStream<Value, Key> {
  const node = new TopologyNode({
    kind: 'changes',
    inputs: [input],
    keepsValue,
    make: ({ MapRecord }) => new MapRecord(map),
  })
  return new KafkaStream<Value, Key>(origin, node)
}
