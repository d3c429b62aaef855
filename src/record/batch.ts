/**
 * The header of a record batch (format v2): its layout, reading, checking and stamping. A broker
 * knows batches only by their header; the records behind it are opaque bytes.
 *
 *      0 baseOffset            int64   first offset; set by the broker, outside the CRC
 *      8 batchLength           int32   bytes after this field
 *     12 partitionLeaderEpoch  int32   set by the broker, outside the CRC
 *     16 magic                 int8    2
 *     17 crc                   uint32  CRC-32C of everything from 21 on
 *     21 attributes            int16   see `batch-attributes.ts`
 *     23 lastOffsetDelta       int32   last offset - baseOffset
 *     27 baseTimestamp         int64   milliseconds; -1 for none
 *     35 maxTimestamp          int64
 *     43 producerId            int64   -1 for none
 *     51 producerEpoch         int16
 *     53 baseSequence          int32
 *     57 recordCount           int32
 *     61 records                       compressed as a whole, where they are
 */

import { ExpectedError } from '../bytes/expected-error.ts'
import * as batchAttributes from './batch-attributes.ts'
import * as batchLayout from './batch-layout.ts'
import { compressionId, compressionNames } from './compression.ts'
import type { CompressionName } from './compression.ts'
import { crc32c } from './crc32c.ts'

/** Bytes of a batch that has no records. */
export const batchHeaderBytes = batchLayout.records
/** Bytes that `batchLength` does not count: the base offset and itself. */
export const batchPrefixBytes = 12

export type TimestampType = 'createTime' | 'logAppendTime'

/** The header of a batch, and what follows from it. */
export interface BatchHeader {
  readonly baseOffset: number
  readonly batchLength: number
  /** Bytes of the whole batch, header included. */
  readonly sizeBytes: number
  readonly partitionLeaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  /** Milliseconds since 1970; -1 for none. Some producers write times before, or nanoseconds. */
  readonly baseTimestamp: number
  /** As the producer wrote it: some clients leave it at -1 though their records have timestamps. */
  readonly maxTimestamp: number
  /** -1 where the producer is not idempotent. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** Records that are there: fewer than offsets once a batch was compacted. */
  readonly recordCount: number
  readonly compression: CompressionName
  readonly isTransactional: boolean
  /** Holds a transaction marker instead of a client's records; never accepted from a client. */
  readonly isControl: boolean
  readonly timestampType: TimestampType
  readonly lastOffset: number
}

/** Kafka's names for what can be wrong with a batch. */
export type BatchErrorName =
  | 'CORRUPT_MESSAGE'
  | 'INVALID_RECORD'
  | 'MESSAGE_TOO_LARGE'
  | 'UNSUPPORTED_COMPRESSION_TYPE'
  | 'UNSUPPORTED_FOR_MESSAGE_FORMAT'

/** Bytes are not a record batch, or not one that may be accepted. */
export class InvalidBatchError extends ExpectedError {
  override readonly name = 'InvalidBatchError'
  readonly errorName: BatchErrorName

  constructor(errorName: BatchErrorName, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.errorName = errorName
  }
}

const two32 = 2 ** 32

/**
 * Reads the header of the batch at `position`; the records behind it need not be there yet.
 *
 * @throws InvalidBatchError where there are too few bytes for a header, or they are not one
 */
