/** Finds offsets by time, and aborted transactions by offset, in all segments of a log. */

import type { AbortedTransaction } from './segment/aborted-transactions.ts'
import type { SegmentStore } from './segment/segment-store.ts'
import { findTimestamp, largestTimestampFrom } from './segment/timestamp-lookup.ts'
import type { TimestampLookup, TimestampedOffset } from './segment/timestamp-lookup.ts'

/** Returns the first record that is late enough. */
export function findOffset(
  segments: SegmentStore,
  lookup: TimestampLookup,
): TimestampedOffset | undefined {
  for (let at = segments.find(lookup.fromOffset); at < segments.count; at++) {
    if (segments.maxTimestamp(at) < lookup.timestamp) continue
    const found = findTimestamp(segments.at(at)!, lookup)
    if (found) return found
  }
  return undefined
}

/** Returns the first record with the largest timestamp; `undefined` without timestamps. */
export function findLargestTimestamp(
  segments: SegmentStore,
  lookup: Omit<TimestampLookup, 'timestamp'>,
): TimestampedOffset | undefined {
  const first = segments.find(lookup.fromOffset)
  let largest = -1
  for (let at = first; at < segments.count; at++) {
    largest = Math.max(largest, segments.maxTimestamp(at))
  }
  const found = largest < 0 ? undefined : findOffset(segments, { ...lookup, timestamp: largest })
  if (found || largest < 0) return found
  // The record is before the start of the log, or compaction has removed it.
  let timestamp = -1
  for (let at = segments.count - 1; at >= first; at--) {
    if (segments.maxTimestamp(at) <= timestamp) continue
    timestamp = Math.max(timestamp, largestTimestampFrom(segments.at(at)!, lookup))
  }
  return timestamp < 0 ? undefined : findOffset(segments, { ...lookup, timestamp })
}

/** Returns the aborted transactions that overlap with the offsets from `from` up to `to`. */
export function abortedBetween(
  segments: SegmentStore,
  from: number,
  to: number,
): AbortedTransaction[] {
  const found: AbortedTransaction[] = []
  for (let at = segments.find(from); at < segments.count; at++) {
    if (segments.abortedIn(at).collect(from, to, found)) break
  }
  return found
}
