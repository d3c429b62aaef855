/** Finds the first record of a segment that is at least as late as a timestamp. */

import { InvalidBatchError, type BatchHeader } from '../../record/batch.ts'
import { readRecords, type RecordData } from '../../record/batch-reader.ts'
import { noCodecs } from '../../record/compression.ts'
import type { Codecs } from '../../record/compression.ts'
import { BatchWalker } from './batch-walker.ts'
import type { Segment } from './segment.ts'

export interface TimestampedOffset {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

export interface TimestampLookup {
  readonly timestamp: number
  /** Records below this offset do not count. */
  readonly fromOffset: number
  /**
   * What compressed batches are read with. Without it, and with an asynchronous codec, the answer
   * is the start of the batch that has the record.
   *
   * @default noCodecs
   */
  readonly codecs?: Codecs | undefined
}

/** A batch that comes to more is not looked into: everybody would wait while it is decompressed. */
const maxRecordsBytes = 16 * 1024 * 1024

/** Returns the record with the smallest such offset. The segment's indexes must be loaded. */
export function findTimestamp(
  segment: Segment,
  lookup: TimestampLookup,
): TimestampedOffset | undefined {
  const { offsets, times } = segment.indexes
  const entry = times.locate(lookup.timestamp)
  const walker = new BatchWalker(segment.file, entry ? offsets.locate(entry.relativeOffset) : 0)
  for (; walker.load(); walker.advance()) {
    if (walker.maxTimestamp < lookup.timestamp || walker.lastOffset < lookup.fromOffset) continue
    const found = findInBatch(segment, walker, lookup)
    if (found) return found
  }
  return undefined
}

/** Returns the largest timestamp of a record there; -1 for none. The indexes must be loaded. */
export function largestTimestampFrom(
  segment: Segment,
  { fromOffset, codecs = noCodecs }: Omit<TimestampLookup, 'timestamp'>,
): number {
  const position = segment.indexes.offsets.locate(fromOffset - segment.baseOffset)
  const walker = new BatchWalker(segment.file, position)
  let largest = -1
  for (; walker.load(); walker.advance()) {
    if (walker.lastOffset < fromOffset || walker.maxTimestamp <= largest) continue
    const header = walker.header()
    if (header.recordCount === 0) continue
    const isCut = header.baseOffset < fromOffset && header.timestampType === 'createTime'
    const isSeen = header.compression === 'none' || codecs[header.compression]
    const records =
      isCut && isSeen
        ? recordsOf(readBatch(segment, walker, header), header, { codecs, fromOffset })
        : undefined
    const times = records?.map(({ timestamp }) => timestamp) ?? [header.maxTimestamp]
    largest = times.reduce((left, right) => Math.max(left, right), largest)
  }
  return largest
}

function findInBatch(
  segment: Segment,
  walker: BatchWalker,
  { timestamp, fromOffset, codecs = noCodecs }: TimestampLookup,
): TimestampedOffset | undefined {
  const header = walker.header()
  // Compaction may have left nothing but the header.
  if (header.recordCount === 0) return undefined
  // After a compaction the base timestamp may be a delete horizon, which is in the future.
  const baseTimestamp = Math.min(header.baseTimestamp, header.maxTimestamp)
  const first: TimestampedOffset = {
    offset: Math.max(header.baseOffset, fromOffset),
    timestamp: header.timestampType === 'logAppendTime' ? header.maxTimestamp : baseTimestamp,
  }
  if (header.timestampType === 'logAppendTime') return first
  if (header.compression !== 'none' && !codecs[header.compression]) return first
  const records = recordsOf(readBatch(segment, walker, header), header, { codecs, fromOffset })
  if (!records) return first
  const record = records.find((each) => each.timestamp >= timestamp)
  return record && { offset: record.offset, timestamp: record.timestamp }
}

/** Returns the records of a batch; `undefined` where they cannot be seen. */
function recordsOf(
  batch: Uint8Array,
  header: BatchHeader,
  options: { readonly codecs: Codecs; readonly fromOffset: number },
): RecordData[] | undefined {
  try {
    const records = readRecords(batch, header, { ...options, maxBytes: maxRecordsBytes })
    if (Array.isArray(records)) return records
    // Nobody waits for an asynchronous codec; what it finds wrong is found again by who reads.
    records.catch(() => {})
  } catch (error) {
    // A broker does not look at records, so a client may have sent what are none.
    if (!(error instanceof InvalidBatchError)) throw error
  }
  return undefined
}

function readBatch(segment: Segment, walker: BatchWalker, header: BatchHeader): Uint8Array {
  const bytes = new Uint8Array(header.sizeBytes)
  segment.file.read(walker.position, bytes)
  return bytes
}