export function readBatchHeader(bytes: Uint8Array, position = 0): BatchHeader {
  const available = bytes.length - position
  if (available < batchHeaderBytes) {
    throw new InvalidBatchError(
      'CORRUPT_MESSAGE',
      `a batch header takes ${batchHeaderBytes} bytes, there are ${Math.max(0, available)}`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, batchHeaderBytes)
  checkFormat(view)
  const attributes = view.getInt16(batchLayout.attributes)
  const compression = compressionNames[attributes & batchAttributes.compressionMask]
  if (compression === undefined) {
    throw new InvalidBatchError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `compression type ${attributes & batchAttributes.compressionMask} is unknown`,
    )
  }
  const baseOffset = safeInt64(view, batchLayout.baseOffset)
  const batchLength = view.getInt32(batchLayout.batchLength)
  const lastOffsetDelta = view.getInt32(batchLayout.lastOffsetDelta)
  return {
    baseOffset,
    batchLength,
    sizeBytes: batchLength + batchPrefixBytes,
    partitionLeaderEpoch: view.getInt32(batchLayout.partitionLeaderEpoch),
    magic: 2,
    crc: view.getUint32(batchLayout.crc),
    attributes,
    lastOffsetDelta,
    baseTimestamp: int64(view, batchLayout.baseTimestamp),
    maxTimestamp: int64(view, batchLayout.maxTimestamp),
    producerId: safeInt64(view, batchLayout.producerId),
    producerEpoch: view.getInt16(batchLayout.producerEpoch),
    baseSequence: view.getInt32(batchLayout.baseSequence),
    recordCount: view.getInt32(batchLayout.recordCount),
    compression,
    isTransactional: (attributes & batchAttributes.transactional) !== 0,
    isControl: (attributes & batchAttributes.control) !== 0,
    timestampType:
      (attributes & batchAttributes.logAppendTime) === 0 ? 'createTime' : 'logAppendTime',
    lastOffset: baseOffset + lastOffsetDelta,
  }
}

/** The first checks: what fails them has no header that could be read. */
function checkFormat(view: DataView): void {
  const magic = view.getInt8(batchLayout.magic)
  if (magic === 0 || magic === 1) {
    // Message formats of before Kafka 0.11, gone for good with Kafka 4.0 (KIP-724).
    throw new InvalidBatchError('INVALID_RECORD', `message format ${magic} is no longer supported`)
  }
  if (magic !== 2) {
    throw new InvalidBatchError('CORRUPT_MESSAGE', `message format ${magic} is unknown`)
  }
  const batchLength = view.getInt32(batchLayout.batchLength)
  if (batchLength < batchHeaderBytes - batchPrefixBytes) {
    throw new InvalidBatchError('CORRUPT_MESSAGE', `batch length ${batchLength} is too small`)
  }
}

/** Reads a 64-bit integer, or the number that is nearest to it. */
function int64(view: DataView, position: number): number {
  return view.getInt32(position) * two32 + view.getUint32(position + 4)
}

function safeInt64(view: DataView, position: number): number {
  const value = int64(view, position)
  if (Number.isSafeInteger(value)) return value
  throw new InvalidBatchError('INVALID_RECORD', `64-bit value ${value} is not a safe integer`)
}

/**
 * Reads and checks the batch at `position`: that it is all there, its CRC, and that its header does
 * not contradict itself. The records are not decoded. What may be accepted from whom is for the log
 * to say: see `isControl`, `baseOffset` and `checkRecordCount`.
 *
 * @throws InvalidBatchError
 */
export function validateBatch(bytes: Uint8Array, position = 0): BatchHeader {
  const header = readBatchHeader(bytes, position)
  const end = position + header.sizeBytes
  if (end > bytes.length) {
    throw new InvalidBatchError(
      'CORRUPT_MESSAGE',
      `the batch takes ${header.sizeBytes} bytes, there are ${bytes.length - position}`,
    )
  }
  const crc = crc32c(bytes, position + batchLayout.attributes, end)
  if (crc !== header.crc) {
    throw new InvalidBatchError(
      'CORRUPT_MESSAGE',
      `the CRC-32C of the batch is ${crc}, its header says ${header.crc}`,
    )
  }
  checkHeader(header)
  return header
}

function checkHeader(header: BatchHeader): void {
  if (header.lastOffsetDelta < 0) {
    throw new InvalidBatchError('INVALID_RECORD', `lastOffsetDelta is ${header.lastOffsetDelta}`)
  }
  if (header.recordCount < 0 || header.recordCount > header.lastOffsetDelta + 1) {
    throw new InvalidBatchError(
      'INVALID_RECORD',
      `${header.recordCount} records cannot have ${header.lastOffsetDelta + 1} offsets`,
    )
  }
  if (header.baseOffset < 0 || !Number.isSafeInteger(header.lastOffset)) {
    throw new InvalidBatchError('INVALID_RECORD', `baseOffset is ${header.baseOffset}`)
  }
}

