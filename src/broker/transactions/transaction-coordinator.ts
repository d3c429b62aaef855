/**
 * The transaction coordinator: which producer has a transactional id, which partitions its
 * transaction is in, and how it ends.
 *
 * What it decides is appended to `__transaction_state` and applied at once. An end goes in three
 * steps, each durable before the next: that it is decided, the markers in all partitions, that
 * they are there. A restart goes on where it was.
 */

import { LogError } from '../../log/log-error.ts'
import type { Clock, Logger, Timer } from '../../runtime/runtime.ts'
import { Deadlines } from '../deadlines.ts'
import { RequestError } from '../request-error.ts'
import { StateJournal } from '../state-journal.ts'
import type { StateLog } from '../state-log.ts'
import { checkEnd, checkInitialisation, checkOpen, type EndRequest } from './check-transaction.ts'
import { loadTransactions, recordOf, removalOf } from './transaction-log.ts'
import { coordinatorEpoch, type TransactionMarkers } from './transaction-markers.ts'
import {
  completed,
  fenced,
  hasPartition,
  initialised,
  isEnding,
  isEpochExhausted,
  newTransaction,
  prepared,
  resultOf,
  rotated,
  successorOf,
  withPartitions,
  type Ending,
  type PartitionSet,
  type ProducerIdentity,
  type Transaction,
} from './transaction.ts'

export interface TransactionCoordinatorInput {
  /** The log of `__transaction_state`. */
  readonly log: Pick<StateLog, 'append' | 'replay'>
  readonly markers: Pick<TransactionMarkers, 'writeAll'>
  /** Returns a producer id that nobody has had. */
  readonly newProducerId: () => Promise<number>
  readonly clock: Clock
  readonly logger: Logger
  /** Returns the time to forget unused ids by, or nothing while it cannot be told for sure. */
  readonly retentionNow: () => number | undefined
  readonly options: {
    /** `transaction.max.timeout.ms` */
    readonly maxTransactionTimeoutMs: number
    /** `transactional.id.expiration.ms` */
    readonly transactionalIdExpirationMs: number
  }
}

export interface InitRequest extends ProducerIdentity {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
}

const noProducerId = -1
const retryMs = 1000
const expiryCheckMs = 60 * 60 * 1000

export class TransactionCoordinator {
  readonly #input: TransactionCoordinatorInput
  readonly #journal: StateJournal
  readonly #transactions: Map<string, Transaction>
  /** The ends that are under way: each settles when it is done, or when it has to wait. */
  readonly #ends = new Map<string, Promise<void>>()
  /** Ids that a producer is just being given. */
  readonly #initialising = new Set<string>()
  /** When open transactions are aborted. */
  readonly #deadlines: Deadlines
  #expiryTimer: Timer | undefined
  readonly #closed = new AbortController()

