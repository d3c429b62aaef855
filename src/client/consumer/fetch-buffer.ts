/** Batches that were fetched and wait to be handed over, in the order in which they came. */

import { readRecordsSection } from '../../record/batch-reader.ts'
import { InvalidBatchError, type BatchHeader } from '../../record/batch.ts'
import type { Codecs } from '../../record/compression.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { BrokerError } from '../failure/errors.ts'
import { KafkaRecord } from '../record/kafka-record.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { FetchedBatch } from './fetched-batches.ts'

/** A record, or why there is none. */
export type Fetched =
  | {
      readonly partition: AssignedPartition
      readonly record: KafkaRecord<unknown, unknown>
      readonly error?: undefined
    }
  | { readonly partition: AssignedPartition; readonly error: Error }

/** A whole batch, or why there is none. */
export type FetchedWhole =
  | {
      readonly partition: AssignedPartition
      /** Records before this offset were not asked for. */
      readonly from: number
      readonly header: BatchHeader
      /** The records as they are behind the header, decompressed. */
      readonly section: Uint8Array
      readonly error?: undefined
    }
  | { readonly partition: AssignedPartition; readonly error: Error }

interface Chunk {
  readonly partition: AssignedPartition
  /** The round of the partition in which it was fetched: in a later one it is out of date. */
  readonly round: number
  /** The first offset that was asked for; a batch may begin before it. */
  readonly from: number
  readonly batch: FetchedBatch | undefined
  readonly sizeBytes: number
  /** Goes through the records, once they are open. */
  cursor: RecordCursor | undefined
  section: Uint8Array | undefined
  /** Whether its codec is at work. */
  isOpening: boolean
  error: Error | undefined
}

const goneMax = 500
const gone = Object.freeze({}) as Chunk

export class FetchBuffer {
  readonly #codecs: Codecs
  /** Called when something can be taken that could not before. */
  readonly #onReady: () => void
  #chunks: Chunk[] = []
  /** How many of them are gone: to move up a hundred thousand others for each takes too long. */
  #goneCount = 0
  /** What records were last taken of: those before it are passed over once, not for each record. */
  #reading: Chunk | undefined
  #sizeBytes = 0

  constructor(codecs: Codecs, onReady: () => void) {
    this.#codecs = codecs
    this.#onReady = onReady
  }

