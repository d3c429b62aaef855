/**
 * What a partition remembers of idempotent and transactional producers (KIP-98): the epoch and the
 * last batches of each, to tell duplicates and gaps, and the transactions that are open, to tell up
 * to where everything is decided.
 *
 * `check` looks and refuses; `appended` and `ended` alone change the state. Loading a log goes
 * through the same two.
 */

import type { AbortedTransaction } from '../segment/aborted-transactions.ts'
import { LogError } from '../log-error.ts'

/** Who appends: a client is checked in full, a coordinator by its epoch only. */
export type AppendOrigin = 'client' | 'coordinator'

/** Batches of each producer that are remembered, as Kafka does: five may be in flight. */
const recentBatchesMax = 5
const sequenceMax = 2 ** 31 - 1
const noSequence = -1
const noProducers: ReadonlyMap<number, Producer> = new Map()

/** A data batch as its producer numbered it. */
export interface SequencedBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastOffsetDelta: number
  readonly maxTimestamp: number
  readonly isTransactional: boolean
}

export interface RecentBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

export interface TransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly result: 'abort' | 'commit'
}

export interface EndedTransaction {
  readonly result: 'abort' | 'commit'
  readonly transaction: AbortedTransaction
}

export interface Producer {
  epoch: number
  /** Of the last marker; -1 before the first. */
  coordinatorEpoch: number
  /** First offset of the open transaction; -1 for none. */
  transactionFirstOffset: number
  /** Time of the last append, on the clock of the broker. */
  seenAtMs: number
  /** Oldest first. */
  batches: RecentBatch[]
}

export class ProducerStates {
  // The maps are made when needed: most partitions never see an idempotent producer.
  #producers: Map<number, Producer> | undefined
  /** First offsets of open transactions by producer id, in the order of those offsets. */
  #open: Map<number, number> | undefined
  /** Ended transactions whose marker may not be durable yet, in the order of the markers. */
  #ending: { readonly firstOffset: number; readonly lastOffset: number }[] | undefined

  /** Entries by producer id, for a snapshot. */
  get producers(): ReadonlyMap<number, Readonly<Producer>> {
    return this.#producers ?? noProducers
  }

  /**
   * Returns the stored batch that `batch` repeats, or `undefined` where it is new.
   *
   * @throws LogError where it is neither: out of sequence, or of an old epoch
   */
  check(batch: SequencedBatch, origin: AppendOrigin): RecentBatch | undefined {
    const producer = this.#producers?.get(batch.producerId)
    // Nothing is known of this producer, perhaps because its records were deleted long ago.
    if (!producer) return undefined

    if (origin === 'client' && batch.producerEpoch === producer.epoch) {
      const duplicate = findDuplicate(producer, batch)
      if (duplicate) return duplicate
    }
    checkEpoch(batch, producer)
    if (origin === 'client') checkSequence(batch, producer)
    if (producer.transactionFirstOffset >= 0 && !batch.isTransactional) {
      const message = `producer ${batch.producerId} has an open transaction, not with this batch`
      throw new LogError('INVALID_TXN_STATE', message)
    }
    return undefined
  }

  /** @throws LogError where `marker` comes from a coordinator or a producer of an old epoch */
  checkMarker(marker: TransactionMarker): void {
    const producer = this.#producers?.get(marker.producerId)
    if (!producer) return
    checkEpoch(marker, producer)
    if (marker.coordinatorEpoch < producer.coordinatorEpoch) {
      const { coordinatorEpoch } = producer
      const message = `coordinator epoch ${marker.coordinatorEpoch} is below ${coordinatorEpoch}`
      throw new LogError('TRANSACTION_COORDINATOR_FENCED', message)
    }
  }

  /** Remembers a data batch that was appended at `baseOffset`. */
  appended(batch: SequencedBatch, baseOffset: number, nowMs: number): void {
    const producer = this.#producerOf(batch.producerId, batch.producerEpoch)
    producer.seenAtMs = nowMs
    if (producer.batches.length === recentBatchesMax) producer.batches.shift()
    producer.batches.push({
      firstSequence: batch.baseSequence,
      lastSequence: lastSequence(batch),
      baseOffset,
      lastOffset: baseOffset + batch.lastOffsetDelta,
      timestamp: batch.maxTimestamp,
    })
    if (batch.isTransactional && producer.transactionFirstOffset < 0) {
      producer.transactionFirstOffset = baseOffset
      this.#open ??= new Map()
      this.#open.set(batch.producerId, baseOffset)
    }
  }

