/** Checks what somebody wants appended: everything that can be said without the log's state. */

import {
  InvalidBatchError,
  batchHeaderBytes,
  checkRecordCount,
  setMaxTimestamp,
  validateBatch,
} from '../record/batch.ts'
import type { BatchHeader } from '../record/batch.ts'
import { decompressedMaxBytes } from '../record/batch-reader.ts'
import { noCodecs } from '../record/compression.ts'
import type { Codecs } from '../record/compression.ts'
import { RecordCursor, smallestRecordBytes } from '../record/record-cursor.ts'
import { readSection } from './compaction/filter.ts'
import type { LogConfig } from './log-config.ts'
import { LogError } from './log-error.ts'
import { readMarker } from './log-state.ts'
import type { AppendOrigin, TransactionMarker } from './producer/producer-state.ts'

const cursor = new RecordCursor()

/** More is not decompressed to see its records: everybody would wait for it. */
const maxRecordsBytes = 16 * 1024 * 1024

export interface IncomingBatch {
  /** In the bytes that were handed in. */
  readonly start: number
  /** As it was handed in, but for the largest timestamp: the base offset is not that in the log. */
  readonly header: BatchHeader
  readonly maxTimestamp: number
  readonly marker: TransactionMarker | undefined
}

export interface IncomingRules {
  readonly origin: AppendOrigin
  readonly config: LogConfig
  readonly nowMs: number
  /** To see the records of compressed batches. @default none */
  readonly codecs?: Codecs | undefined
}

/**
 * Returns the batches in `bytes`, with their timestamps as the log wants them.
 *
 * @throws LogError where one of them is not acceptable; then none may be appended
 */
export function checkIncoming(bytes: Uint8Array, rules: IncomingRules): IncomingBatch[] {
  const batches: IncomingBatch[] = []
  try {
    for (let start = 0; start < bytes.length || start === 0;) {
      const batch = checkBatch(bytes, start, rules)
      batches.push(batch)
      start += batch.header.sizeBytes
    }
  } catch (error) {
    if (!(error instanceof InvalidBatchError)) throw error
    throw new LogError(error.errorName, error.message, { cause: error })
  }
  if (batches.length > 1 && batches.some(({ header }) => header.producerId >= 0)) {
    const message = 'an idempotent producer must send one batch at a time'
    throw new LogError('INVALID_RECORD', message)
  }
  const { segmentBytes } = rules.config
  if (batches.length > 1 && bytes.length > segmentBytes) {
    const message = `batches of ${bytes.length} bytes, where segment.bytes is ${segmentBytes}`
    throw new LogError('RECORD_LIST_TOO_LARGE', message)
  }
  return batches
}

/** Returns where `batches` end if they are appended at `offset`, and their largest timestamp. */
export function extentOf(
  batches: readonly IncomingBatch[],
  offset: number,
): { lastOffset: number; maxTimestamp: number } {
  let lastOffset = offset - 1
  let maxTimestamp = -1
  for (const batch of batches) {
    lastOffset += batch.header.lastOffsetDelta + 1
    maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp)
  }
  return { lastOffset, maxTimestamp }
}

function checkBatch(bytes: Uint8Array, start: number, rules: IncomingRules): IncomingBatch {
  const header = validateBatch(bytes, start)
  const { maxMessageBytes } = rules.config
  if (header.sizeBytes > maxMessageBytes) {
    const message = `${header.sizeBytes} bytes, where max.message.bytes is ${maxMessageBytes}`
    throw new LogError('MESSAGE_TOO_LARGE', message)
  }
  if (rules.origin === 'client') {
    checkClientBatch(header)
    if (rules.config.cleanupPolicy.includes('compact')) checkKeys(bytes, start, header, rules)
  }
  const maxTimestamp = header.isControl
    ? header.maxTimestamp
    : placeInTime(bytes, start, header, rules)
  const marker = header.isControl
    ? readMarker(bytes.subarray(start, start + header.sizeBytes), header)
    : undefined
  // What is remembered of the batch is what a start reads of it.
  const stored = maxTimestamp === header.maxTimestamp ? header : { ...header, maxTimestamp }
  return { start, header: stored, maxTimestamp, marker }
}

function checkClientBatch(header: BatchHeader): void {
  checkRecordCount(header)
  checkRoom(header)
  if (header.isControl) {
    throw new LogError('INVALID_RECORD', 'clients must not write control records')
  }
  checkTime(header.baseTimestamp)
  checkTime(header.maxTimestamp)
  if (header.producerId >= 0 && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    throw new LogError('INVALID_RECORD', 'a batch with a producer id needs an epoch and a sequence')
  }
  if (header.isTransactional && header.producerId < 0) {
    throw new LogError('INVALID_RECORD', 'a transactional batch needs a producer id')
  }
}

