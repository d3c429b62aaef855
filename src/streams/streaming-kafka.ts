/** `Kafka` with streams: `stream` and `table`, and the running of what is made of them. */

import type { Cluster } from '../client/cluster/cluster.ts'
import { InvalidOptionError } from '../client/failure/errors.ts'
import { Kafka as BaseKafka } from '../client/kafka.ts'
import type { ClientRun } from '../client/running.ts'
import type { KafkaOptions } from '../client/settings/kafka-options.ts'
import type { Platform } from '../client/settings/platform.ts'
import { GlobalTable, globalTableNode } from './dsl/global-table.ts'
import { isIterated } from './dsl/iterate.ts'
import { KafkaStream } from './dsl/kafka-stream.ts'
import { loadedRun } from './dsl/loaded-run.ts'
import type { NamedOptions, Origin } from './dsl/origin.ts'
import type { StreamRun } from './dsl/stream-queries.ts'
import type { RunOptions } from './dsl/run-options.ts'
import { resolveRun } from './dsl/run-settings.ts'
import { RunStatus } from './dsl/run-status.ts'
import { changesOf, endsOf, resultsOf, streamNode, tableNode } from './dsl/stream-source.ts'
import type { SourceOptions, StreamOptions, TableOptions } from './dsl/source-options.ts'
import type { StreamSources } from './dsl/stream-source.ts'
import { Table } from './dsl/table.ts'
import { whenLoaded } from './dsl/when-loaded.ts'
import type { WindowedTable } from './dsl/windowed-table.ts'
import type { OpenStateFolder, StateFolder } from './stores/local-store.ts'
import { InvalidTopologyError } from './topology/invalid-topology-error.ts'
import type { TopologyNode } from './topology/topology-node.ts'
import type { WindowResult } from './window.ts'

/** What streams take from the platform, besides what clients do. */
export interface StreamPlatform extends Platform {
  /** Loads what keeps the state of applications on this machine, where there are files. */
  readonly loadStateFolders?: () => Promise<OpenStateFolder>
}

export class Kafka extends BaseKafka implements StreamSources {
  readonly #platform: StreamPlatform
  readonly #origin: Origin = {
    run: (end, options) => this.#runEnd(end, options),
  }
  /** Names that runs have of their steps, by the run that goes on. */
  readonly #taken = new Map<string, TopologyNode>()

  /** @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}, platform: StreamPlatform) {
    super(options, platform)
    this.#platform = platform
  }

  /**
   * Returns the records of `topic`, to make something of. It begins to run with `to` or `forEach`
   * at its end, and goes on until that is closed, or the client.
   */
  stream<Value = unknown, Key = string>(
    topic: string,
    options?: StreamOptions<Value, Key>,
  ): KafkaStream<Value, Key> {
    return new KafkaStream(this.#origin, streamNode(topic, options))
  }

  /** Returns the newest value of each key of `topic`. */
  table<Value = unknown, Key = string>(
    topic: string,
    options?: TableOptions<Value, Key>,
  ): Table<Value, Key> {
    return new Table(this.#origin, tableNode(topic, options))
  }

  /**
   * Returns the newest value of each key of `topic`, all of it wherever the program runs: records
   * are joined with it by any key.
   */
  globalTable<Value = unknown, Key = string>(
    topic: string,
    options?: SourceOptions<Value, Key>,
  ): GlobalTable<Value, Key> {
    return new GlobalTable(globalTableNode(topic, options ?? {}))
  }

  /** Returns the changes of a table as a stream; `null` where a row is deleted. */
  changes<Value, Key>(table: Table<Value, Key>): KafkaStream<Value | null, Key> {
    return changesOf(this.#origin, table)
  }

  /** Returns the results of windows as a stream; one that is taken back is `null`. */
  results<Value, Key, Gone>(
    table: WindowedTable<Value, Key, Gone>,
  ): KafkaStream<WindowResult<Value | Gone>, Key> {
    return resultsOf(this.#origin, table)
  }

  /**
   * Runs several streams as one application: what they share is read once, and they are committed
   * together. `name` is that of its group, and begins the names of the topics of its own.
   *
   * @throws InvalidTopologyError where `build` runs nothing
   */
  streams(
    name: string,
    build: (sources: StreamSources) => void,
    options: RunOptions = {},
  ): StreamRun {
    const ends = endsOf(build)
    if (ends.length === 0) {
      const reason = 'no stream ends in `to`, `forEach` or `branch`: there is nothing to run'
      throw new InvalidTopologyError(reason)
    }
    return this.#run(name, ends, options)
  }

  /** Returns what loads what opens the state of an application, if it is to be kept. */
  #stateFolderOf(
    application: string,
    { stateFolder: folder }: RunOptions,
  ): ((cluster: Cluster) => Promise<() => StateFolder>) | undefined {
    if (folder === undefined) return undefined
    const { loadStateFolders } = this.#platform
    if (!loadStateFolders) {
      const expected = 'left out where there are no files, as in a browser'
      throw new InvalidOptionError({ option: 'stateFolder', expected, actual: folder })
    }
    return async ({ logger, platform: { random } }) => {
      const open = await loadStateFolders()
      return () => open({ folder, application, logger, random })
    }
  }

  /** @throws InvalidTopologyError where another run would take its records from it */
  #runEnd(end: TopologyNode, options: RunOptions & NamedOptions): StreamRun {
    const { name } = end
    if (options.name !== undefined) return this.#run(name, [end], options)
    if (this.#taken.has(name)) {
      throw new InvalidTopologyError(
        `'${name}' runs already, and two runs of one name share the records: give one a \`name\``,
      )
    }
    const release = (): void => {
      if (this.#taken.get(name) !== end) return
      this.#taken.delete(name)
      end.first.inputs[0]!.forget(end.first)
    }
    const run = this.#run(name, [end], options, release)
    this.#taken.set(name, end)
    run.finished.then(release, release)
    return run
  }

  #run(
    name: string,
    ends: readonly TopologyNode[],
    options: RunOptions,
    onClosing?: () => void,
  ): StreamRun {
    const settings = resolveRun(name, options)
    const loadFolder = this.#stateFolderOf(settings.name, options)
    const status = new RunStatus()
    let loaded: StreamRun | undefined
    const load = async (cluster: Cluster): Promise<ClientRun> => {
      const openStateFolder = await loadFolder?.(cluster)
      const { startTopology } = await import('./runtime/start-topology.ts')
      const run = startTopology(cluster, { ends, settings, status, openStateFolder })
      loaded = run
      return run
    }
    const running = this.runUntilClosed((cluster) => {
      const loading = whenLoaded(load(cluster))
      const close = (): Promise<void> => {
        onClosing?.()
        if (isIterated(options)) options.onClosing()
        return loading.close()
      }
      const hurry = (): void => {
        void close()
        loading.hurry?.()
      }
      return { ...loading, close, hurry }
    })
    return loadedRun(running, status, () => loaded)
  }
}
