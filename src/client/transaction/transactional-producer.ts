/**
 * The producer of one transactional id: one transaction at a time. Where it does not know any more
 * how it stands with the coordinator, it gets a new epoch before the next transaction, which ends
 * whatever is open.
 */

import type { Cluster } from '../cluster/cluster.ts'
import { abortable } from '../failure/deadline.ts'
import { KafkaError } from '../failure/errors.ts'
import type { GroupIdentity, GroupOffset } from '../group/group-offsets.ts'
import { asMember, refusalOf } from '../group/offset-committer.ts'
import type { Committable, CommitIdentity } from '../group/offset-committer.ts'
import type { PartitionQueue, ProducerIdentity } from '../producer/accumulator.ts'
import type { OpenTransaction } from '../producer/open-transaction.ts'
import { Sender } from '../producer/sender.ts'
import type { OperationOptions } from '../settings/kafka-options.ts'
import type { TransactionSettings } from './transaction-options.ts'
import { addOffsets, addPartitions, end, initialise } from './transaction-requests.ts'
import type { TransactionContext, TransactionVersion } from './transaction-requests.ts'

/** Offsets of one member of a group. */
export interface MemberOffsets {
  readonly identity: CommitIdentity
  /** The next record to be read of each partition. */
  readonly offsets: ReadonlyMap<Committable, number>
}

export interface TransactionalProducerOptions extends TransactionSettings {
  readonly transactionalId: string
  /** Whether nobody else uses the id, so that it need not be asked who has it. */
  readonly isOwnId: boolean
}

/** Somebody has raised the epoch: another producer of this id, or the coordinator itself. */
const fencedErrors: ReadonlySet<string | undefined> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
])
/** The coordinator knows of no such transaction. */
const lostErrors: ReadonlySet<string | undefined> = new Set([
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
])

export class TransactionalProducer implements OpenTransaction {
  readonly transactionalId: string
  readonly sender: Sender
  readonly #cluster: Cluster
  readonly #options: TransactionalProducerOptions
  #identity: ProducerIdentity | undefined
  #version: TransactionVersion = 2
  /** Whether the coordinator has to be asked how things stand. */
  #isUnsure = false
  /** Says that somebody else has the id now. */
  #fencedBy: KafkaError | undefined
  /** Whether the coordinator may have a transaction of ours that has not ended. */
  #mayBeOpen = false
  #beganAtMs = 0
  /** Version 1: queues whose partitions the coordinator is to hear of, each once. */
  #enrolling = new Set<PartitionQueue>()
  /** Those of them that it knows of. */
  #enrolled = new Set<PartitionQueue>()
  /** Those of them that it has not been told of. */
  #untold: PartitionQueue[] = []
  /** Keeps it from being told when the transaction is over. */
  #enrolment = new AbortController()
  #onFailure: (error: KafkaError) => void = () => undefined
  #ending: Promise<void> | undefined

  /** With `ending`, it begins nothing before that is over. */
  constructor(cluster: Cluster, options: TransactionalProducerOptions, ending?: Promise<void>) {
    this.transactionalId = options.transactionalId
    this.#ending = ending?.then(() => void (this.#ending = undefined))
    this.#cluster = cluster
    this.#options = options
    this.sender = new Sender(cluster, options.delivery, this)
  }

  get produceVersions(): { readonly minVersion?: number; readonly maxVersion: number } {
    return this.#version === 1 ? { maxVersion: 11 } : { minVersion: 12, maxVersion: 12 }
  }

