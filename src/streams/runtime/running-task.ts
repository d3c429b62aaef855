/** A task with the partitions that it reads: records go in decoded, oldest first. */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import { nodesBefore, type TopologyNode } from '../topology/topology-node.ts'
import type { FailureHandler, TaskContext } from '../operators/task-context.ts'
import type { FailedRecord, RestoreProgress } from '../dsl/run-options.ts'
import type { TaskMetrics } from '../dsl/stream-queries.ts'
import { LocalStoreError } from '../stores/local-store.ts'
import { Task } from '../topology/task.ts'
import type { SubTopology } from '../topology/sub-topologies.ts'
import type { TaskState } from './task-state.ts'
import { InputReader } from './input-reader.ts'
import { oldest, PartitionInput, type WaitingRecord } from './partition-inputs.ts'

/** A record at which a task has failed. */
export interface FailedInput extends FailedRecord {
  /** There is none where time has made what failed: the place is that of the last one. */
  readonly record: WaitingRecord | undefined
}

/** Records of a task that are processed before others have their turn. */
const turnRecords = 500
/** Callbacks of a task that stand behind others: a commit waits for one after the other. */
const queuedMax = 20

export interface TaskHost {
  readonly contextOf: (node: TopologyNode, partition: number) => TaskContext
  /** Returns whether to go on with the next record. */
  readonly onFailure: (failed: FailedInput) => boolean
  /** There is room again for callbacks that stand behind others. */
  readonly onRoom: () => void
}

export class RunningTask {
  readonly part: SubTopology
  readonly partition: number
  readonly task: Task
  /** What it remembers, if it has to. */
  state: TaskState | undefined
  /** How far the reading of that is, or was. */
  restoring: RestoreProgress | undefined
  readonly #host: TaskHost
  readonly #inputs = new Map<string, PartitionInput>()
  readonly #readers = new Map<string, InputReader>()
  #list: readonly PartitionInput[] = []
  /** Where the record is from that is being processed. */
  #current: PartitionInput | undefined
  /** Of the record that was set aside and goes on just now. */
  #handler: FailureHandler | undefined
  /** What the program does not go on after: it is not asked again. */
  #refused: Error | undefined
  /** How many callbacks stand behind others. */
  #queued = 0
  #recordsIn = 0
  /** When the last record came, or the state was there, on the monotonic clock. */
  #lastSeenMs = 0
  #isRestored = false
  #isGivenUp = false

  constructor(part: SubTopology, partition: number, host: TaskHost) {
    this.part = part
    this.partition = partition
    this.#host = host
    const own: Pick<TaskContext, 'failing' | 'goOn' | 'isSkipped' | 'queue'> = {
      failing: () => this.#failing(),
      isSkipped: (error) => (this.#handler ?? this.#failingBetween())(error),
      goOn: (handler, work) => this.#goOn(handler, work),
      queue: (work) => this.#queue(work),
    }
    this.task = new Task(part.ends, (node) => ({ ...host.contextOf(node, partition), ...own }))
    for (const node of nodesBefore(part.ends)) {
      if (node.source !== undefined) this.#readers.set(node.source, new InputReader(node))
    }
  }

  /** Whether all of its partitions are here, without which it does not begin. */
  get isComplete(): boolean {
    return this.#inputs.size === this.part.topics.length
  }

  /** Whether its state is what it was when it was last committed. */
  get isRestored(): boolean {
    return this.#isRestored
  }

  get isRunning(): boolean {
    return this.#isRestored && this.isComplete
  }

  get inputs(): readonly PartitionInput[] {
    return this.#list
  }

  add(partition: AssignedPartition): PartitionInput {
    const input = new PartitionInput(partition, this.#readers.get(partition.topic)!)
    this.#inputs.set(partition.topic, input)
    this.#list = [...this.#inputs.values()]
    return input
  }

  inputOf(topic: string): PartitionInput | undefined {
    return this.#inputs.get(topic)
  }

  get metrics(): TaskMetrics {
    const inputs = this.#list.map(({ partition, done }) => {
      const { end, position } = partition
      return Math.max(0, (end ?? position) - (done ?? partition.committed ?? position))
    })
    return {
      name: this.part.name,
      partition: this.partition,
      state: this.#isRestored ? 'running' : 'restoring',
      restored: this.restoring?.restored ?? 0,
      toRestore: (this.restoring?.total ?? 0) - (this.restoring?.restored ?? 0),
      recordsIn: this.#recordsIn,
      lag: inputs.reduce((total, lag) => total + lag, 0),
    }
  }

