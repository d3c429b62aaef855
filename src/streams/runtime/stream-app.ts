/**
 * A topology at work on a Kafka: it reads the partitions that its group gives it, runs a task for
 * each, and commits now and then what is done.
 */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import { resolveConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { Ending } from '../../client/consumer/ending.ts'
import { ClosedError, RebalanceInProgressError } from '../../client/failure/errors.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { systemGiveWay } from '../../runtime/system-runtime.ts'
import type { StateFolder } from '../stores/local-store.ts'
import type { StandbyMetrics, StreamStatus, TaskMetrics } from '../dsl/stream-queries.ts'
import type { RunSettings } from '../dsl/run-settings.ts'
import type { SubTopology } from '../topology/sub-topologies.ts'
import { Task } from '../topology/task.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import { DroppedRecords } from './dropped-records.ts'
import { GlobalTables } from './global-tables.ts'
import { guaranteeOf, type Guarantee } from './guarantee.ts'
import { prepareTopics } from './own-topics.ts'
import type { QueriedApplication } from './store-queries.ts'
import type { QueriedRun } from './supervised-stream.ts'
import type { RunningTask } from './running-task.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import type { StreamMeter } from './stream-meter.ts'
import { Standbys } from './standbys.ts'
import { StateCleaning } from './state-cleaning.ts'
import { StateCopies } from './state-copies.ts'
import { StreamInput } from './stream-input.ts'
import { StreamOutput } from './stream-output.ts'
import { TaskCommits } from './task-commits.ts'
import { TaskContexts } from './task-contexts.ts'
import { TaskSet } from './task-set.ts'

export interface StreamAppOptions extends RunSettings {
  readonly meter: StreamMeter
  /** What all ids of this worker begin with. */
  readonly workerId: Uint8Array
  readonly onStatus: (status: StreamStatus) => void
  /** Where local stores are, if there are to be any, or why that could not be opened. */
  readonly folder: StateFolder | Error | undefined
}

const closeTimeoutMs = 5000

export class StreamApp implements QueriedRun {
  readonly started: Promise<void>
  readonly finished: Promise<void>
  readonly #cluster: Cluster
  readonly #ends: readonly TopologyNode[]
  readonly #options: StreamAppOptions
  readonly #guarantee: Guarantee
  readonly #output: StreamOutput
  readonly #dropped: DroppedRecords
  readonly #globals: GlobalTables
  readonly #config = resolveConsumerConfig<unknown, unknown>({ key: 'bytes', value: 'bytes' })
  readonly #stopping = new AbortController()
  readonly #finish = Promise.withResolvers<void>()
  readonly #tasks: TaskSet
  #parts: readonly SubTopology[] = []
  #input: StreamInput | undefined
  readonly #folder: StateFolder | undefined
  #failure: Error | undefined
  #wake: (() => void) | undefined
  readonly #contexts: TaskContexts
  readonly #copies: StateCopies
  #standbys: Standbys | undefined
  #commitTimer: Timer | undefined
  #isCommitDue = false
  /** How often tasks are being handed over just now. */
  #handovers = 0
  readonly #commits: TaskCommits
  #closing: Promise<void> | undefined
  readonly #ending: Ending
  readonly #closed = new ClosedError('the stream is closed')

  constructor(cluster: Cluster, ends: readonly TopologyNode[], options: StreamAppOptions) {
    this.#cluster = cluster
    this.#ends = ends
    this.#ending = new Ending(cluster)
    this.#options = options
    const onError = (error: Error): void => this.#fail(error)
    const { folder } = options
    this.#folder = folder instanceof Error ? undefined : folder
    this.#guarantee = guaranteeOf(cluster, options, onError)
    this.#output = new StreamOutput(this.#guarantee.sender, onError)
    this.#dropped = new DroppedRecords(options, this.#output, cluster.logger)
    const onFailure = this.#dropped.failed.bind(this.#dropped)
    this.#globals = new GlobalTables(cluster, ends, { config: this.#config, onError, onFailure })
    this.#contexts = new TaskContexts({
      globals: this.#globals,
      dropped: this.#dropped,
      output: this.#output,
      meter: options.meter,
      clock: cluster.platform.clock,
      callbacksMax: options.callbacksMax,
      onThrough: () => this.#wake?.(),
      onError,
    })
    this.#commits = new TaskCommits({
      guarantee: this.#guarantee,
      output: this.#output,
      contexts: this.#contexts,
      meter: options.meter,
      clock: cluster.platform.clock,
      failure: () => this.#failure,
      isClosing: () => this.#closing !== undefined,
    })
    this.#copies = new StateCopies(cluster, {
      config: this.#config,
      folder: this.#folder,
      signal: this.#stopping.signal,
      onProgress: () => this.#standbys?.progressed(),
    })
    this.#tasks = new TaskSet(cluster, {
      host: {
        contextOf: this.#contexts.of,
        onFailure,
        onRoom: () => this.#wake?.(),
      },
      copies: this.#copies,
      config: this.#config,
      signal: this.#stopping.signal,
      onRestore: (progress) => {
        options.meter.restored(progress)
        options.onRestore?.(progress)
      },
    })
    this.finished = this.#finish.promise
    this.finished.catch(() => {
      // Who waits for it is told; that nobody does is no second failure.
    })
    this.started = folder instanceof Error ? Promise.reject(folder) : this.#start()
    this.started.catch((error: Error) => this.#fail(error))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** What was done since the last commit is done again by others. */
  hurry(): void {
    // Whether results are stored that are on their way, nobody will hear: they cannot be committed.
    this.#failure ??= this.#closed
    this.#ending.hurry()
    void this.close()
  }

  /** What queries look into. */
  get queried(): QueriedApplication {
    const { name } = this.#options
    return { name, cluster: this.#cluster, parts: this.#parts, tasks: () => this.#tasks }
  }

  get tasks(): TaskMetrics[] {
    return this.#tasks.metrics
  }

  get standbys(): StandbyMetrics[] {
    return this.#copies.metrics
  }

  async #start(): Promise<void> {
    const { parts, changelogOf, purge } = await prepareTopics(this.#cluster, {
      application: this.#options.name,
      ends: this.#ends,
      statesOf: this.#statesOf,
      config: this.#config,
      signal: this.#stopping.signal,
      onTopologyChange: this.#options.onTopologyChange,
    })
    this.#parts = parts
    this.#tasks.prepare(parts, changelogOf)
    this.#tidyBehindCommits(new RepartitionPurge(purge))
    await Promise.all([this.#globals.load(), this.#guarantee.begin()])
    if (this.#closing) return
    const input = (this.#input = this.#newInput())
    this.#standbys = this.#newStandbys(input, changelogOf)
    await this.#standbys.prepare()
    if (this.#closing) return
    input.join()
    this.#standbys.start()
    this.#commitRegularly()
    void this.#run()
  }

  #tidyBehindCommits(purge: RepartitionPurge): void {
    const { clock } = this.#cluster.platform
    const cleaning = this.#folder && new StateCleaning(this.#folder, clock)
    this.#commits.onCommitted((offsets) => {
      purge.committed(offsets)
      if (this.#tasks.status === 'running') cleaning?.committed()
    })
  }

  #newInput(): StreamInput {
    const { name: group } = this.#options
    const { topics } = this.#tasks
    const workerId = this.#folder?.workerId ?? this.#options.workerId
    return new StreamInput(
      this.#cluster,
      { group, topics, workerId, config: this.#config },
      {
        onAssigned: (partitions) => this.#assign(partitions),
        onRevoked: (partitions) => this.#revoke(partitions),
        onLost: (partitions) => this.#drop(partitions),
        onArrival: () => this.#wake?.(),
        onError: (error) => this.#fail(error),
      },
    )
  }

  #newStandbys(input: StreamInput, changelogOf: (part: SubTopology) => string): Standbys {
    const hasState = (part: SubTopology): boolean => this.#statesOf(part).length > 0
    return new Standbys(this.#cluster, {
      group: this.#options.name,
      replicas: this.#options.standbyReplicas,
      changelogs: this.#parts.filter(hasState).map((part) => {
        return { topic: changelogOf(part), partitionCount: part.partitionCount }
      }),
      copies: this.#copies,
      memberIn: (type) => input.memberIn(type),
      signal: this.#stopping.signal,
    })
  }

  readonly #statesOf = (part: SubTopology): readonly string[] =>
    new Task(part.ends, (node) => this.#contexts.of(node, 0)).stateNames

  #assign(partitions: readonly AssignedPartition[]): void {
    for (const task of this.#tasks.add(partitions)) {
      this.#begin(task).catch((error: Error) => this.#fail(error))
    }
    this.#input!.begin(partitions.filter((one) => this.#tasks.isRestored(one)))
    this.#moved()
  }

  /** Others go on while a task reads what it has to remember. */
  async #begin(task: RunningTask): Promise<void> {
    if (!(await this.#tasks.restore(task))) return
    this.#input!.begin(task.inputs.map(({ partition }) => partition))
    this.#tellStatus()
    this.#wake?.()
  }

  /** Partitions have come or gone. */
  #moved(): void {
    this.#tellStatus()
    this.#standbys?.moved()
  }

  #tellStatus(): void {
    if (this.#closing) return
    this.#options.onStatus(this.#tasks.status)
  }

  async #revoke(partitions: readonly AssignedPartition[]): Promise<void> {
    this.#handovers++
    await this.#contexts.arrived()
    const { all } = this.#tasks
    const leaving = this.#tasks.remove(partitions)
    const committed = this.#commits.commit(all)
    this.#handovers--
    this.#wake?.()
    await committed
    for (const { state } of leaving) state?.close()
    this.#moved()
  }

  #drop(partitions: readonly AssignedPartition[]): void {
    for (const task of this.#tasks.remove(partitions)) {
      task.giveUp()
      task.state?.close()
    }
    this.#moved()
    if (!this.#guarantee.isExclusive || this.#closing) return
    // What was done in this transaction is of partitions that others may have by now.
    // Where records of it were not sent yet, the run begins again.
    const reason = new RebalanceInProgressError('the partitions were given to others')
    this.#commits.beginAnew(reason).catch((error: Error) => this.#fail(error))
  }

  async #run(): Promise<void> {
    const contexts = this.#contexts
    try {
      while (!this.#closing) {
        if (this.#isCommitDue && contexts.held.size === 0) this.#commitAll()
        // Results that find no room yet would wait in memory.
        if (!this.#guarantee.sender.hasRoom) await this.#guarantee.sender.flush()
        if (this.#guarantee.isExclusive) await this.#commits.idle()
        // From here on nothing is waited for: what is done now is in the next commit as a whole.
        if (this.#closing) return
        this.#take()
        // Before a commit all that is on its way arrives.
        const isFull = this.#isCommitDue || contexts.isFull
        const isWaiting = this.#handovers > 0 || (contexts.held.size > 0 && isFull)
        const count = isWaiting || !contexts.hasRoom ? 0 : this.#process()
        if (count > 0) await new Promise<void>((resolve) => systemGiveWay(resolve))
        else await this.#arrival()
      }
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** Puts what has come before the tasks that it is for. */
  #take(): void {
    for (let fetched = this.#input!.take(); fetched; fetched = this.#input!.take()) {
      if (fetched.error) throw fetched.error
      const { partition } = fetched
      const input = this.#tasks.inputOf(partition)
      if (!input) continue
      input.push(fetched)
      if (input.isFull) this.#input!.pause(partition)
    }
  }

  #process(): number {
    const nowMs = this.#cluster.platform.clock.monotonic()
    const { callbacksMax, idleMs, meter } = this.#options
    let count = 0
    for (const task of this.#tasks) {
      if (!task.isRunning) continue
      const isOpening = this.#input!.isOpening(task.inputs)
      // What is still being decompressed may be older than what other inputs have.
      const isEarly = isOpening && task.inputs.length > 1
      const done = isEarly ? 0 : task.turn(this.#contexts.callbacks, callbacksMax, nowMs)
      count += done
      for (const input of task.inputs) if (input.isLow) this.#input!.resume(input.partition)
      if (done === 0 && !isOpening) task.idle(idleMs)
    }
    meter.processed(count)
    return count
  }

  /** Resolves when there may be something to do: a record, or a commit. */
  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  #commitRegularly(): void {
    this.#commitTimer = this.#cluster.platform.clock.after(this.#options.commitIntervalMs, () => {
      this.#isCommitDue = true
      this.#wake?.()
      this.#commitRegularly()
    })
  }

  #commitAll(): void {
    this.#isCommitDue = false
    // Behind a callback that takes long they would add up, each with what has changed.
    if (this.#commits.isBusy) return
    this.#commits.commit(this.#tasks.all).catch((error: Error) => this.#fail(error))
  }

  #fail(error: Error): void {
    // What is given up because the run is over is no failure.
    if (this.#failure || this.#stopping.signal.aborted) return
    this.#failure = error
    this.#cluster.logger.error('a stream has failed', { name: this.#options.name, error })
    void this.close()
  }

  async #close(): Promise<void> {
    this.#commitTimer?.cancel()
    this.#wake?.()
    if (!this.#failure && this.#input) {
      const error = await this.#ending.ofProgram(closeTimeoutMs, async () => {
        await this.#contexts.arrived()
        await this.#commits.commit(this.#tasks.all)
      })
      if (error) this.#failure ??= error
    }
    // After a failure somebody else begins with it again.
    for (const task of this.#tasks) task.giveUp()
    this.#stopping.abort(this.#closed)
    this.#globals.close()
    await Promise.all([this.#undo(), this.#input?.close(this.#ending)])
    this.#copies.close()
    this.#folder?.close()
    if (this.#failure && this.#failure !== this.#closed) this.#finish.reject(this.#failure)
    else this.#finish.resolve()
  }

  /** Sends nothing more, and undoes what is not committed, as far as the guarantee can. */
  async #undo(): Promise<void> {
    const failure = this.#failure
    if (!failure) return this.#guarantee.sender.close()
    await this.#ending.ofProgram(closeTimeoutMs, () => this.#guarantee.abort(failure))
  }
}
