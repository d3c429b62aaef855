/** The queues of one topic's partitions, and the choice between them. */

import type { Codecs } from '../../record/compression.ts'
import type { Random } from '../../runtime/runtime.ts'
import type { TopicMetadata } from '../cluster/cluster.ts'
import { InvalidOptionError, TimeoutError } from '../failure/errors.ts'
import { noSuchPartition, type KafkaError } from '../failure/errors.ts'
import { PartitionQueue, type Asker, type Outgoing } from './accumulator.ts'
import { partitionForKey, type Partitioner } from './partitioner.ts'
import type { DeliveryOptions } from './producer-options.ts'

/** A record that has not been given its partition yet. */
export interface Unplaced extends Outgoing {
  /** The partition that the program chose. */
  readonly partition: number | undefined
  readonly partitioner: Partitioner | undefined
}

/** A record that waits for metadata or for memory. */
export interface Waiting extends Unplaced {
  /** Since when, on the monotonic clock. */
  readonly sinceMs: number
}

/** Returns `record` with bytes of its own, since the program may go on to use its array. */
export function waiting(record: Unplaced, sinceMs: number): Waiting {
  const own = (part: typeof record.value): typeof part =>
    // `slice` of a Buffer is the same memory.
    part instanceof Uint8Array ? new Uint8Array(part) : part
  const headers = record.headers?.map(({ key, value }) => ({ key, value: own(value) })) ?? []
  return { ...record, key: own(record.key), value: own(record.value), headers, sinceMs }
}

/** Returns `record`, calling `done` too once it is settled. */
export function withSettled(record: Waiting, done: () => void): Waiting {
  const { signal, stored, failed } = record.asker
  const asker: Asker = {
    signal,
    stored: (metadata, index) => (stored?.(metadata, index), done()),
    failed: (error, index) => (failed(error, index), done()),
  }
  return { ...record, asker }
}

export class TopicQueues {
  readonly name: string
  readonly #options: DeliveryOptions & { readonly codecs: Codecs; readonly random: Random }
  readonly queues: PartitionQueue[] = []
  /** Records that wait for metadata or for memory. */
  readonly unplaced: Waiting[] = []
  #metadata: TopicMetadata | undefined
  /** Where records without a key go until they have filled a batch there (KIP-480). */
  #sticky = -1
  #lastSticky = -1

  constructor(
    name: string,
    options: DeliveryOptions & { readonly codecs: Codecs; readonly random: Random },
  ) {
    this.name = name
    this.#options = options
  }

  get isKnown(): boolean {
    return this.#metadata !== undefined
  }

  /** Since when the oldest record waits that is not in flight; Infinity where there is none. */
  get oldestMs(): number {
    const inBatches = this.queues.map(({ oldestMs }) => oldestMs)
    return Math.min(this.unplaced[0]?.sinceMs ?? Infinity, ...inBatches)
  }

  /** Takes what was learned about the topic: it may have more partitions than before. */
  learn(metadata: TopicMetadata): void {
    this.#metadata = metadata
    for (let partition = this.queues.length; partition < metadata.partitions.length; partition++) {
      this.queues.push(new PartitionQueue(this.name, partition, this.#options))
    }
  }

  /** Fails the records that have waited since `untilMs` or longer. */
  failWaiting(error: unknown, untilMs: number): void {
    const later = this.unplaced.findIndex(({ sinceMs }) => sinceMs > untilMs)
    const failed = this.unplaced.splice(0, later < 0 ? Infinity : later)
    for (const { asker, index } of failed) asker.failed(error, index)
  }

  /**
   * Has `place` take the records that wait, in their order, until it lets one wait on. Those fail
   * that cannot be placed, or have waited since `expiredMs` or longer.
   */
  placeWaiting(expiredMs: number, place: (record: Waiting) => boolean): void {
    let doneCount = 0
    for (const record of this.unplaced) {
      const { asker, index, sinceMs } = record
      try {
        if (sinceMs <= expiredMs) {
          const message = `the buffer was full for ${this.#options.timeoutMs} ms`
          asker.failed(new TimeoutError(message, { topic: this.name }), index)
        } else if (!place(record)) break
      } catch (error) {
        // Its partitioner has thrown, or there is something in it that has no bytes.
        asker.failed(error, index)
      }
      doneCount++
    }
    this.unplaced.splice(0, doneCount)
  }

  /**
   * Returns the queue for a record, or why there is none; `'unknown'` where newer metadata is
   * needed to tell, which is what the topic waits for then.
   */
  queueFor(record: Unplaced): PartitionQueue | KafkaError | 'unknown' {
    const { key, partition, partitioner } = record
    const { learnedAtMs, partitions } = this.#metadata!
    const partitionCount = partitions.length
    const chosen = partition ?? partitioner?.({ topic: this.name, key, partitionCount })
    if (chosen === undefined) {
      if (key !== null) return this.queues[partitionForKey(key, partitionCount)]!
      if (this.#sticky < 0) this.#sticky = this.#choose()
      this.#lastSticky = this.#sticky
      return this.queues[this.#sticky]!
    }
    const queue = chosen < partitionCount ? this.queues[chosen] : undefined
    if (queue) return queue
    if (partition === undefined || !Number.isSafeInteger(partition) || partition < 0) {
      const expected = `a partition of '${this.name}', from 0 to ${partitionCount - 1}`
      return new InvalidOptionError({ option: 'partition', expected, actual: chosen })
    }
    // It may have been added since the topic was looked up.
    if ((record.sinceMs ?? Infinity) > learnedAtMs) {
      this.#metadata = undefined
      return 'unknown'
    }
    return noSuchPartition(this.name, partition, partitionCount)
  }

  /** Records without a key go on elsewhere: a batch of `partition` is on its way, or cannot be. */
  leave(partition: number): void {
    if (partition === this.#sticky) this.#sticky = -1
  }

  /** Returns another partition at random, of those that have a leader where any has. */
  #choose(): number {
    const { partitions } = this.#metadata!
    const { length } = partitions
    let chosen = Math.floor(this.#options.random.number() * length)
    for (let step = 0, candidate = chosen; step < length; step++, candidate++) {
      const partition = candidate % length
      if (partitions[partition]!.leader < 0) continue
      chosen = partition
      // To stay is better than what nobody leads.
      if (partition !== this.#lastSticky) break
    }
    return chosen
  }
}
