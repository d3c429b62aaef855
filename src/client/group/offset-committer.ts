/**
 * Commits offsets of one consumer. One request is under way at a time; what is to be committed
 * meanwhile goes into the next one, only the last offset of each partition.
 */

import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { abortable, withinLimits } from '../failure/deadline.ts'
import { ClosedError, KafkaError, RebalanceInProgressError } from '../failure/errors.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import { commitOffsets, type GroupIdentity } from './group-offsets.ts'

/** Tells who commits, and waits until that is known anew. */
export interface CommitIdentity {
  current(): GroupIdentity
  /** Resolves after the next answer of the coordinator: the member's epoch may have grown. */
  renewed(): Promise<void>
  /**
   * Resolves at once where the coordinator has answered of late, and else when it has: after that,
   * what others may have by now is known to be gone.
   */
  confirmed(): Promise<void>
}

/** What is committed for. */
export interface Committable extends TopicPartition {
  /** Of the very topic that was read, which another of its name is not. */
  readonly topicId: string | undefined
  /** Once it is `gone`, another member may have it. */
  readonly state: 'owned' | 'leaving' | 'gone'
  /** The offset that was last committed by this consumer. */
  committed: number | undefined
  /** Grows with each seek: what was to be committed before does not count any more. */
  readonly round: number
}

interface Place {
  readonly offset: number
  /** The round of the partition in which that was to be committed. */
  readonly round: number
}

type Committed = ReadonlySet<Committable>

/** The group has gone on meanwhile: who commits is still a member, or will soon hear otherwise. */
const staleErrors: ReadonlySet<string | undefined> = new Set([
  'STALE_MEMBER_EPOCH',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
])

/** An epoch may grow again while a commit is on its way; hardly ever several times in a row. */
const staleAttempts = 4

/** Does `work` on behalf of `member`, again where the group has gone on meanwhile. */
export async function asMember<Result>(
  member: CommitIdentity,
  work: (identity: GroupIdentity) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(member.current())
    } catch (error) {
      const isStale = KafkaError.is(error) && staleErrors.has(error.kafkaName)
      if (!isStale || attempt === staleAttempts) throw error
      await abortable(member.renewed(), signal)
    }
  }
}

export class OffsetCommitter {
  readonly #cluster: Cluster
  readonly identity: CommitIdentity
  #waiting = new Map<Committable, Place>()
  /** With the partitions that were committed. */
  #next: Promise<Committed> | undefined
  #current: Promise<Committed> = Promise.resolve(new Set())
  /** Resolves once the last request was sent. */
  #sent = Promise.withResolvers<void>()
  #isHurried = false
  /** Ends the wait for what is under way. */
  #goOn: (() => void) | undefined
  #isClosed = false

  constructor(cluster: Cluster, identity: CommitIdentity) {
    this.#cluster = cluster
    this.identity = identity
  }

  /** Commits that records of `partition` before `offset` are processed. */
  commit(partition: Committable, offset: number, options: OperationOptions = {}): Promise<void> {
    const { signal, timeout } = options
    const refusal = signal?.aborted ? (signal.reason as Error) : this.#refusal(partition)
    if (refusal) return Promise.reject(refusal)
    const { round } = partition
    if (isCommitted(partition, { offset, round })) return Promise.resolve()
    const waiting = this.#waiting.get(partition)
    if (waiting?.round !== round || offset > waiting.offset) {
      this.#waiting.set(partition, { offset, round })
    }
    this.#next ??= this.#commitNext()
    const next = this.#next.then((committed) => {
      if (!committed.has(partition)) throw refusalOf(partition)
    })
    if (timeout === undefined) return abortable(next, signal)
    const timeoutMs = this.#cluster.timeoutMs(options)
    const { clock } = this.#cluster.platform
    const maybeApplied = (): boolean => true
    return withinLimits({ action: 'commit', clock, timeoutMs, signal, maybeApplied }, () => next)
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

  /**
   * Has what waits sent at once, not only once what is under way has been answered. Resolves when
   * that was sent, or cannot be.
   */
  async hurry(): Promise<void> {
    this.#isHurried = true
    this.#goOn?.()
    await Promise.race([this.#sent.promise, this.settled()])
  }

  close(): void {
    this.#isClosed = true
  }

  #refusal(partition: Committable): KafkaError | undefined {
    if (this.#isClosed) return new ClosedError('the consumer is closed: it cannot commit any more')
    return partition.state === 'gone' ? refusalOf(partition) : undefined
  }

  async #commitNext(): Promise<Committed> {
    const sent = (this.#sent = Promise.withResolvers<void>())
    // Those who commit in the same turn share the request, as those do who come while it waits.
    await Promise.resolve()
    if (!this.#isHurried) await this.#answered()
    const waiting = this.#waiting
    this.#waiting = new Map()
    this.#current = this.#commitAll(waiting, sent.resolve)
    this.#next = undefined
    return this.#current
  }

  /** Resolves once what is under way has been answered, or is not waited for any more. */
  #answered(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = resolve
      this.#current.then(
        () => resolve(),
        () => resolve(),
      )
    })
  }

  async #commitAll(
    waiting: ReadonlyMap<Committable, Place>,
    onSent: () => void,
  ): Promise<Committed> {
    return asMember(this.identity, async (identity) => {
      // What was lost meanwhile is for others to commit: also for us, if it is ours once more.
      const owned = [...waiting].filter(([{ state }]) => state !== 'gone')
      const offsets = owned
        .filter(([partition, place]) => !isCommitted(partition, place))
        .map(([{ topic, topicId, partition }, { offset }]) => ({
          topic,
          topicId,
          partition,
          offset,
        }))
      if (offsets.length > 0) {
        await commitOffsets(this.#cluster, identity, offsets, { onSent })
      }
      return noteCommitted(owned)
    })
  }
}

/** A commit says "everything up to here": it is never taken back by an earlier record. */
function isCommitted({ committed = -1, round }: Committable, place: Place): boolean {
  return place.round === round && place.offset <= committed
}

function noteCommitted(owned: readonly (readonly [Committable, Place])[]): Committed {
  for (const [partition, { offset, round }] of owned) {
    if (partition.round !== round) continue
    partition.committed = Math.max(offset, partition.committed ?? 0)
  }
  return new Set(owned.map(([partition]) => partition))
}

export function refusalOf({ topic, partition }: Committable): RebalanceInProgressError {
  const message = `${topic}-${partition} was given to another member of the group`
  return new RebalanceInProgressError(message, { topic, partition })
}
