/**
 * Commits offsets of one consumer. One request is under way at a time; what is to be committed
 * meanwhile goes into the next one, only the last offset of each partition.
 */

import type { Cluster } from './cluster.ts'
import { abortable, withinLimits } from './deadline.ts'
import { ClosedError, KafkaError, RebalanceInProgressError } from './errors.ts'
import { commitOffsets, type GroupIdentity } from './group-offsets.ts'
import type { OperationOptions } from './kafka-options.ts'
import type { TopicPartition } from './offset-lookup.ts'

/** Tells who commits, and waits until that is known anew. */
export interface CommitIdentity {
  current(): GroupIdentity
  /** Resolves after the next answer of the coordinator: the member's epoch may have grown. */
  renewed(): Promise<void>
}

/** What is committed for. */
export interface Committable extends TopicPartition {
  /** Once it is `gone`, another member may have it. */
  readonly state: 'owned' | 'leaving' | 'gone'
  /** The offset that was last committed by this consumer. */
  committed: number | undefined
}

/** An epoch may grow again while a commit is on its way; hardly ever several times in a row. */
const staleAttempts = 4

export class OffsetCommitter {
  readonly #cluster: Cluster
  readonly #identity: CommitIdentity
  #waiting = new Map<Committable, number>()
  #next: Promise<void> | undefined
  #current: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(cluster: Cluster, identity: CommitIdentity) {
    this.#cluster = cluster
    this.#identity = identity
  }

  /** Commits that records of `partition` before `offset` are processed. */
  commit(partition: Committable, offset: number, options: OperationOptions = {}): Promise<void> {
    const refusal = this.#refusal(partition)
    if (refusal) return Promise.reject(refusal)
    // A commit says "everything up to here": it is never taken back by an earlier record.
    if (partition.committed !== undefined && offset <= partition.committed) return this.#current
    const waiting = this.#waiting.get(partition)
    if (waiting === undefined || offset > waiting) this.#waiting.set(partition, offset)
    this.#next ??= this.#commitNext()
    const { signal, timeout } = options
    if (timeout === undefined) return abortable(this.#next, signal)
    const timeoutMs = this.#cluster.timeoutMs(options)
    const { clock } = this.#cluster.platform
    const next = this.#next
    return withinLimits({ action: 'commit', clock, timeoutMs, signal }, () => next)
  }

  /** Commits without anybody waiting for it. */
  commitLater(partition: Committable, offset: number): void {
    this.commit(partition, offset).catch((error: Error) => {
      const { topic } = partition
      const facts = { topic, partition: partition.partition, offset, error: error.message }
      this.#cluster.logger.warn('an offset could not be committed', facts)
    })
  }

  /** Resolves once nothing is waiting or under way, however that ended. */
  async settled(): Promise<void> {
    while (this.#next) await this.#next.catch(() => undefined)
    await this.#current.catch(() => undefined)
  }

  close(): void {
    this.#isClosed = true
  }

  #refusal(partition: Committable): KafkaError | undefined {
    const { topic, partition: number } = partition
    if (this.#isClosed) return new ClosedError('the consumer is closed: it cannot commit any more')
    if (partition.state !== 'gone') return undefined
    const message = `${topic}-${number} was given to another member of the group`
    return new RebalanceInProgressError(message, { topic, partition: number })
  }

  async #commitNext(): Promise<void> {
    // Those who commit in the same turn share the request, as those do who come while it waits.
    await Promise.resolve()
    await this.#current.catch(() => undefined)
    const waiting = this.#waiting
    this.#waiting = new Map()
    this.#current = this.#commitAll(waiting)
    this.#next = undefined
    await this.#current
  }

  async #commitAll(waiting: ReadonlyMap<Committable, number>): Promise<void> {
    const offsets = [...waiting].map(([{ topic, partition }, offset]) => ({
      topic,
      partition,
      offset,
    }))
    for (let attempt = 1; ; attempt++) {
      try {
        await commitOffsets(this.#cluster, this.#identity.current(), offsets)
        break
      } catch (error) {
        const isStale = KafkaError.is(error) && error.kafkaName === 'STALE_MEMBER_EPOCH'
        if (!isStale || attempt === staleAttempts) throw error
        await this.#identity.renewed()
      }
    }
    for (const [partition, offset] of waiting) {
      partition.committed = Math.max(offset, partition.committed ?? 0)
    }
  }
}
