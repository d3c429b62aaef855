/** A task with the partitions that it reads: records go in decoded, oldest first. */

import type { AssignedPartition } from '../../client/assigned-partition.ts'
import { serializationError } from '../../client/serde.ts'
import { nodesBefore, type TopologyNode } from '../topology/topology-node.ts'
import type { Serdes, TaskContext } from '../operators/task-context.ts'
import type { FailedRecord } from '../dsl/run-options.ts'
import { Task } from '../topology/task.ts'
import type { SubTopology } from '../topology/sub-topologies.ts'
import { oldest, PartitionInput, type WaitingRecord } from './partition-inputs.ts'

/** A record at which a task has failed. */
export interface FailedInput extends FailedRecord {
  readonly record: WaitingRecord
}

export interface TaskHost {
  readonly contextOf: (node: TopologyNode, partition: number) => TaskContext
  /** Returns whether to go on with the next record. */
  readonly onFailure: (failed: FailedInput) => boolean
}

export class RunningTask {
  readonly part: SubTopology
  readonly partition: number
  readonly task: Task
  /** Whether its state is what it was when it was last committed. */
  isRestored = false
  readonly #host: TaskHost
  readonly #inputs = new Map<string, PartitionInput>()
  readonly #serdes = new Map<string, Serdes>()
  #list: readonly PartitionInput[] = []
  /** The newest timestamp of a record, and when on the monotonic clock it was seen. */
  #newest: { timestamp: number; seenMs: number } | undefined

  constructor(part: SubTopology, partition: number, host: TaskHost) {
    this.part = part
    this.partition = partition
    this.#host = host
    this.task = new Task(part.ends, (node) => host.contextOf(node, partition))
    for (const { source, serdes } of nodesBefore(part.ends)) {
      if (source !== undefined) this.#serdes.set(source, serdes)
    }
  }

  /** Whether all of its partitions are here, without which it does not begin. */
  get isComplete(): boolean {
    return this.#inputs.size === this.part.topics.length
  }

  get isRunning(): boolean {
    return this.isRestored && this.isComplete
  }

  get inputs(): readonly PartitionInput[] {
    return this.#list
  }

  add(partition: AssignedPartition): PartitionInput {
    const input = new PartitionInput(partition)
    this.#inputs.set(partition.topic, input)
    this.#list = [...this.#inputs.values()]
    return input
  }

  inputOf(topic: string): PartitionInput | undefined {
    return this.#inputs.get(topic)
  }

  /** Processes up to `count` records. Returns how many there were. */
  process(count: number, nowMs: number): number {
    const [only] = this.#list
    for (let done = 0; done < count; done++) {
      const input = this.#list.length === 1 ? only : oldest(this.#list)
      const record = input?.shift()
      if (!record) return done
      this.#process(input!, record, nowMs)
    }
    return count
  }

  /**
   * Lets time go on, without a record, by how long ago the newest came: windows close though
   * nothing is sent any more.
   */
  idle(idleMs: number, nowMs: number): void {
    if (!this.#newest || this.#list.some(({ first }) => first !== undefined)) return
    const { timestamp, seenMs } = this.#newest
    if (nowMs - seenMs >= idleMs) this.task.advance(timestamp + Math.floor(nowMs - seenMs))
  }

  #process(input: PartitionInput, record: WaitingRecord, nowMs: number): void {
    const { partition } = input
    const serdes = this.#serdes.get(partition.topic)!
    try {
      const key = decode('key', serdes, partition, record)
      const value = decode('value', serdes, partition, record)
      this.task.process(partition.topic, key, value, record.timestamp)
    } catch (error) {
      const { offset } = record
      const place = { topic: partition.topic, partition: partition.partition, offset }
      if (!this.#host.onFailure({ ...place, error: error as Error, record })) throw error
    }
    input.processed = record.offset + 1
    if (!this.#newest || record.timestamp >= this.#newest.timestamp) {
      this.#newest = { timestamp: record.timestamp, seenMs: nowMs }
    }
  }
}

function decode(
  part: 'key' | 'value',
  serdes: Serdes,
  { topic, partition }: AssignedPartition,
  record: WaitingRecord,
): unknown {
  const bytes = record[part]
  if (bytes === null) return null
  try {
    return serdes[part].deserialize(bytes)
  } catch (cause) {
    throw serializationError('read', part, { topic, partition, offset: record.offset }, cause)
  }
}
