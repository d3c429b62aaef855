/**
 * Records on their way out, gathered into one growing batch for each partition. Records of a
 * partition leave in the order in which they were added.
 */

import { BatchWriter, type RecordInput } from '../../record/batch-writer.ts'
import type { Codecs, CompressionName } from '../../record/compression.ts'
import type { Clock } from '../../runtime/runtime.ts'

/** Where a record ended up. */
export interface RecordMetadata {
  /** The topic that it was sent to. */
  readonly topic: string
  /** The partition, from 0, that it was put into. */
  readonly partition: number
  /** -1 where the broker did not say: with `acks` 0, and for a batch that it had already. */
  readonly offset: number
  /** When it happened, in milliseconds since 1970: as it was sent, or as the broker stamped it. */
  readonly timestamp: number
}

/** Who is to hear what became of records, each under a number of theirs. */
export interface Asker {
  /** Aborted when nobody waits for the records any more. */
  readonly signal: AbortSignal | undefined
  /** Without it nobody asks where a record is, and `failed` is called once for a whole batch. */
  readonly stored: ((metadata: RecordMetadata, index: number) => void) | undefined
  readonly failed: (error: unknown, index: number) => void
}

/** A record on its way. */
export interface Outgoing extends RecordInput {
  readonly timestamp: number
  readonly asker: Asker
  /** Which of the records of `asker` it is. */
  readonly index: number
  /** Since when it has waited for its place in a batch, on the monotonic clock. @default now */
  readonly sinceMs?: number
}

/** What an idempotent producer is to the broker. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  /** Whether what it sends is part of a transaction. @default false */
  readonly isTransactional?: boolean
}

/** Sequence numbers go on from 0 after the largest. */
const sequenceMask = 0x7fff_ffff
/** Memory of the first batch of a partition; later ones begin with what the last one needed, */
const firstBatchBytes = 512
/** and a little more, since none is as large as the other: to grow costs as much as the rest. */
const headroom = 1.25

/** One batch, from its first record until all of its records are settled. */
export class PendingBatch {
  readonly queue: PartitionQueue
  readonly createdAtMs: number
  readonly #writer: BatchWriter
  /** Those that somebody asks for, each in its place. */
  readonly #outgoing: (Outgoing | undefined)[] = []
  /** Those that only want to know of a failure. */
  #unasked: Set<Asker> | undefined
  /** Number of its first record in the partition, from this producer; -1 before it was sent. */
  sequence = -1
  /** Failures that count against the limit of retries. */
  failures = 0
  /** Whether an attempt to send it may have succeeded without our knowing. */
  maybeApplied = false
  readonly #onSettled: (() => void)[] = []

  constructor(queue: PartitionQueue, writer: BatchWriter, createdAtMs: number) {
    this.queue = queue
    this.#writer = writer
    this.createdAtMs = createdAtMs
  }

  get recordCount(): number {
    return this.#outgoing.length
  }

  get sizeBytes(): number {
    return this.#writer.sizeBytes
  }

