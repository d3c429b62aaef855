/**
 * Writes one record batch: records are encoded in place into one growing buffer, behind room for
 * the header. See `batch.ts` for the layout of the header. A record is
 *
 *     length          varint    bytes after this field
 *     attributes      int8      0
 *     timestampDelta  varlong   to the batch's baseTimestamp
 *     offsetDelta     varint    to the batch's baseOffset
 *     key, value      varint length, -1 for null, then the bytes
 *     headers         varint count; of each the key and the value, like those above
 */

import { freshMemory } from '../bytes/fresh-memory.ts'
import { writeText } from '../bytes/text.ts'
import { putAscii, utf8Length } from '../bytes/writer.ts'
import { batchHeaderBytes, writeBatchHeader } from './batch.ts'
import type { BatchHeaderInput } from './batch.ts'
import { codecFor } from './codec-for.ts'
import { noCodecs } from './compression.ts'
import type { Codecs, CompressionName } from './compression.ts'
import { putVarint, putVarlong, varintBytes, varlongBytes } from './varint.ts'

/** A record to be written. Text is written as UTF-8. */
export interface RecordInput {
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers?: readonly RecordHeaderInput[]
  /** Milliseconds since 1970. @default the batch's base timestamp */
  readonly timestamp?: number
}

/** A header of a record that is to be sent. Text is written as UTF-8. */
export interface RecordHeaderInput {
  /** Its name. */
  readonly key: string
  /** What it says. */
  readonly value: Uint8Array | string | null
}

export interface BatchWriterOptions {
  /** What timestamps are written relative to. @default the timestamp of the first record */
  readonly baseTimestamp?: number
  /** @default 'none' */
  readonly compression?: CompressionName
  /** Where the codec for `compression` is taken from. @default noCodecs */
  readonly codecs?: Codecs
  /** What `tryAppend` keeps `sizeBytes` to. @default Infinity */
  readonly maxBytes?: number
  /**
   * Memory to begin with. It grows as needed, which for a large batch costs as much as all the rest
   * of writing it; a hint that is too large costs memory. @default 1024
   */
  readonly sizeHintBytes?: number
}

/** What is known only when a batch is closed. What is left out is Kafka's "none". */
export type FinishOptions = Partial<
  Pick<
    BatchHeaderInput,
    | 'baseOffset'
    | 'partitionLeaderEpoch'
    | 'producerId'
    | 'producerEpoch'
    | 'baseSequence'
    | 'isTransactional'
    | 'isControl'
  >
>

type Bytes = Uint8Array | string | null

/** Below these lengths a loop beats a call into the runtime. */
const shortText = 24
const shortBytes = 8

/** The longest that a character is. */
const characterMaxBytes = 4
const noHeaders: readonly RecordHeaderInput[] = []

/** One batch in the making. It is used once: the bytes it gives are never written to again. */
export class BatchWriter {
  readonly #compression: CompressionName
  readonly #codecs: Codecs
  readonly #maxBytes: number
  #bytes: Uint8Array
  #length: number = batchHeaderBytes
  #recordCount = 0
  #baseTimestamp: number | undefined
  #maxTimestamp = -1