  /** Begins a transaction. `onFailure` is told what makes it impossible to commit it. */
  async begin(signal: AbortSignal, onFailure: (error: KafkaError) => void): Promise<void> {
    if (this.#ending) await abortable(this.#ending, signal)
    if (this.#fencedBy) throw this.#fencedBy
    if (!this.#identity || this.#isUnsure) await this.#initialise(signal)
    this.#onFailure = onFailure
    this.#beganAtMs = this.#now()
    this.#enrolling = new Set()
    this.#enrolled = new Set()
    this.#enrolment = new AbortController()
  }

  /** Ends what others have begun under the id, also who has taken it over from us. */
  async takeOver(signal: AbortSignal): Promise<void> {
    if (this.#ending) await abortable(this.#ending, signal)
    this.#fencedBy = undefined
    this.#identity = undefined
    await this.#initialise(signal)
  }

  holds(queue: PartitionQueue): boolean {
    this.#mayBeOpen = true
    if (this.#version === 2 || this.#enrolled.has(queue)) return false
    if (this.#enrolling.has(queue)) return true
    this.#enrolling.add(queue)
    if (this.#untold.push(queue) === 1) queueMicrotask(() => void this.#enroll())
    return true
  }

  /** Commits offsets along with the transaction. */
  async addOffsets(members: readonly MemberOffsets[], signal: AbortSignal): Promise<void> {
    try {
      for (const member of members) await this.#addOffsets(member, signal)
    } catch (error) {
      this.#onFailure(error as KafkaError)
      throw error
    }
  }

  /**
   * Commits everything that was sent; all of it has to be stored.
   *
   * @throws KafkaError, with `maybeApplied` where the transaction may be committed all the same
   */
  async commit(): Promise<void> {
    if (!this.#mayBeOpen) return
    try {
      // From here on nobody can say any more that it shall not be.
      await this.#end(true)
    } catch (error) {
      this.#noteFailure(error)
      // Whether it is committed is not known: to abort it may be too late.
      if (KafkaError.is(error) && error.maybeApplied) this.#isUnsure = true
      throw error
    }
  }

  /** Undoes what was sent. It never fails: if need be, what is open is ended a moment later. */
  async abort(reason: KafkaError): Promise<void> {
    const hasBegun = this.#mayBeOpen
    // What is told after the end would begin another transaction.
    this.#enrolment.abort()
    this.sender.close(reason)
    await this.sender.flush()
    this.#noteFailure(reason)
    try {
      if (hasBegun && !this.#isUnsure) await this.#giveUp()
    } catch (error) {
      this.#noteFailure(error)
      this.#isUnsure = true
      const facts = { transactionalId: this.transactionalId, error: String(error) }
      this.#cluster.logger.debug('a transaction could not be aborted', facts)
    }
    if (this.#mayBeOpen && this.#isUnsure && !this.#fencedBy) this.#ending ??= this.#endByEpoch()
    // Numbers may have been given to batches that were not stored: version 1 needs a new epoch.
    if (this.#version === 1) this.#isUnsure = true
    else if (!hasBegun && this.#identity) this.#goOnAs(this.#identity)
  }

  /** Resolves when it has been tried to end what an abort has left open; there if that goes on. */
  get ending(): Promise<void> | undefined {
    return this.#ending
  }

  #now(): number {
    return this.#cluster.platform.clock.monotonic()
  }

  get #context(): TransactionContext {
    const { transactionalId } = this
    return {
      cluster: this.#cluster,
      transactionalId,
      version: this.#version,
      ...this.#identity!,
    }
  }

  #limits(signal?: AbortSignal): OperationOptions {
    return { timeout: this.#options.delivery.timeoutMs, ...(signal && { signal }) }
  }

  /**
   * Gets a new epoch, which ends what is open under the one before. Until then, or until its time
   * is up, nobody sees what comes after it, and nobody is told the offsets that it was to commit:
   * that is not left to the next transaction, which another producer may be given.
   */
  async #endByEpoch(): Promise<void> {
    try {
      await this.#initialise()
    } catch (error) {
      const facts = { transactionalId: this.transactionalId, error: String(error) }
      this.#cluster.logger.warn('a transaction stays open until its time is up', facts)
    }
    this.#ending = undefined
  }

  async #initialise(signal?: AbortSignal): Promise<void> {
    const { transactionalId, transactionTimeoutMs, isOwnId } = this.#options
    const previous = isOwnId ? undefined : this.#identity
    const input = { transactionalId, transactionTimeoutMs, previous }
    try {
      // A coordinator that finds one open ends it, and takes whom it is of for somebody else then.
      if (previous && this.#mayBeOpen) await this.#giveUp(signal)
      const answer = await initialise(this.#cluster, input, this.#limits(signal))
      this.#mayBeOpen = false
      this.#version = answer.version
      this.#goOnAs(answer.identity)
    } catch (error) {
      this.#noteFailure(error)
      throw error
    }
    this.#isUnsure = false
  }

  /** Aborts what is open, if it still is. */
  async #giveUp(signal?: AbortSignal): Promise<void> {
    try {
      await this.#end(false, signal)
    } catch (error) {
      if (!KafkaError.is(error) || !lostErrors.has(error.kafkaName)) throw error
      this.#mayBeOpen = false
      this.#isUnsure = true
    }
  }

  async #end(committed: boolean, signal?: AbortSignal): Promise<void> {
    const identity = await end(this.#context, committed, this.#limits(signal))
    this.#mayBeOpen = false
    const { producerId, producerEpoch } = this.#identity!
    const isNew = identity.producerId !== producerId || identity.producerEpoch !== producerEpoch
    if (isNew) this.#goOnAs(identity)
  }

  #goOnAs(identity: ProducerIdentity): void {
    this.#identity = identity
    this.sender.renew({ ...identity, isTransactional: true })
  }

  async #enroll(): Promise<void> {
    const queues = this.#untold.splice(0)
    const enrolled = this.#enrolled
    const { signal } = this.#enrolment
    if (signal.aborted) return
    try {
      await addPartitions(this.#context, queues, this.#limits(signal))
      for (const queue of queues) enrolled.add(queue)
      this.sender.wake()
    } catch (error) {
      if (!signal.aborted) this.#onFailure(error as KafkaError)
    }
  }

  async #addOffsets({ identity, offsets }: MemberOffsets, signal: AbortSignal): Promise<void> {
    this.#mayBeOpen = true
    const limits = this.#limits(signal)
    const next = (): GroupOffset[] =>
      [...offsets].map(([committable, offset]) => {
        if (committable.state === 'gone') throw refusalOf(committable)
        const { topic, partition } = committable
        return { topic, partition, offset }
      })
    const add = (current: GroupIdentity): Promise<void> =>
      addOffsets(this.#context, current, next, limits)
    await asMember(identity, add, signal)
  }

  #noteFailure(error: unknown): void {
    if (!KafkaError.is(error)) return
    if (lostErrors.has(error.kafkaName)) this.#isUnsure = true
    if (!fencedErrors.has(error.kafkaName)) return
    this.#isUnsure = true
    const { isOwnId, transactionTimeoutMs } = this.#options
    // The coordinator does so when a transaction takes too long; then the id is still ours.
    const tookMs = this.#now() - this.#beganAtMs
    if (this.#mayBeOpen && tookMs >= transactionTimeoutMs) this.#identity = undefined
    else if (!isOwnId) this.#fencedBy = error
  }
}