  /** Adds a record, or returns `false` where the batch would become too large. */
  tryAdd(outgoing: Outgoing): boolean {
    if (!this.#writer.tryAppend(outgoing)) return false
    const { asker } = outgoing
    this.#outgoing.push(asker.stored && outgoing)
    if (!asker.stored) (this.#unasked ??= new Set()).add(asker)
    return true
  }

  /** Returns the bytes to send. */
  finish(identity: ProducerIdentity | undefined): Uint8Array | Promise<Uint8Array> {
    return identity
      ? this.#writer.finish({ ...identity, baseSequence: this.sequence })
      : this.#writer.finish()
  }

  /** `appendTime` is the broker's time where the topic uses that, else -1. */
  succeed(baseOffset: number, appendTime: number): void {
    const { topic, partition } = this.queue
    this.queue.isKnown = true
    let offset = baseOffset
    for (const outgoing of this.#outgoing) {
      if (outgoing) {
        const timestamp = appendTime < 0 ? outgoing.timestamp : appendTime
        outgoing.asker.stored!({ topic, partition, offset, timestamp }, outgoing.index)
      }
      if (offset >= 0) offset++
    }
    this.#settled()
  }

  fail(error: unknown): void {
    for (const outgoing of this.#outgoing) outgoing?.asker.failed(error, outgoing.index)
    if (this.#unasked) for (const { failed } of this.#unasked) failed(error, -1)
    this.#settled()
  }

  /** Calls `callback` once all records of the batch are settled. */
  onSettled(callback: () => void): void {
    this.#onSettled.push(callback)
  }

  #settled(): void {
    for (const callback of this.#onSettled) callback()
  }
}

export interface QueueOptions {
  readonly batchBytes: number
  readonly compression: CompressionName
  readonly codecs: Codecs
  /** With 1, the next batch waits for the answer to the one before, whoever is asked. */
  readonly maxInFlight?: number
}

/** The batches of one partition, in the order in which they are to be stored. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly #options: QueueOptions
  /** Were sent, and wait for an answer. */
  readonly inFlight: PendingBatch[] = []
  /** Failed and are to be sent again, before all others. */
  readonly retries: PendingBatch[] = []
  readonly #full: PendingBatch[] = []
  #open: PendingBatch | undefined
  #sizeHintBytes = firstBatchBytes
  #nextSequence = 0
  /** Set once the broker's count of our records is not ours any more. */
  identity: ProducerIdentity | undefined
  /** On the monotonic clock: nothing is sent before. */
  notBeforeMs = 0
  /**
   * Whether the broker has a batch of ours. To one that has none, any looks like the first: the
   * second would be stored where the first was refused, since the leader has only just changed.
   */
  isKnown = false
  /** Whether the numbers of its records have to begin anew, under a new identity. */
  mustRenumber = false

  constructor(topic: string, partition: number, options: QueueOptions) {
    this.topic = topic
    this.partition = partition
    this.#options = options
  }

  /**
   * Whether nothing may be sent now: after a failure, answers to what was sent later are awaited
   * first.
   */
  get isBlocked(): boolean {
    const { maxInFlight } = this.#options
    const mustBeAlone = this.retries.length > 0 || !this.isKnown || maxInFlight === 1
    return this.mustRenumber || (mustBeAlone && this.inFlight.length > 0)
  }

  get isEmpty(): boolean {
    return this.retries.length === 0 && this.#full.length === 0 && this.#open === undefined
  }

  /**
   * Adds a record. Returns the batch that it is in: where the record is its first, the one before
   * is full.
   */
  add(outgoing: Outgoing, clock: Clock): PendingBatch {
    const open = this.#open
    if (open?.tryAdd(outgoing)) return open
    if (open) this.#close(open)

    const { batchBytes, compression, codecs } = this.#options
    const sizeHintBytes = Math.min(this.#sizeHintBytes, batchBytes)
    const writer = new BatchWriter({ compression, codecs, maxBytes: batchBytes, sizeHintBytes })
    const batch = new PendingBatch(this, writer, outgoing.sinceMs ?? clock.monotonic())
    batch.tryAdd(outgoing)
    this.#open = batch
    return batch
  }

  /**
   * Returns the batch that is to be sent next, if any; one that is not full yet only where it was
   * begun at `openUntilMs` or before.
   */
  peek(openUntilMs: number): PendingBatch | undefined {
    const first = this.retries[0] ?? this.#full[0]
    if (first) return first
    return this.#open && this.#open.createdAtMs <= openUntilMs ? this.#open : undefined
  }

  /** Bytes of the batch that is not full. */
  get openBytes(): number {
    return this.#open?.sizeBytes ?? 0
  }

  /** When the oldest batch that is not in flight was begun; Infinity where there is none. */
  get oldestMs(): number {
    let oldestMs = this.#full[0]?.createdAtMs ?? this.openSinceMs
    for (const { createdAtMs } of this.retries) oldestMs = Math.min(oldestMs, createdAtMs)
    return oldestMs
  }

  /** When the batch that is not full was begun; Infinity where there is none. */
  get openSinceMs(): number {
    return this.#open?.createdAtMs ?? Infinity
  }

  /** Moves `batch`, which `peek` gave, to those in flight. */
  take(batch: PendingBatch): void {
    if (batch === this.retries[0]) this.retries.shift()
    else {
      if (batch === this.#open) this.#close(batch)
      this.#full.shift()
    }
    if (batch.sequence < 0) {
      batch.sequence = this.#nextSequence
      this.#nextSequence = (batch.sequence + batch.recordCount) & sequenceMask
    }
    this.inFlight.push(batch)
  }

  /** Takes `batch` out of those in flight. */
  answered(batch: PendingBatch): void {
    this.inFlight.splice(this.inFlight.indexOf(batch), 1)
  }

  /** Has `batch` sent again, in its place among others that are. */
  retry(batch: PendingBatch): void {
    const place = this.retries.findIndex((other) => isBefore(batch, other))
    this.retries.splice(place < 0 ? this.retries.length : place, 0, batch)
  }

  /** Whether a batch that was sent before `batch` is not settled yet. */
  hasEarlier(batch: PendingBatch): boolean {
    return [...this.inFlight, ...this.retries].some((other) => isBefore(other, batch))
  }

  /** Gives the numbers of `batch`, which was not stored, to the next one, if nothing came since. */
  giveBack(batch: PendingBatch): void {
    if (batch.sequence < 0) return
    const end = (batch.sequence + batch.recordCount) & sequenceMask
    if (end === this.#nextSequence) this.#nextSequence = batch.sequence
  }

  /** Takes out the batches which may be stored already. */
  removeDoubtful(): PendingBatch[] {
    return takeOut(this.retries, ({ maybeApplied }) => maybeApplied)
  }

  /** Starts counting anew; what was sent under the old identity may not be waiting any more. */
  renumber(identity: ProducerIdentity): void {
    this.isKnown &&= this.identity?.producerId === identity.producerId
    this.identity = identity
    this.mustRenumber = false
    this.#nextSequence = 0
    for (const batch of this.retries) batch.sequence = -1
  }

  /** Takes out the batches that are not in flight and were begun at `untilMs` or before. */
  remove(untilMs = Infinity): PendingBatch[] {
    const isOld = ({ createdAtMs }: PendingBatch): boolean => createdAtMs <= untilMs
    if (this.#open && isOld(this.#open)) this.#close(this.#open)
    return takeOut(this.retries, isOld).concat(takeOut(this.#full, isOld))
  }

  #close(batch: PendingBatch): void {
    this.#sizeHintBytes = Math.ceil(batch.sizeBytes * headroom)
    this.#full.push(batch)
    this.#open = undefined
  }
}

function takeOut(
  batches: PendingBatch[],
  isChosen: (batch: PendingBatch) => boolean,
): PendingBatch[] {
  const chosen = batches.filter(isChosen)
  batches.splice(0, Infinity, ...batches.filter((batch) => !isChosen(batch)))
  return chosen
}

/**
 * Whether `a` has the smaller sequence number, also across the jump back to 0. What has none yet
 * comes last.
 */
function isBefore(a: PendingBatch, b: PendingBatch): boolean {
  if (a.sequence < 0 || b.sequence < 0) return a.sequence > b.sequence
  return ((a.sequence - b.sequence) & sequenceMask) > sequenceMask >>> 1
}