  /** Loads all transactions from the log, and ends those whose end was decided. */
  constructor(input: TransactionCoordinatorInput) {
    this.#input = input
    this.#journal = new StateJournal(input.log)
    this.#deadlines = new Deadlines(input.clock, (error, transactionalId) => {
      input.logger.warn('a transaction cannot be aborted yet', { transactionalId, error })
    })
    this.#transactions = loadTransactions(input.log)
    for (const transaction of this.#transactions.values()) {
      if (isEnding(transaction)) {
        // What a kill has left of the decision may not be on the disk yet.
        this.#journal.track(transaction.transactionalId, input.log.append([]))
        this.#finish(transaction)
      } else if (transaction.status === 'Ongoing') this.#setDeadline(transaction)
    }
    this.#scheduleExpiry()
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  all(): Iterable<Transaction> {
    return this.#transactions.values()
  }

  /**
   * Gives a producer the id, in a new epoch, and aborts what was open.
   *
   * @throws RequestError
   */
  async initialise(request: InitRequest): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs: timeoutMs } = request
    const { maxTransactionTimeoutMs } = this.#input.options
    if (timeoutMs < 1 || timeoutMs > maxTransactionTimeoutMs) {
      const message = `The timeout of ${timeoutMs} ms is not from 1 to ${maxTransactionTimeoutMs}.`
      throw new RequestError('INVALID_TRANSACTION_TIMEOUT', message)
    }
    if (this.#initialising.has(transactionalId)) throw isBusy(transactionalId)
    this.#initialising.add(transactionalId)
    try {
      await this.#initialise(request)
    } finally {
      this.#initialising.delete(transactionalId)
    }
    return this.#journal.afterSync(transactionalId, this.#known(transactionalId))
  }

  /**
   * Makes partitions a part of the producer's transaction, which begins with the first of them.
   *
   * @returns what to wait for before anything is said; `undefined` for nothing
   * @throws RequestError
   */
  addPartitions(
    transactionalId: string,
    producer: ProducerIdentity,
    added: PartitionSet,
  ): Promise<void> | undefined {
    const transaction = this.#known(transactionalId)
    checkOpen(transaction, producer)
    if (transaction.status !== 'Ongoing' || !includes(transaction, added)) {
      const next = withPartitions(transaction, added, this.#input.clock.now())
      this.#set(next)
      if (transaction.status !== 'Ongoing') this.#setDeadline(next)
    }
    return this.#journal.pending(transactionalId)
  }

  /** @throws RequestError where a partition is no part of the producer's open transaction */
  checkPartition(
    transactionalId: string,
    producer: ProducerIdentity,
    { topic, partition }: { readonly topic: string; readonly partition: number },
  ): void {
    const transaction = this.#known(transactionalId)
    checkOpen(transaction, producer)
    if (transaction.status === 'Ongoing' && hasPartition(transaction, topic, partition)) return
    const message = `${topic}-${partition} is not in the transaction of '${transactionalId}'.`
    throw new RequestError('TRANSACTION_ABORTABLE', message)
  }

  /**
   * Ends the producer's transaction.
   *
   * @returns the producer's id and epoch from here on, once all partitions know the outcome. Where
   *   the disk does not take that now, the outcome is told that was decided: it will be known.
   * @throws RequestError
   */
  async end(transactionalId: string, request: EndRequest): Promise<ProducerIdentity> {
    const { raisesEpoch, result } = request
    const needsId = raisesEpoch && isEpochExhausted(this.#known(transactionalId))
    const spareId = needsId ? await this.#input.newProducerId() : noProducerId
    const transaction = this.#known(transactionalId)
    if (checkEnd(transaction, request) === 'end') {
      const nextProducerId = raisesEpoch && isEpochExhausted(transaction) ? spareId : noProducerId
      this.#end(transaction, { result, raisesEpoch, nextProducerId })
    }
    // Before the wait: one that takes the id over waits for the same, and its epoch is its own.
    const next = successorOf(this.#known(transactionalId))
    await this.#ends.get(transactionalId)
    return this.#journal.afterSync(transactionalId, next)
  }

  /** Whether a producer has a transaction that is in this partition. */
  covers(producerId: number, topic: string, partition: number): boolean {
    for (const transaction of this.#transactions.values()) {
      if (transaction.producerId !== producerId) continue
      return hasPartition(transaction, topic, partition)
    }
    return false
  }

  /** Answers those who wait for an end. Nothing is stored: a restart goes on from the log. */
  close(): void {
    this.#deadlines.cancelAll()
    this.#expiryTimer?.cancel()
    this.#closed.abort()
  }

  async #initialise(request: InitRequest): Promise<void> {
    const { transactionalId, transactionTimeoutMs: timeoutMs } = request
    const before = this.#transactions.get(transactionalId)
    const asker = before ? checkInitialisation(before, request) : 'other'
    if (before?.status === 'Ongoing') this.#abort(before)
    await this.#ends.get(transactionalId)

    const existing = this.#transactions.get(transactionalId)
    const needsId = !existing || isEpochExhausted(existing)
    const spareId = needsId ? await this.#input.newProducerId() : noProducerId
    const current =
      this.#transactions.get(transactionalId) ?? newTransaction(transactionalId, spareId)
    if (isEnding(current) || current.status === 'Ongoing') throw isBusy(transactionalId)
    if (asker === 'retry') return
    const init = { timeoutMs, nowMs: this.#input.clock.now(), isSameProducer: asker === 'same' }
    const isUsedUp = existing !== undefined && needsId
    this.#set(isUsedUp ? rotated(current, spareId, init) : initialised(current, init))
  }

  #known(transactionalId: string): Transaction {
    const transaction = this.#transactions.get(transactionalId)
    if (transaction) return transaction
    const message = `Nobody has initialised the transactional id '${transactionalId}'.`
    throw new RequestError('INVALID_PRODUCER_ID_MAPPING', message)
  }

  /** Appends, then applies. @throws LogError where the disk does not take it */
  #set(transaction: Transaction): void {
    this.#journal.append(transaction.transactionalId, [recordOf(transaction)])
    this.#transactions.set(transaction.transactionalId, transaction)
  }

  /**
   * Aborts a transaction of its producer's. That raises the epoch, so that the producer is locked
   * out; where it has transactions of version 2 and wanted to abort anyway, it may go on (KIP-890).
   */
  #abort(transaction: Transaction): void {
    const ending = { result: 'abort', nextProducerId: noProducerId } as const
    if (isEpochExhausted(transaction)) {
      // The epoch that is left is for nobody to go on with.
      this.#end(fenced(transaction), { ...ending, raisesEpoch: false })
    } else {
      this.#end(transaction, { ...ending, raisesEpoch: true })
    }
  }

  #end(transaction: Transaction, ending: Omit<Ending, 'nowMs'>): void {
    const next = prepared(transaction, { ...ending, nowMs: this.#input.clock.now() })
    this.#set(next)
    this.#deadlines.cancel(transaction.transactionalId)
    this.#finish(next)
  }

  #finish(transaction: Transaction): void {
    const { transactionalId } = transaction
    const { promise: waits, resolve: wait } = Promise.withResolvers<void>()
    const end = this.#carryOut(transaction, wait).finally(() => this.#ends.delete(transactionalId))
    const isOver = Promise.race([end, waits])
    // Whoever waits for it is told; the broker ends with its logs.
    isOver.catch(() => {})
    this.#ends.set(transactionalId, isOver)
  }

  /** Calls `onWait` where the disk does not take the outcome now: it tries again until it does. */
  async #carryOut(transaction: Transaction, onWait: () => void): Promise<void> {
    const { transactionalId, partitions, producerId, producerEpoch } = transaction
    const { markers, clock, logger } = this.#input
    // A marker must not outlive a decision that a power failure takes back.
    await this.#journal.pending(transactionalId)
    const marker = { producerId, producerEpoch, coordinatorEpoch, result: resultOf(transaction) }
    for (;;) {
      try {
        await markers.writeAll(partitions, marker)
        this.#set(completed(transaction, clock.now()))
        return
      } catch (error) {
        const isFull = error instanceof LogError && !error.maybeApplied
        if (!isFull || this.#closed.signal.aborted) throw error
        logger.warn('a transaction cannot be ended yet', { transactionalId, error })
        onWait()
        await this.#pause()
      }
    }
  }

  /** @throws RequestError when the coordinator is closed */
  #pause(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const { signal } = this.#closed
    const onClosed = (): void => {
      timer.cancel()
      reject(new RequestError('NOT_COORDINATOR', 'The broker is shutting down.'))
    }
    const timer = this.#input.clock.after(retryMs, () => {
      signal.removeEventListener('abort', onClosed)
      resolve()
    })
    signal.addEventListener('abort', onClosed, { once: true })
    return promise
  }

  #setDeadline({ transactionalId, timeoutMs, startedAtMs }: Transaction): void {
    const leftMs = startedAtMs + timeoutMs - this.#input.clock.now()
    this.#deadlines.set(transactionalId, Math.min(Math.max(leftMs, 0), timeoutMs), () => {
      const transaction = this.#transactions.get(transactionalId)
      if (transaction?.status !== 'Ongoing') return
      this.#input.logger.info('a transaction took too long and is aborted', {
        transactionalId,
        timeoutMs,
      })
      this.#abort(transaction)
    })
  }

  #scheduleExpiry(): void {
    this.#expiryTimer = this.#input.clock.after(expiryCheckMs, () => {
      this.#forgetUnused()
      this.#scheduleExpiry()
    })
  }

  #forgetUnused(): void {
    const { retentionNow, logger, options } = this.#input
    const nowMs = retentionNow()
    if (nowMs === undefined) return
    const oldest = nowMs - options.transactionalIdExpirationMs
    for (const { transactionalId, updatedAtMs, status } of this.#transactions.values()) {
      if (updatedAtMs >= oldest || status === 'Ongoing' || this.#ends.has(transactionalId)) continue
      try {
        this.#journal.append(transactionalId, [removalOf(transactionalId)])
      } catch (error) {
        logger.warn('an unused transactional id cannot be removed yet', { transactionalId, error })
        return
      }
      this.#transactions.delete(transactionalId)
    }
  }
}

function includes(transaction: Transaction, partitions: PartitionSet): boolean {
  for (const [topic, indexes] of partitions) {
    for (const index of indexes) if (!hasPartition(transaction, topic, index)) return false
  }
  return true
}

function isBusy(transactionalId: string): RequestError {
  const message = `Another producer is just at work with '${transactionalId}'.`
  return new RequestError('CONCURRENT_TRANSACTIONS', message)
}