  /** Bytes as they were fetched: what they decompress to is more, one batch at a time. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  has(partition: AssignedPartition): boolean {
    return this.#tidied().some((chunk) => chunk.partition === partition)
  }

  /** Those of them that are of paused partitions. */
  get pausedBytes(): number {
    let bytes = 0
    for (const { partition, sizeBytes } of this.#tidied())
      if (partition.isPaused) bytes += sizeBytes
    return bytes
  }

  add(partition: AssignedPartition, from: number, batch: FetchedBatch): void {
    this.#push(partition, from, { batch, error: undefined })
  }

  /** Has `error` told after everything of `partition` that came before it. */
  addError(partition: AssignedPartition, error: Error): void {
    this.#push(partition, partition.position, { batch: undefined, error })
  }

  /** Throws away what is there of `partition`. */
  discard(partition: AssignedPartition): void {
    for (const chunk of this.#tidied()) {
      if (chunk.partition === partition) this.#sizeBytes -= chunk.sizeBytes
    }
    this.#chunks = this.#chunks.filter((chunk) => chunk.partition !== partition)
    if (this.#reading?.partition === partition) this.#reading = undefined
  }

  clear(): void {
    this.#chunks = []
    this.#tidied()
    this.#reading = undefined
    this.#sizeBytes = 0
  }

  /** Returns the next record of a partition that is not paused, if one is there. */
  take(): Fetched | undefined {
    for (let chunk = this.#nextToRead(); chunk; chunk = this.#nextToRead()) {
      const { partition, error } = chunk
      const record = error ? undefined : this.#read(chunk)
      if (record) return { partition, record }
      if (!error && chunk.error) continue
      this.#drop(chunk)
      if (error) return { partition, error }
    }
    return undefined
  }

  /**
   * Returns the next batch, whole, where nothing of it was taken. Those of paused partitions, too:
   * who is waiting for records of one must not have those of others in the way.
   */
  takeBatch(): FetchedWhole | undefined {
    const chunk = this.#next('paused too')
    if (!chunk) return undefined
    this.#drop(chunk)
    const { partition, from, error, batch, section } = chunk
    return error
      ? { partition, error }
      : { partition, from, header: batch!.header, section: section! }
  }

  #nextToRead(): Chunk | undefined {
    const reading = this.#reading
    if (reading?.cursor && !reading.partition.isPaused && isCurrent(reading)) return reading
    return (this.#reading = this.#next())
  }

  /** Returns the first chunk that can be handed over; those before it that are of no use go. */
  #next(which?: 'paused too'): Chunk | undefined {
    for (let index = 0; ;) {
      const chunk = this.#chunks[this.#goneCount + index]
      if (!chunk) return undefined
      if (chunk.partition.isPaused && !which) index++
      else if (!isCurrent(chunk)) this.#drop(chunk)
      else if (chunk.error || chunk.cursor || this.#open(chunk)) return chunk
      else return undefined
    }
  }

  #push(partition: AssignedPartition, from: number, content: Pick<Chunk, 'batch' | 'error'>): void {
    const { round } = partition
    const sizeBytes = content.batch?.bytes.length ?? 0
    const state = { cursor: undefined, section: undefined, isOpening: false }
    this.#chunks.push({ partition, round, from, sizeBytes, ...content, ...state })
    this.#sizeBytes += sizeBytes
  }

  /** Begins to read a batch. Returns whether that can go on at once. */
  #open(chunk: Chunk): boolean {
    if (chunk.isOpening) return false
    const { header, bytes } = chunk.batch!
    const ready = (section: Uint8Array): void => {
      chunk.section = section
      chunk.cursor = new RecordCursor()
      chunk.cursor.reset(section, header)
    }
    try {
      const section = readRecordsSection(bytes, header, { codecs: this.#codecs })
      if (section instanceof Uint8Array) return (ready(section), true)
      chunk.isOpening = true
      void section
        .then(ready)
        .catch((error: Error) => this.#failed(chunk, error))
        .then(this.#onReady)
      return false
    } catch (error) {
      this.#failed(chunk, error as Error)
      // There is an error to be told, which is something to go on with.
      return true
    }
  }

  #read(chunk: Chunk): KafkaRecord<unknown, unknown> | undefined {
    const { cursor, section, from, partition } = chunk
    try {
      while (cursor?.next()) {
        if (cursor.offset >= from) return new KafkaRecord(partition, section!, cursor)
      }
    } catch (error) {
      this.#failed(chunk, error as Error)
    }
    return undefined
  }

  #failed(chunk: Chunk, error: Error): void {
    const { baseOffset, lastOffset } = chunk.batch!.header
    chunk.error = batchError(chunk.partition, `records ${baseOffset} to ${lastOffset}`, error)
    chunk.cursor = undefined
  }

  #drop(chunk: Chunk): void {
    if (chunk === this.#reading) this.#reading = undefined
    if (chunk !== this.#chunks[this.#goneCount]) {
      this.#chunks.splice(this.#chunks.indexOf(chunk), 1)
    } else {
      // Not the chunk: what it was decompressed to would stay in memory.
      this.#chunks[this.#goneCount++] = gone
      if (this.#goneCount > goneMax || !this.#chunks[this.#goneCount]) this.#tidied()
    }
    this.#sizeBytes -= chunk.sizeBytes
  }

  /** Returns those that are not gone. */
  #tidied(): Chunk[] {
    this.#chunks.splice(0, this.#goneCount)
    this.#goneCount = 0
    return this.#chunks
  }
}

/** Whether it is still wanted. */
function isCurrent({ partition, round }: Chunk): boolean {
  return partition.state === 'owned' && partition.round === round
}

/** Returns what is wrong with a batch as the error that users see. */
export function batchError(
  { topic, partition, position }: AssignedPartition,
  what: string,
  cause: Error,
): Error {
  if (!(cause instanceof InvalidBatchError)) return cause
  const message = `cannot read ${what} of ${topic}-${partition}: ${cause.message}`
  return new BrokerError(cause.errorName, message, { topic, partition, offset: position, cause })
}