/**
 * Checks that every offset of a batch has a record, as a client's batch must; a batch in the log
 * may have lost some, or all, to compaction.
 */
export function checkRecordCount(header: BatchHeader): void {
  if (header.recordCount >= 1 && header.recordCount === header.lastOffsetDelta + 1) return
  throw new InvalidBatchError(
    'INVALID_RECORD',
    `${header.recordCount} records do not fill ${header.lastOffsetDelta + 1} offsets`,
  )
}

/** What a writer says of a batch. What is left out is Kafka's "none". */
export interface BatchHeaderInput {
  readonly baseOffset?: number
  readonly partitionLeaderEpoch?: number
  readonly compression: CompressionName
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly recordCount: number
}

/** Writes the header of `batch`, which is the whole batch with its records in place. */
export function writeBatchHeader(batch: Uint8Array, header: BatchHeaderInput): void {
  const view = new DataView(batch.buffer, batch.byteOffset, batchHeaderBytes)
  setInt64(view, batchLayout.baseOffset, header.baseOffset ?? 0)
  view.setInt32(batchLayout.batchLength, batch.length - batchPrefixBytes)
  view.setInt32(batchLayout.partitionLeaderEpoch, header.partitionLeaderEpoch ?? -1)
  view.setInt8(batchLayout.magic, 2)
  const attributes =
    compressionId(header.compression) |
    (header.isTransactional === true ? batchAttributes.transactional : 0) |
    (header.isControl === true ? batchAttributes.control : 0)
  view.setInt16(batchLayout.attributes, attributes)
  view.setInt32(batchLayout.lastOffsetDelta, header.recordCount - 1)
  setInt64(view, batchLayout.baseTimestamp, header.baseTimestamp)
  setInt64(view, batchLayout.maxTimestamp, header.maxTimestamp)
  setInt64(view, batchLayout.producerId, header.producerId ?? -1)
  view.setInt16(batchLayout.producerEpoch, header.producerEpoch ?? -1)
  view.setInt32(batchLayout.baseSequence, header.baseSequence ?? -1)
  view.setInt32(batchLayout.recordCount, header.recordCount)
  setCrc(batch)
}

/** Gives the batch at `position` its place in the log. Both fields are outside the CRC. */
export function stampBatch(
  bytes: Uint8Array,
  position: number,
  { baseOffset, leaderEpoch }: { readonly baseOffset: number; readonly leaderEpoch: number },
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, batchHeaderBytes)
  setInt64(view, batchLayout.baseOffset, baseOffset)
  view.setInt32(batchLayout.partitionLeaderEpoch, leaderEpoch)
}

/**
 * Sets the largest timestamp of the batch at `position`, and what it means: with `logAppendTime` it
 * is the timestamp of every record. Both are under the CRC, which is computed anew.
 */
export function setMaxTimestamp(
  bytes: Uint8Array,
  position: number,
  stamp: { readonly maxTimestamp: number; readonly timestampType: TimestampType },
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, batchHeaderBytes)
  const others = view.getInt16(batchLayout.attributes) & ~batchAttributes.logAppendTime
  const type = stamp.timestampType === 'logAppendTime' ? batchAttributes.logAppendTime : 0
  view.setInt16(batchLayout.attributes, others | type)
  setInt64(view, batchLayout.maxTimestamp, stamp.maxTimestamp)
  setCrc(bytes, position)
}

/** Computes the CRC of the batch at `position` anew, after a field under it was changed. */
export function setCrc(bytes: Uint8Array, position = 0): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, batchHeaderBytes)
  const end = position + batchPrefixBytes + view.getInt32(batchLayout.batchLength)
  view.setUint32(batchLayout.crc, crc32c(bytes, position + batchLayout.attributes, end))
}

function setInt64(view: DataView, position: number, value: number): void {
  view.setInt32(position, Math.floor(value / two32))
  view.setUint32(position + 4, value >>> 0)
}