/**
 * Offsets that no record could have would be passed over for ever, and a few bytes could use up
 * those of a whole segment.
 */
function checkRoom({ compression, recordCount, sizeBytes }: BatchHeader): void {
  const recordsBytes = compression === 'none' ? sizeBytes - batchHeaderBytes : decompressedMaxBytes
  if (recordCount * smallestRecordBytes <= recordsBytes) return
  throw new LogError('INVALID_RECORD', `${recordCount} records in ${recordsBytes} bytes`)
}

/** Checks that it is milliseconds since 1970, or -1 for none. */
function checkTime(timestamp: number): void {
  if (Number.isSafeInteger(timestamp) && timestamp >= -1) return
  throw timestampOutOfRange(timestamp, 'not milliseconds since 1970')
}

/**
 * Compaction keeps one record of each key, so that one without a key has no place there. What
 * cannot be seen, for want of a synchronous codec or because it comes to too much, is accepted,
 * and removed by compaction.
 */
function checkKeys(
  bytes: Uint8Array,
  start: number,
  header: BatchHeader,
  rules: IncomingRules,
): void {
  const section = sectionOf(bytes, start, header, rules)
  if (!section) return
  cursor.reset(section, header)
  const recordIndexes: number[] = []
  for (let index = 0; cursor.next(); index++) {
    if (cursor.keyLength < 0) recordIndexes.push(index)
  }
  if (recordIndexes.length === 0) return
  const message = 'a compacted topic takes no record without a key'
  throw new LogError('INVALID_RECORD', message, { recordIndexes })
}

/** Returns the bytes of all records of a batch; `undefined` where they cannot be seen. */
function sectionOf(
  bytes: Uint8Array,
  start: number,
  header: BatchHeader,
  { codecs = noCodecs }: IncomingRules,
): Uint8Array | undefined {
  const batch = bytes.subarray(start, start + header.sizeBytes)
  const section = readSection(batch, header, { codecs, maxBytes: maxRecordsBytes })
  if (!(section instanceof Promise)) return section
  section.catch(ignoreAsReadersTell)
  return undefined
}

/** Nobody waits for an asynchronous codec; what it finds wrong is found again by who reads. */
function ignoreAsReadersTell(): void {}

/** Checks or sets the timestamps of a batch, and returns the largest. */
function placeInTime(
  bytes: Uint8Array,
  start: number,
  header: BatchHeader,
  rules: IncomingRules,
): number {
  const { config, nowMs } = rules
  if (config.messageTimestampType === 'LogAppendTime') {
    setMaxTimestamp(bytes, start, { maxTimestamp: nowMs, timestampType: 'logAppendTime' })
    return nowMs
  }
  if (header.timestampType === 'logAppendTime') {
    throw new LogError('INVALID_TIMESTAMP', 'only the broker may say what the append time is')
  }
  const maxTimestamp = largestTimestamp(bytes, start, header, rules)
  // What a record says may be no time, though what its batch says is.
  checkTime(maxTimestamp)
  if (maxTimestamp !== header.maxTimestamp) {
    setMaxTimestamp(bytes, start, { maxTimestamp, timestampType: 'createTime' })
  }
  if (maxTimestamp - nowMs > config.messageTimestampAfterMaxMs) {
    throw timestampOutOfRange(
      maxTimestamp,
      `more than ${config.messageTimestampAfterMaxMs} ms ahead`,
    )
  }
  const { baseTimestamp } = header
  if (baseTimestamp >= 0 && nowMs - baseTimestamp > config.messageTimestampBeforeMaxMs) {
    throw timestampOutOfRange(
      baseTimestamp,
      `more than ${config.messageTimestampBeforeMaxMs} ms old`,
    )
  }
  return maxTimestamp
}

/**
 * Some clients (Sarama) leave the header's field at -1 though their records have timestamps. Who
 * looks for a time would pass over a batch whose records are later than it says.
 */
function largestTimestamp(
  bytes: Uint8Array,
  start: number,
  header: BatchHeader,
  rules: IncomingRules,
): number {
  if (header.maxTimestamp >= header.baseTimestamp) return header.maxTimestamp
  const section = sectionOf(bytes, start, header, rules)
  if (!section) return header.baseTimestamp
  cursor.reset(section, header)
  let largest = -1
  while (cursor.next()) largest = Math.max(largest, cursor.timestamp)
  return largest
}

function timestampOutOfRange(timestamp: number, why: string): LogError {
  return new LogError('INVALID_TIMESTAMP', `timestamp ${timestamp} is ${why}`)
}
