/** `Kafka` with streams: `stream` and `table`, and the running of what is made of them. */

import { durationMs } from '../client/duration.ts'
import { Kafka as BaseKafka } from '../client/kafka.ts'
import { globalTableOf, type GlobalTable } from './dsl/global-table.ts'
import type { KafkaStream } from './dsl/kafka-stream.ts'
import type { Origin, StreamRun } from './dsl/origin.ts'
import type { RunOptions } from './dsl/run-options.ts'
import { changesOf, resultsOf, sourcesOf, streamOf, tableOf } from './dsl/stream-source.ts'
import type { SourceOptions, TableOptions } from './dsl/source-options.ts'
import type { StreamSources } from './dsl/stream-source.ts'
import type { Table } from './dsl/table.ts'
import type { WindowedTable } from './dsl/windowed-table.ts'
import type { TopologyNode } from './topology/topology-node.ts'
import type { WindowResult } from './window.ts'

export class Kafka extends BaseKafka implements StreamSources {
  readonly #origin: Origin = {
    run: (end, options) => this.#run(end.name, [end], options),
  }

  /**
   * Returns the records of `topic`, to make something of. It begins to run with `to` or `forEach`
   * at its end, and goes on until that is closed, or the client.
   */
  stream<Value = unknown, Key = string>(
    topic: string,
    options?: SourceOptions<Value, Key>,
  ): KafkaStream<Value, Key> {
    return streamOf(this.#origin, topic, options)
  }

  /** Returns the newest value of each key of `topic`. */
  table<Value = unknown, Key = string>(
    topic: string,
    options?: TableOptions<Value, Key>,
  ): Table<Value, Key> {
    return tableOf(this.#origin, topic, options)
  }

  /**
   * Returns the newest value of each key of `topic`, all of it wherever the program runs: records
   * are joined with it by any key.
   */
  globalTable<Value = unknown, Key = string>(
    topic: string,
    options?: SourceOptions<Value, Key>,
  ): GlobalTable<Value, Key> {
    return globalTableOf(topic, options)
  }

  /** Returns the changes of a table as a stream; `null` where a row is deleted. */
  changes<Value, Key>(table: Table<Value, Key>): KafkaStream<Value | null, Key> {
    return changesOf(this.#origin, table)
  }

  /** Returns the results of windows as a stream. */
  results<Value, Key>(
    table: WindowedTable<Value, Key>,
  ): KafkaStream<WindowResult<Value | null>, Key> {
    return resultsOf(this.#origin, table)
  }

  /**
   * Runs several streams as one application: what they share is read once, and they are committed
   * together. `name` is that of its group, and begins the names of the topics of its own.
   */
  streams(
    name: string,
    build: (sources: StreamSources) => void,
    options: RunOptions = {},
  ): StreamRun {
    const ends: TopologyNode[] = []
    const never = Promise.resolve()
    const origin: Origin = {
      run: (end) => {
        ends.push(end)
        return { started: never, finished: never, close: () => never }
      },
    }
    build(sourcesOf(origin))
    return this.#run(name, ends, options)
  }

  #run(name: string, ends: readonly TopologyNode[], options: RunOptions): StreamRun {
    const isExactlyOnce = options.guarantee === 'exactlyOnce'
    const commitInterval = isExactlyOnce ? '100ms' : '1s'
    const settings = {
      name: name.replaceAll(/[^\w.-]+/g, '-'),
      isExactlyOnce,
      commitIntervalMs: durationMs('commitInterval', options.commitInterval ?? commitInterval),
      transactionTimeoutMs: durationMs('transactionTimeout', options.transactionTimeout ?? '10s'),
      idleMs: durationMs('idle', options.idle ?? '30s'),
      onDrop: options.onDrop,
      onError: options.onError,
      deadLetter: options.deadLetter,
    }
    return this.runUntilClosed(async (cluster) => {
      const { StreamApp } = await import('./runtime/stream-app.ts')
      const { SupervisedStream } = await import('./runtime/supervised-stream.ts')
      return new SupervisedStream({
        name: settings.name,
        clock: cluster.platform.clock,
        logger: cluster.logger,
        start: () => new StreamApp(cluster, ends, settings),
      })
    })
  }
}
