/**
 * The records that wait for one task, by partition: the one with the lowest timestamp comes next,
 * as far as is known here, so that what is joined is processed in the order in which it happened.
 */

import type { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import { batchError } from '../../client/consumer/fetch-buffer.ts'
import { FetchedRecords, readView, type WholeBatch } from '../../client/consumer/fetched-records.ts'
import type { DecodedRecord, InputReader } from './input-reader.ts'

/** A record as it was fetched: key and value are views, which nobody writes to. */
export interface WaitingRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** Bytes of one partition that wait; more are not asked for. */
const waitingMaxBytes = 256 * 1024

export class PartitionInput {
  readonly partition: AssignedPartition
  /** The offset after the last record that was processed. */
  processed: number | undefined
  /** The offset after what came behind that and was no record, as markers of transactions. */
  #passed: number | undefined
  /** The round of the partition that these are of. */
  #round: number
  /** Whether there is a first record, which is then the current one of `records`. */
  hasFirst = false
  readonly records = new FetchedRecords()
  /** When that happened. */
  timestamp = -1
  readonly #reader: InputReader
  /** Batches behind the one that the first record is in. */
  readonly #waiting: { readonly batch: WholeBatch; readonly round: number }[] = []
  /** The round of the partition that `records` are of. */
  #recordsRound = 0
  #waitingBytes = 0

  constructor(partition: AssignedPartition, reader: InputReader) {
    this.partition = partition
    this.#round = partition.round
    this.#reader = reader
  }

  get isFull(): boolean {
    return this.#waitingBytes >= waitingMaxBytes
  }

  /** Whether it has so little left that more should be asked for. */
  get isLow(): boolean {
    return this.#waitingBytes < waitingMaxBytes / 2
  }

  /** The offset up to which there is nothing to do any more, since it was begun anew. */
  get done(): number | undefined {
    return this.#round === this.partition.round ? (this.#passed ?? this.processed) : undefined
  }

  /** Nothing of it is here, nor on its way: all that it was read up to is done. */
  caughtUp(): void {
    const { position, startedAt, round } = this.partition
    if (this.hasFirst || position <= (this.done ?? startedAt)) return
    this.#passed = position
    this.#round = round
  }

  /** @throws BrokerError where records are damaged */
  push(batch: WholeBatch): void {
    this.#waiting.push({ batch, round: this.partition.round })
    this.#waitingBytes += batch.section.length
    if (!this.hasFirst) this.#advance()
  }

  /** Returns the first record as it is. */
  first(): WaitingRecord {
    const { offset, timestamp } = this.records
    return {
      offset,
      timestamp,
      key: this.records.key(readView),
      value: this.records.value(readView),
    }
  }

  /** Returns the first record decoded. @throws SerializationError, or as the program does */
  read(): DecodedRecord {
    return this.#reader.read(this.records, this.partition)
  }

  /** Takes leave of the first record, which was processed. @throws BrokerError */
  shift(): void {
    this.processed = this.records.offset + 1
    this.#passed = undefined
    this.#round = this.#recordsRound
    this.#advance()
  }

  #advance(): void {
    try {
      this.hasFirst = this.records.next()
      while (!this.hasFirst) {
        const next = this.#waiting.shift()
        if (!next) return
        const { batch, round } = next
        this.#recordsRound = round
        this.#waitingBytes -= batch.section.length
        this.records.begin(batch)
        this.hasFirst = this.records.next()
      }
      this.timestamp = this.#reader.timeOf(this.records, this.partition)
    } catch (error) {
      throw batchError(this.partition, `records after ${this.records.offset}`, error as Error)
    }
  }
}

/**
 * Returns the input whose first record is the oldest; none while one that has nothing here is known
 * to have more, or may have: that may be older.
 */
export function oldest(inputs: readonly PartitionInput[]): PartitionInput | undefined {
  let found: PartitionInput | undefined
  for (const input of inputs) {
    if (!input.hasFirst) {
      if (input.partition.isBehind) return undefined
    } else if (!found || input.timestamp < found.timestamp) found = input
  }
  return found
}