  /** Remembers a marker at `offset`. Returns the transaction it ends, if there was one. */
  ended(marker: TransactionMarker, offset: number, nowMs: number): EndedTransaction | undefined {
    const { producerId, result } = marker
    const producer = this.#producerOf(producerId, marker.producerEpoch)
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.seenAtMs = nowMs
    const firstOffset = producer.transactionFirstOffset
    if (firstOffset < 0) return undefined

    producer.transactionFirstOffset = -1
    this.#open?.delete(producerId)
    this.#ending ??= []
    this.#ending.push({ firstOffset, lastOffset: offset })
    const lastStableOffset = this.#firstOpenOffset() ?? offset + 1
    const transaction = { producerId, firstOffset, lastOffset: offset, lastStableOffset }
    return { result, transaction }
  }

  /**
   * Returns the offset below which every transaction is decided, and the decision is below
   * `highWatermark`: a decision that a power failure could take back does not count.
   */
  lastStableOffset(highWatermark: number): number {
    this.settle(highWatermark)
    let offset = Math.min(highWatermark, this.#firstOpenOffset() ?? highWatermark)
    if (!this.#ending) return offset
    for (const { firstOffset } of this.#ending) offset = Math.min(offset, firstOffset)
    return offset
  }

  /** Forgets ended transactions whose marker is below `highWatermark`: nobody else may ask. */
  settle(highWatermark: number): void {
    if (!this.#ending || this.#ending[0]!.lastOffset >= highWatermark) return
    const ending = this.#ending.filter(({ lastOffset }) => lastOffset >= highWatermark)
    this.#ending = ending.length > 0 ? ending : undefined
  }

  /** Forgets producers that appended nothing since `timeMs` and have no open transaction. */
  expire(timeMs: number): void {
    for (const [producerId, producer] of this.producers) {
      if (producer.seenAtMs >= timeMs || producer.transactionFirstOffset >= 0) continue
      this.#producers?.delete(producerId)
    }
  }

  /** Takes over what a snapshot says; in place of all that was known. */
  restore(producers: Iterable<readonly [producerId: number, producer: Producer]>): void {
    const open: [producerId: number, firstOffset: number][] = []
    const restored = new Map(producers)
    for (const [producerId, { transactionFirstOffset }] of restored) {
      if (transactionFirstOffset >= 0) open.push([producerId, transactionFirstOffset])
    }
    open.sort((left, right) => left[1] - right[1])
    this.#producers = restored.size > 0 ? restored : undefined
    this.#open = open.length > 0 ? new Map(open) : undefined
    this.#ending = undefined
  }

  #firstOpenOffset(): number | undefined {
    if (!this.#open || this.#open.size === 0) return undefined
    const [offset] = this.#open.values()
    return offset
  }

  /** Returns the entry of a producer, in which a new epoch begins without batches. */
  #producerOf(producerId: number, epoch: number): Producer {
    this.#producers ??= new Map()
    let producer = this.#producers.get(producerId)
    if (!producer) {
      producer = {
        epoch,
        coordinatorEpoch: -1,
        transactionFirstOffset: -1,
        seenAtMs: 0,
        batches: [],
      }
      this.#producers.set(producerId, producer)
    } else if (producer.epoch !== epoch) {
      producer.epoch = epoch
      producer.batches = []
    }
    return producer
  }
}

function checkEpoch(
  batch: { readonly producerId: number; readonly producerEpoch: number },
  producer: Producer,
): void {
  if (batch.producerEpoch >= producer.epoch) return
  // Not PRODUCER_FENCED: the client can abort its transaction and go on with a new epoch (KIP-360).
  const { producerId, producerEpoch } = batch
  const message = `epoch ${producerEpoch} of producer ${producerId} is below ${producer.epoch}`
  throw new LogError('INVALID_PRODUCER_EPOCH', message)
}

function checkSequence(batch: SequencedBatch, producer: Producer): void {
  const isNewEpoch = batch.producerEpoch !== producer.epoch
  const last = isNewEpoch ? noSequence : (producer.batches.at(-1)?.lastSequence ?? noSequence)
  const expected = last === sequenceMax ? 0 : last + 1
  if (batch.baseSequence === expected) return
  const message =
    `sequence ${batch.baseSequence} of producer ${batch.producerId}, epoch ` +
    `${batch.producerEpoch}, where ${expected} comes next`
  throw new LogError('OUT_OF_ORDER_SEQUENCE_NUMBER', message)
}

function findDuplicate(producer: Producer, batch: SequencedBatch): RecentBatch | undefined {
  const last = lastSequence(batch)
  for (const recent of producer.batches) {
    if (recent.firstSequence === batch.baseSequence && recent.lastSequence === last) return recent
  }
  return undefined
}

/** Sequences go on at 0 after 2^31 - 1. */
function lastSequence({ baseSequence, lastOffsetDelta }: SequencedBatch): number {
  if (baseSequence === noSequence) return noSequence
  const last = baseSequence + lastOffsetDelta
  return last > sequenceMax ? last - sequenceMax - 1 : last
}
