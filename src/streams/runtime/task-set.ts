/** The tasks that are with this worker, by the partitions that they are for. */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import type { RestoreProgress } from '../dsl/run-options.ts'
import type { StreamStatus, TaskMetrics } from '../dsl/stream-queries.ts'
import { InvalidTopologyError } from '../topology/invalid-topology-error.ts'
import type { SubTopology } from '../topology/sub-topologies.ts'
import type { PartitionInput } from './partition-inputs.ts'
import { RunningTask, taskId, type TaskHost } from './running-task.ts'
import type { StateCopies } from './state-copies.ts'
import { TaskState } from './task-state.ts'

export interface TaskSetOptions {
  readonly host: TaskHost
  readonly copies: StateCopies
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
  readonly onRestore: (progress: RestoreProgress) => void
}

export class TaskSet {
  readonly #cluster: Cluster
  readonly #options: TaskSetOptions
  readonly #tasks = new Map<string, RunningTask>()
  /** Where the records of a partition go while it is ours. */
  readonly #inputs = new WeakMap<AssignedPartition, PartitionInput>()
  /** Partitions of tasks that are not here, as another one of theirs is not. */
  readonly #aside = new Map<string, readonly AssignedPartition[]>()
  #partOf = new Map<string, SubTopology>()
  #changelogOf: (part: SubTopology) => string = ({ name }) => name

  constructor(cluster: Cluster, options: TaskSetOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Tells what there can be tasks of. */
  prepare(parts: readonly SubTopology[], changelogOf: (part: SubTopology) => string): void {
    this.#changelogOf = changelogOf
    for (const part of parts) for (const topic of part.topics) this.#partOf.set(topic, part)
  }

  /** Topics that tasks read. */
  get topics(): string[] {
    return [...this.#partOf.keys()]
  }

  get all(): RunningTask[] {
    return [...this.#tasks.values()]
  }

  get status(): StreamStatus {
    if (this.#tasks.size === 0) return 'connecting'
    return this.all.every(({ isRestored }) => isRestored) ? 'running' : 'restoring'
  }

  get metrics(): TaskMetrics[] {
    return this.all.map(({ metrics }) => metrics)
  }

  [Symbol.iterator](): Iterator<RunningTask> {
    return this.#tasks.values()
  }

  /** Whether a partition is that of a task which has begun. */
  isRestored({ topic, partition }: AssignedPartition): boolean {
    const id = taskId(this.#partOf.get(topic)!, partition)
    return this.#tasks.get(id)?.isRestored ?? false
  }

  inputOf(partition: AssignedPartition): PartitionInput | undefined {
    return this.#inputs.get(partition)
  }

  /**
   * Gives partitions to their tasks. Returns the tasks that are new, and not restored.
   *
   * @throws InvalidTopologyError where records of a key may be in another partition than before
   */
  add(partitions: readonly AssignedPartition[]): ReadonlySet<RunningTask> {
    const begun = new Set<RunningTask>()
    for (const partition of partitions) {
      const part = this.#partOf.get(partition.topic)!
      const id = taskId(part, partition.partition)
      let task = this.#tasks.get(id)
      if (!task) {
        task = new RunningTask(part, partition.partition, this.#options.host)
        if (partition.partition >= part.partitionCount) refuseGrowth(task, partition)
        this.#tasks.set(id, task)
        begun.add(task)
        this.#takeBack(task)
      }
      this.#inputs.set(partition, task.add(partition))
    }
    return begun
  }

  /** Has a task remember what it should. Resolves with whether it is still ours then. */
  async restore(running: RunningTask): Promise<boolean> {
    const { part, partition, task } = running
    if (task.stateNames.length > 0) {
      const { copies, config, signal, onRestore } = this.#options
      running.state = new TaskState(task, {
        cluster: this.#cluster,
        config,
        signal,
        changelog: { topic: this.#changelogOf(part), partition },
        copies,
        onRestore: (progress) => {
          running.restoring = progress
          onRestore(progress)
        },
      })
      if (!(await running.state.restore())) return false
    }
    running.restored(this.#cluster.platform.clock.monotonic())
    return true
  }

  /** Takes the tasks of partitions out, and returns them. Their states are to be closed. */
  remove(partitions: readonly AssignedPartition[]): RunningTask[] {
    const removed = new Set<RunningTask>()
    const gone = new Set(partitions)
    for (const { topic, partition } of partitions) {
      const id = taskId(this.#partOf.get(topic)!, partition)
      const task = this.#tasks.get(id)
      if (task) removed.add(task)
      this.#tasks.delete(id)
    }
    for (const task of removed) this.#setAside(task, gone)
    return [...removed]
  }

  /** Where one topic of several was deleted, the others go on from there once it is back. */
  #setAside({ part, partition, inputs }: RunningTask, gone: ReadonlySet<AssignedPartition>): void {
    const staying = inputs.filter((input) => !gone.has(input.partition))
    for (const { partition: read, processed = read.startedAt } of staying) {
      read.seek(processed)
      read.isHeld = true
    }
    const aside = staying.map((input) => input.partition)
    this.#aside.set(taskId(part, partition), aside)
  }

  #takeBack(task: RunningTask): void {
    const id = taskId(task.part, task.partition)
    for (const partition of this.#aside.get(id) ?? []) {
      if (partition.state !== 'owned') continue
      partition.isHeld = false
      this.#inputs.set(partition, task.add(partition))
    }
    this.#aside.delete(id)
  }
}

/** Where keys matter, what was remembered of them, or is joined with them, stays where it was. */
function refuseGrowth({ part, task }: RunningTask, { topic }: AssignedPartition): void {
  const { partitionCount, topics } = part
  if (task.stateNames.length === 0 && topics.length === 1) return
  throw new InvalidTopologyError(
    `'${topic}' has more than the ${partitionCount} partitions that it had when the run began, ` +
      "and keys are in others now: begin again, with onTopologyChange: 'accept', which forgets " +
      'what is remembered, or under another name',
  )
}