  constructor(options: BatchWriterOptions = {}) {
    this.#compression = options.compression ?? 'none'
    this.#codecs = options.codecs ?? noCodecs
    // A missing codec is told of before there are records that it would lose.
    if (this.#compression !== 'none') codecFor(this.#codecs, this.#compression)
    this.#maxBytes = options.maxBytes ?? Infinity
    this.#baseTimestamp = options.baseTimestamp
    this.#bytes = freshMemory(Math.max(batchHeaderBytes, options.sizeHintBytes ?? 1024))
  }

  /** Bytes of the batch so far, header included, before compression. */
  get sizeBytes(): number {
    return this.#length
  }

  get recordCount(): number {
    return this.#recordCount
  }

  /** Adds `record` and returns `sizeBytes` after it. */
  append(record: RecordInput): number {
    const timestamp = record.timestamp ?? this.#baseTimestamp ?? -1
    if (!Number.isSafeInteger(timestamp)) throw new RangeError(`timestamp ${timestamp}`)
    this.#baseTimestamp ??= timestamp
    const delta = timestamp - this.#baseTimestamp

    const { key, value } = record
    // Most text is ASCII: then its length in bytes needs no look at each character.
    let end = this.#encode(record, delta, lengthIfAscii(key), lengthIfAscii(value))
    if (end === 0) end = this.#encode(record, delta, lengthOf(key), lengthOf(value))
    this.#length = end
    this.#recordCount++
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    return end
  }

  /**
   * Adds `record` and returns `true`, or changes nothing and returns `false` where the batch would
   * become larger than `maxBytes`. The first record always fits: it has to go somewhere.
   */
  tryAppend(record: RecordInput): boolean {
    const length = this.#length
    const maxTimestamp = this.#maxTimestamp
    if (this.append(record) <= this.#maxBytes || this.#recordCount === 1) return true
    this.#length = length
    this.#maxTimestamp = maxTimestamp
    this.#recordCount--
    return false
  }

  /**
   * Returns the whole batch; a promise only where the codec gives one. Records that compression
   * would make larger stay as they are, and the batch says so.
   */
  finish(options: FinishOptions = {}): Uint8Array | Promise<Uint8Array> {
    if (this.#recordCount === 0) throw new RangeError('a batch has at least one record')
    const plain = this.#bytes.subarray(0, this.#length)
    if (this.#compression === 'none') return this.#seal(plain, 'none', options)

    const records = plain.subarray(batchHeaderBytes)
    const compressed = codecFor(this.#codecs, this.#compression).compress(records)
    return compressed instanceof Uint8Array
      ? this.#sealCompressed(compressed, options)
      : compressed.then((bytes) => this.#sealCompressed(bytes, options))
  }

  #sealCompressed(compressed: Uint8Array, options: FinishOptions): Uint8Array {
    const sizeBytes = batchHeaderBytes + compressed.length
    if (sizeBytes >= this.#length) {
      return this.#seal(this.#bytes.subarray(0, this.#length), 'none', options)
    }
    const batch = new Uint8Array(sizeBytes)
    batch.set(compressed, batchHeaderBytes)
    return this.#seal(batch, this.#compression, options)
  }

  #seal(batch: Uint8Array, compression: CompressionName, options: FinishOptions): Uint8Array {
    writeBatchHeader(batch, {
      ...options,
      compression,
      baseTimestamp: this.#baseTimestamp ?? -1,
      maxTimestamp: this.#maxTimestamp,
      recordCount: this.#recordCount,
    })
    return batch
  }

  /** Returns the position after the record, or 0 where text takes other than the bytes given. */
  #encode(
    record: RecordInput,
    timestampDelta: number,
    keyBytes: number,
    valueBytes: number,
  ): number {
    const headers = record.headers ?? noHeaders
    const offsetDelta = this.#recordCount
    const sizeBytes =
      1 +
      varlongBytes(timestampDelta) +
      varintBytes(offsetDelta) +
      fieldBytes(keyBytes) +
      fieldBytes(valueBytes) +
      (headers.length === 0 ? 1 : headersBytes(headers))
    const start = this.#length
    this.#reserve(start + varintBytes(sizeBytes) + sizeBytes + characterMaxBytes)

    const bytes = this.#bytes
    let position = putVarint(bytes, start, sizeBytes)
    bytes[position++] = 0
    position = putVarlong(bytes, position, timestampDelta)
    position = putVarint(bytes, position, offsetDelta)
    position = putField(bytes, position, record.key, keyBytes)
    if (position === 0) return 0
    position = putField(bytes, position, record.value, valueBytes)
    if (position === 0) return 0
    position = putVarint(bytes, position, headers.length)
    for (const { key, value } of headers) {
      position = putField(bytes, position, key, lengthOf(key))
      position = putField(bytes, position, value, lengthOf(value))
    }
    return position
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const larger = freshMemory(Math.max(length, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Writes a batch of `records` at once. */
export function writeBatch(
  records: Iterable<RecordInput>,
  options: BatchWriterOptions & FinishOptions = {},
): Uint8Array | Promise<Uint8Array> {
  const writer = new BatchWriter(options)
  for (const record of records) writer.append(record)
  return writer.finish(options)
}

/** Bytes of `value` if all its text were ASCII; -1 for null, as on the wire. */
function lengthIfAscii(value: Bytes): number {
  return value === null ? -1 : value.length
}

/** Bytes of `value`; -1 for null, as on the wire. */
function lengthOf(value: Bytes): number {
  if (value === null) return -1
  return typeof value === 'string' ? utf8Length(value) : value.length
}

function fieldBytes(length: number): number {
  return length < 0 ? 1 : varintBytes(length) + length
}

function headersBytes(headers: readonly RecordHeaderInput[]): number {
  let length = varintBytes(headers.length)
  for (const { key, value } of headers) {
    length += fieldBytes(lengthOf(key)) + fieldBytes(lengthOf(value))
  }
  return length
}

/** Writes length and bytes of `value`; returns 0 where it does not take `length` bytes. */
function putField(bytes: Uint8Array, position: number, value: Bytes, length: number): number {
  const start = putVarint(bytes, position, length)
  if (value === null) return start
  if (typeof value === 'string') return putText(bytes, start, value, length)

  if (length > shortBytes) bytes.set(value, start)
  else for (let index = 0; index < length; index++) bytes[start + index] = value[index]!
  return start + length
}

function putText(bytes: Uint8Array, start: number, text: string, length: number): number {
  const end = start + length
  if (length === text.length && length <= shortText) return putAscii(bytes, start, text) ? end : 0
  // What takes more bytes goes on into those behind by at least one, where the next field will be.
  return writeText(bytes, text, start, length + characterMaxBytes) === length ? end : 0
}
