/**
 * Reads batches, and the records of one as objects.
 *
 * Ownership: keys, values and header values are views of the bytes that were read. Records that
 * outlive those bytes are made from a copy of the batch (`bytes.slice()`), which is one allocation
 * for all of them. A compressed batch is decompressed into memory of its own.
 */

import * as batchLayout from './batch-layout.ts'
import { batchHeaderBytes, batchPrefixBytes } from './batch.ts'
import { readBatchHeader, validateBatch } from './batch.ts'
import type { BatchHeader } from './batch.ts'
import { codecFor } from './codec-for.ts'
import { noCodecs } from './compression.ts'
import type { Codecs } from './compression.ts'
import { RecordCursor, viewOf } from './record-cursor.ts'
import type { RecordHeaderData } from './record-cursor.ts'

export interface RecordData {
  readonly offset: number
  /** Milliseconds since 1970; -1 for none. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeaderData[]
}

export interface ReadRecordsOptions {
  /** Where the codec of a compressed batch is taken from. @default noCodecs */
  readonly codecs?: Codecs
  /** Records below this offset are skipped without being decoded. @default the first */
  readonly fromOffset?: number
  /** The most bytes that the records may decompress to. @default decompressedMaxBytes */
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

/** What comes to more is given to nobody. */
export const decompressedMaxBytes = 128 * 1024 * 1024

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
 * @throws InvalidBatchError where the records are damaged, or there is no codec for them
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

/** Returns the bytes of all records of `batch`, decompressed where needed, for `RecordCursor`. */
export function readRecordsSection(
  batch: Uint8Array,
  header: BatchHeader,
  options: ReadRecordsOptions = {},
): Uint8Array | Promise<Uint8Array> {
  const section = batch.subarray(batchHeaderBytes, header.sizeBytes)
  if (header.compression === 'none') return section
  const codec = codecFor(options.codecs ?? noCodecs, header.compression)
  return codec.decompress(section, options.maxBytes ?? decompressedMaxBytes)
}

function collect(section: Uint8Array, header: BatchHeader, fromOffset = -1): RecordData[] {
  const cursor = new RecordCursor()
  cursor.reset(section, header)
  const records: RecordData[] = []
  while (cursor.next()) {
    if (cursor.offset >= fromOffset) records.push(recordAt(cursor, section))
  }
  return records
}

/** Returns the record that `cursor` is at, in the `section` that it goes through. */
export function recordAt(cursor: RecordCursor, section: Uint8Array): RecordData {
  const { offset, timestamp, keyStart, keyLength, valueStart, valueLength } = cursor
  const key = viewOf(section, keyStart, keyLength)
  const value = viewOf(section, valueStart, valueLength)
  return { offset, timestamp, key, value, headers: cursor.headers() }
}
