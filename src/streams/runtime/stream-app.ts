/**
 * A topology at work on a Kafka: it reads the partitions that its group gives it, runs a task for
 * each, and commits now and then what is done.
 *
 * At a commit it is decided at one moment what is processed, and what the tasks remember then; that
 * is written behind all results before it, and made final as the guarantee has it.
 */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import { resolveConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { failureWithin } from '../../client/failure/deadline.ts'
import { ClosedError, RebalanceInProgressError } from '../../client/failure/errors.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { systemGiveWay } from '../../runtime/system-runtime.ts'
import type { StateFolder } from '../stores/local-store.ts'
import type { TaskMetrics } from '../dsl/stream-queries.ts'
import type { RunSettings } from '../dsl/run-settings.ts'
import type { SubTopology } from '../topology/sub-topologies.ts'
import { Task } from '../topology/task.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import { notProcessed, type TaskContext } from '../operators/task-context.ts'
import { CommitQueue } from './commit-queue.ts'
import { DroppedRecords } from './dropped-records.ts'
import { GlobalTables } from './global-tables.ts'
import { guaranteeOf, type Guarantee } from './guarantee.ts'
import { prepareTopics } from './own-topics.ts'
import type { PartitionInput } from './partition-inputs.ts'
import type { QueriedApplication } from './store-queries.ts'
import type { QueriedRun } from './supervised-stream.ts'
import { RunningTask, taskId } from './running-task.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import type { StreamMeter } from './stream-meter.ts'
import { StreamInput } from './stream-input.ts'
import { StreamOutput } from './stream-output.ts'
import { TaskState } from './task-state.ts'

export interface StreamAppOptions extends RunSettings {
  readonly meter: StreamMeter
  /** Opens where local stores are, if there are to be any. */
  readonly openStateFolder: (() => StateFolder) | undefined
}

/** Records of a task that are processed before others have their turn. */
const turnRecords = 500
/** Callbacks of a program that may go on at once; above it, nothing more is processed. */
const callbacksMax = 1000
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
  readonly #tasks = new Map<string, RunningTask>()
  /** Where the records of a partition go while it is ours. */
  readonly #inputs = new WeakMap<AssignedPartition, PartitionInput>()
  #parts: readonly SubTopology[] = []
  #partOf = new Map<string, SubTopology>()
  #changelogOf: (part: SubTopology) => string = ({ name }) => name
  #input: StreamInput | undefined
  #purge: RepartitionPurge | undefined
  readonly #folder: StateFolder | undefined
  #failure: Error | undefined
  #wake: (() => void) | undefined
  readonly #callbacks = new Set<Promise<unknown>>()
  /** Records that are still on their way through a task. */
  readonly #held = new Set<Promise<unknown>>()
  #commitTimer: Timer | undefined
  #isCommitDue = false
  /** Whether results were left that nobody has looked at. */
  #isLeft = false
  readonly #commits = new CommitQueue()
  #closing: Promise<void> | undefined

  constructor(cluster: Cluster, ends: readonly TopologyNode[], options: StreamAppOptions) {
    this.#cluster = cluster
    this.#ends = ends
    this.#options = options
    const onError = (error: Error): void => this.#fail(error)
    const folder = folderOf(options)
    this.#folder = folder instanceof Error ? undefined : folder
    this.#guarantee = guaranteeOf(cluster, options, onError)
    this.#output = new StreamOutput(this.#guarantee.sender, onError)
    this.#dropped = new DroppedRecords(options, this.#output, cluster.logger)
    this.#globals = new GlobalTables(cluster, ends, { config: this.#config, onError })
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

  /** What queries look into. */
  get queried(): QueriedApplication {
    const { name } = this.#options
    const tasks = (): Iterable<RunningTask> => this.#tasks.values()
    return { name, cluster: this.#cluster, parts: this.#parts, tasks }
  }

  get tasks(): TaskMetrics[] {
    return [...this.#tasks.values()].map((task) => task.metrics)
  }

  async #start(): Promise<void> {
    const { parts, changelogOf, purge } = await prepareTopics(this.#cluster, {
      application: this.#options.name,
      ends: this.#ends,
      statesOf: (part) => new Task(part.ends, (node) => this.#contextOf(node, 0)).stateNames,
      config: this.#config,
      signal: this.#stopping.signal,
      onTopologyChange: this.#options.onTopologyChange,
    })
    this.#changelogOf = changelogOf
    this.#parts = parts
    this.#purge = new RepartitionPurge(purge)
    await Promise.all([this.#globals.load(), this.#guarantee.begin()])
    if (this.#closing) return
    for (const part of parts) for (const topic of part.topics) this.#partOf.set(topic, part)
    this.#input = new StreamInput(
      this.#cluster,
      { group: this.#options.name, topics: [...this.#partOf.keys()], config: this.#config },
      {
        onAssigned: (partitions) => this.#assign(partitions),
        onRevoked: (partitions) => this.#revoke(partitions),
        onLost: (partitions) => this.#drop(partitions),
        onArrival: () => this.#wake?.(),
        onError: (error) => this.#fail(error),
      },
    )
    this.#input.join()
    this.#commitRegularly()
    void this.#run()
  }

  async #assign(partitions: readonly AssignedPartition[]): Promise<void> {
    const begun = new Set<RunningTask>()
    for (const partition of partitions) {
      const part = this.#partOf.get(partition.topic)!
      const id = taskId(part, partition.partition)
      let task = this.#tasks.get(id)
      if (!task) {
        task = new RunningTask(part, partition.partition, {
          contextOf: this.#contextOf,
          onFailure: (failed) => this.#dropped.failed(failed),
        })
        this.#tasks.set(id, task)
        begun.add(task)
      }
      this.#inputs.set(partition, task.add(partition))
    }
    await Promise.all([...begun].map((task) => this.#restore(task)))
    this.#wake?.()
  }

  async #restore(running: RunningTask): Promise<void> {
    const { part, partition, task } = running
    if (task.stateNames.length > 0) {
      const topic = this.#changelogOf(part)
      running.state = new TaskState(task, {
        cluster: this.#cluster,
        config: this.#config,
        signal: this.#stopping.signal,
        changelog: { topic, partition },
        store: this.#folder?.open(`${topic}-${partition}`),
        onRestore: (progress) => {
          this.#options.meter.restored(progress)
          this.#options.onRestore?.(progress)
        },
      })
      if (!(await running.state.restore())) return
    }
    running.isRestored = true
  }

  async #revoke(partitions: readonly AssignedPartition[]): Promise<void> {
    await Promise.all(this.#held)
    const all = [...this.#tasks.values()]
    const leaving = this.#tasksOf(partitions)
    for (const { part, partition } of leaving) this.#tasks.delete(taskId(part, partition))
    await this.#commit(all)
    for (const { state } of leaving) state?.close()
  }

  #drop(partitions: readonly AssignedPartition[]): void {
    for (const { part, partition, state } of this.#tasksOf(partitions)) {
      this.#tasks.delete(taskId(part, partition))
      state?.close()
    }
    if (!this.#guarantee.isExclusive || this.#closing) return
    // What was done in this transaction is of partitions that others may have by now.
    // Where records of it were not sent yet, the run begins again.
    const reason = new RebalanceInProgressError('the partitions were given to others')
    const begunAnew = this.#commits.add(async () => {
      await this.#guarantee.abort(reason)
      await this.#guarantee.begin()
    })
    begunAnew.catch((error: Error) => this.#fail(error))
  }

  #tasksOf(partitions: readonly AssignedPartition[]): RunningTask[] {
    const ids = partitions.map(({ topic, partition }) =>
      taskId(this.#partOf.get(topic)!, partition),
    )
    return [...new Set(ids)].flatMap((id) => this.#tasks.get(id) ?? [])
  }

  async #run(): Promise<void> {
    try {
      while (!this.#closing) {
        if (this.#isCommitDue && this.#held.size === 0) this.#commitAll()
        // Results that find no room yet would wait in memory.
        if (!this.#guarantee.sender.hasRoom) await this.#guarantee.sender.flush()
        if (this.#guarantee.isExclusive) await this.#commits.idle()
        // From here on nothing is waited for: what is done now is in the next commit as a whole.
        if (this.#closing) return
        this.#take()
        // Before a commit all that is on its way arrives.
        const isFull = this.#isCommitDue || this.#held.size >= callbacksMax
        const count = this.#held.size > 0 && isFull ? 0 : this.#process()
        if (this.#callbacks.size >= callbacksMax) await Promise.race(this.#callbacks)
        else if (count > 0) await new Promise<void>((resolve) => systemGiveWay(resolve))
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
      const input = this.#inputs.get(partition)
      if (!input) continue
      input.push(fetched)
      if (input.isFull) this.#input!.pause(partition)
    }
  }

  #process(): number {
    const nowMs = this.#now()
    let count = 0
    for (const task of this.#tasks.values()) {
      if (!task.isRunning) continue
      const done = task.process(turnRecords, nowMs)
      count += done
      for (const input of task.inputs) if (input.isLow) this.#input!.resume(input.partition)
      if (done === 0) task.idle(this.#options.idleMs, nowMs)
    }
    this.#options.meter.processed(count)
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
    this.#commit([...this.#tasks.values()]).catch((error: Error) => this.#fail(error))
  }

  /** Commits what these tasks have done up to now, after the commits that are under way. */
  #commit(tasks: readonly RunningTask[]): Promise<void> {
    const offsets = new Map<AssignedPartition, number>()
    const committed: (() => void)[] = []
    for (const { inputs, isRestored, state } of tasks) {
      if (!isRestored) continue
      if (state) committed.push(state.drain((record, told) => this.#output.write(record, told)))
      for (const { partition: read, processed } of inputs) {
        if (processed !== undefined && processed > (read.committed ?? -1)) {
          offsets.set(read, processed)
        }
      }
    }
    const callbacks = [...this.#callbacks]
    return this.#commits.add(async () => {
      await Promise.all(callbacks)
      if (this.#failure) throw this.#failure
      if (this.#isLeft) return
      const begunMs = this.#now()
      await this.#guarantee.commit(offsets)
      this.#options.meter.committed(this.#now() - begunMs)
      this.#purge?.committed(offsets)
      // A record that could not be stored has failed the run by now.
      if (!this.#failure) for (const keep of committed) keep()
      if (!this.#closing) await this.#guarantee.begin()
    })
  }

  readonly #contextOf = (node: TopologyNode, partition: number): TaskContext => {
    const { name: step } = node
    return {
      partition,
      globalRows: this.#globals.rowsOf(node),
      drop: (reason, key, value, timestamp) =>
        this.#dropped.dropped({ reason, step, key, value, timestamp }),
      late: (late) => this.#dropped.dropped({ reason: 'late', step, ...late }),
      hold: (work) => {
        this.#held.add(work)
        work.then(
          () => {
            this.#held.delete(work)
            this.#wake?.()
          },
          (error: Error) => this.#fail(error),
        )
      },
      send: (sink, key, value, timestamp) => {
        this.#options.meter.written(sink.node)
        this.#output.send(sink, key, value, timestamp)
      },
      wait: (work) => {
        this.#callbacks.add(work)
        work.then(
          (how) => {
            this.#callbacks.delete(work)
            if (how === notProcessed) this.#isLeft = true
          },
          (error: Error) => this.#fail(error),
        )
      },
    }
  }

  #now(): number {
    return this.#cluster.platform.clock.monotonic()
  }

  #fail(error: Error): void {
    if (this.#failure || this.#closing) return
    this.#failure = error
    this.#cluster.logger.error('a stream has failed', { name: this.#options.name, error })
    void this.close()
  }

  async #close(): Promise<void> {
    this.#commitTimer?.cancel()
    this.#wake?.()
    const { clock } = this.#cluster.platform
    const limit = { clock, timeoutMs: closeTimeoutMs }
    if (!this.#failure && this.#input) {
      const error = await failureWithin(limit, async () => {
        await Promise.all(this.#held)
        await this.#commit([...this.#tasks.values()])
      })
      if (error) this.#failure ??= error
    }
    const closed = new ClosedError('the stream is closed')
    this.#stopping.abort(closed)
    this.#globals.close()
    await failureWithin(limit, async () => this.#input?.close(closeTimeoutMs))
    const { sender } = this.#guarantee
    if (this.#failure) await failureWithin(limit, () => this.#guarantee.abort(this.#failure!))
    else sender.close()
    this.#folder?.close()
    if (this.#failure) this.#finish.reject(this.#failure)
    else this.#finish.resolve()
  }
}

function folderOf({ openStateFolder }: StreamAppOptions): StateFolder | Error | undefined {
  try {
    return openStateFolder?.()
  } catch (error) {
    return error as Error
  }
}