  /** Says that its state is what it was; time goes on from there. */
  restored(nowMs: number): void {
    this.#isRestored = true
    this.#lastSeenMs = nowMs
  }

  /**
   * Processes records until others should have their turn, which is early where callbacks have come
   * of some: only so many may go on. Returns how many there were.
   */
  turn(callbacks: ReadonlySet<unknown>, callbacksMax: number, nowMs: number): number {
    const { size } = callbacks
    const few = Math.min(turnRecords, callbacksMax)
    let count = 0
    for (let done = few; done === few && count < turnRecords && callbacks.size <= size;) {
      done = this.#processSome(few, nowMs)
      count += done
    }
    return count
  }

  #processSome(count: number, nowMs: number): number {
    const [only] = this.#list
    for (let done = 0; done < count; done++) {
      if (this.#queued >= queuedMax) return done
      const input = this.#list.length === 1 ? only : oldest(this.#list)
      if (!input?.hasFirst) return done
      this.#process(input, nowMs)
    }
    return count
  }

  /**
   * There is nothing to process, nor on its way. Lets time go on, without a record, by how long ago
   * the last one came: windows close though nothing is sent any more. While a broker does not
   * answer, or keeps back what is not committed, nobody knows that.
   */
  idle(idleMs: number): void {
    for (const input of this.#list) input.caughtUp()
    let passedMs = Infinity
    for (const { hasFirst, partition } of this.#list) {
      const { isBehind, quietAtMs } = partition
      if (hasFirst || isBehind || quietAtMs === undefined) return
      passedMs = Math.min(passedMs, quietAtMs - this.#lastSeenMs)
    }
    if (passedMs < idleMs) return
    const handler = this.#failingBetween()
    this.#goOn(handler, () => {
      try {
        this.task.advanceBy(Math.floor(passedMs))
      } catch (error) {
        if (!handler(error as Error)) throw error
      }
    })
  }

  /** Has what is still on its way go no further, nor fail: the records are with others now. */
  giveUp(): void {
    this.#isGivenUp = true
    this.task.giveUp()
  }

  /** Says later of the record that is being processed what is done with it, if it fails. */
  #failing(): FailureHandler | undefined {
    if (this.#handler) return this.#handler
    const input = this.#current
    if (!input) return undefined
    const { topic, partition } = input.partition
    const { key, value, ...rest } = input.first()
    const record = { ...rest, key: copyOf(key), value: copyOf(value) }
    const place = { topic, partition, offset: record.offset }
    return (error) => this.#isGivenUp || this.#isSkipped({ ...place, error, record })
  }

  /** The same of results that time has made: the record that it has come with is the place. */
  #failingBetween(): FailureHandler {
    const { partition: last, processed = last.startedAt, records } = this.#current ?? this.#list[0]!
    const { topic, partition } = last
    const offset = this.#current ? records.offset : processed - 1
    const facts = { topic, partition, offset, record: undefined }
    return (error) => this.#isGivenUp || this.#isSkipped({ ...facts, error })
  }

  #queue(work: Promise<unknown>): void {
    this.#queued++
    const settled = (): void => {
      this.#queued--
      if (this.#queued === queuedMax - 1) this.#host.onRoom()
    }
    work.then(settled, settled)
  }

  #goOn(handler: FailureHandler | undefined, work: () => void): void {
    this.#handler = handler
    try {
      work()
    } finally {
      this.#handler = undefined
    }
  }

  #isSkipped(failed: FailedInput): boolean {
    const { error } = failed
    // It is no fault of the record where what the task remembers cannot be read.
    if (error instanceof LocalStoreError || error === this.#refused) return false
    const isSkipped = this.#host.onFailure(failed)
    if (!isSkipped) this.#refused = error
    return isSkipped
  }

  #process(input: PartitionInput, nowMs: number): void {
    const { partition, records } = input
    const { topic } = partition
    const { offset } = records
    const { timestamp } = input
    try {
      const { key, value } = input.read()
      this.#current = input
      this.task.process(topic, key, value, timestamp)
    } catch (error) {
      const place = { topic, partition: partition.partition, offset }
      const failed = { ...place, error: error as Error, record: input.first() }
      if (!this.#isSkipped(failed)) throw error
    }
    this.#current = undefined
    input.shift()
    this.#recordsIn++
    this.#lastSeenMs = nowMs
  }
}

/** Returns bytes that stay when the batch is gone that they are in. */
function copyOf(bytes: Uint8Array | null): Uint8Array | null {
  return bytes && bytes.slice()
}

/** Returns what tells a task from others of its application. */
export function taskId({ name }: SubTopology, partition: number): string {
  return `${name}/${partition}`
}
