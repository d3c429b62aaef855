/**
 * Reads the records of batches, one at a time, with every length compared with the bytes that are
 * really there. See `batch-writer.ts` for the layout of a record.
 *
 * Ownership: keys, values and header values are views of the bytes that were read. Records that
 * outlive those bytes are made from a copy of the batch (`bytes.slice()`), which is one allocation
 * for all of them. A compressed batch is decompressed into memory of its own.
 */

import { InvalidBatchError, batchHeaderBytes, batchLayout, batchPrefixBytes } from './batch.ts'
import { readBatchHeader, validateBatch } from './batch.ts'
import type { BatchHeader } from './batch.ts'
import { DecompressionError, codecFor, noCodecs } from './compression.ts'
import type { Codecs } from './compression.ts'
import { RecordBytes, invalidRecords } from './record-bytes.ts'

export interface RecordData {
  readonly offset: number
  /** Milliseconds since 1970; -1 for none. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeaderData[]
}

/** A header of a record. */
export interface RecordHeaderData {
  /** Its name; several headers may have the same. */
  readonly key: string
  /** A view that is shared with other records. */
  readonly value: Uint8Array | null
}

export interface ReadRecordsOptions {
  /** Where the codec of a compressed batch is taken from. @default noCodecs */
  readonly codecs?: Codecs
  /** Records below this offset are skipped without being decoded. @default the first */
  readonly fromOffset?: number
  /** The most bytes that the records may decompress to. @default 128 MiB */
  readonly maxBytes?: number
}

/** One batch of a fetch response. */
export interface BatchView {
  readonly header: BatchHeader
  /** The whole batch: a view, not a copy. */
  readonly bytes: Uint8Array
}

export interface DecodeBatchesOptions {
  /** `skip` trusts the connection and leaves the CRC alone. @default 'check' */
  readonly crc?: 'check' | 'skip'
}

const defaultMaxBytes = 128 * 1024 * 1024
const noHeaders: readonly RecordHeaderData[] = Object.freeze([])
/** Keeps a byte order mark, which is a character of the key like any other. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Gives the complete batches in `bytes`, as a fetch response has them: the last one may be cut off,
 * and is left out.
 *
 * @throws InvalidBatchError where a batch is damaged; those before it were given
 */
export function* decodeBatches(
  bytes: Uint8Array,
  options: DecodeBatchesOptions = {},
): Generator<BatchView, void> {
  const readHeader = options.crc === 'skip' ? readBatchHeader : validateBatch
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let position = 0
  while (bytes.length - position >= batchHeaderBytes) {
    const sizeBytes = view.getInt32(position + batchLayout.batchLength) + batchPrefixBytes
    if (sizeBytes > bytes.length - position) return
    const header = readHeader(bytes, position)
    yield { header, bytes: bytes.subarray(position, position + sizeBytes) }
    position += sizeBytes
  }
}

/**
 * Returns the records of `batch`, whose header is `header`; a promise only where its codec gives
 * one.
 *
 * @throws InvalidBatchError where the records are damaged
 * @throws UnsupportedCompressionError where there is no codec for them
 */
export function readRecords(
  batch: Uint8Array,
  header: BatchHeader,
  options: ReadRecordsOptions = {},
): RecordData[] | Promise<RecordData[]> {
  const section = readRecordsSection(batch, header, options)
  return section instanceof Uint8Array
    ? collect(section, header, options.fromOffset)
    : section.then((bytes) => collect(bytes, header, options.fromOffset))
}

/** Returns the bytes of all records of `batch`, decompressed where needed, for `RecordReader`. */
export function readRecordsSection(
  batch: Uint8Array,
  header: BatchHeader,
  options: ReadRecordsOptions = {},
): Uint8Array | Promise<Uint8Array> {
  const section = batch.subarray(batchHeaderBytes, header.sizeBytes)
  if (header.compression === 'none') return section
  const codec = codecFor(options.codecs ?? noCodecs, header.compression)
  try {
    const records = codec.decompress(section, options.maxBytes ?? defaultMaxBytes)
    return records instanceof Uint8Array ? records : records.catch(throwInvalid)
  } catch (error) {
    return throwInvalid(error)
  }
}

function throwInvalid(error: unknown): never {
  if (!(error instanceof DecompressionError)) throw error
  throw new InvalidBatchError(error.errorName, error.message, { cause: error })
}

function collect(section: Uint8Array, header: BatchHeader, fromOffset?: number): RecordData[] {
  const reader = new RecordReader(section, header)
  const records: RecordData[] = []
  let record = reader.next(fromOffset)
  while (record !== undefined) {
    records.push(record)
    record = reader.next()
  }
  return records
}

/** Reads records front to back from the uncompressed bytes behind a batch's header. */
export class RecordReader {
  readonly #input = new RecordBytes()
  readonly #byteOffset: number
  readonly #header: BatchHeader
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  /** The timestamp of every record, where the broker set it. */
  readonly #appendTimestamp: number | undefined
  #remaining: number

  constructor(section: Uint8Array, header: BatchHeader) {
    this.#input.section = section
    this.#byteOffset = section.byteOffset
    this.#header = header
    this.#baseOffset = header.baseOffset
    this.#baseTimestamp = header.baseTimestamp
    this.#appendTimestamp =
      header.timestampType === 'logAppendTime' ? header.maxTimestamp : undefined
    this.#remaining = header.recordCount
  }

  /**
   * Returns the next record whose offset is at least `fromOffset`, or `undefined` after the last.
   *
   * @throws InvalidBatchError
   */
  next(fromOffset = -1): RecordData | undefined {
    const input = this.#input
    while (this.#remaining > 0) {
      this.#remaining--
      input.begin()
      // Its attributes mean nothing yet.
      input.byte()
      const timestampDelta = input.varlong()
      const offset = this.#baseOffset + input.offsetDelta(this.#header.lastOffsetDelta)
      if (offset < fromOffset) {
        input.position = input.end
        continue
      }
      const key = this.#field()
      const value = this.#field()
      const headers = this.#headers()
      if (input.position !== input.end) throw invalidRecords('a record is longer than its fields')
      const timestamp = this.#appendTimestamp ?? this.#baseTimestamp + timestampDelta
      return { offset, timestamp, key, value, headers }
    }
    input.finish()
    return undefined
  }

  #field(): Uint8Array | null {
    const { section } = this.#input
    const length = this.#input.field()
    if (length < 0) return null
    // Nearly twice as fast as `subarray`, and no Buffer where the section is one.
    return new Uint8Array(section.buffer, this.#byteOffset + this.#input.position - length, length)
  }

  #headers(): readonly RecordHeaderData[] {
    const count = this.#input.varint()
    if (count === 0) return noHeaders
    const left = this.#input.end - this.#input.position
    // A header takes two bytes at least.
    if (count < 0 || count > left / 2) throw invalidRecords(`${count} headers in ${left} bytes`)
    const headers: RecordHeaderData[] = []
    for (let index = 0; index < count; index++) {
      const key = this.#field()
      if (key === null) throw invalidRecords('a header without a key')
      headers.push({ key: decoder.decode(key), value: this.#field() })
    }
    return headers
  }
}
