/** Finds offsets by time, and aborted transactions by offset, in all segments of a log. */

import type { AbortedTransaction } from './segment/aborted-transactions.ts'
import type { SegmentStore } from './segment/segment-store.ts'
import { findTimestamp } from './segment/timestamp-lookup.ts'
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

/** Returns the largest timestamp from the segment of `fromOffset` on; -1 where there is none. */
export function largestTimestamp(segments: SegmentStore, fromOffset: number): number {
  let largest = -1
  for (let at = segments.find(fromOffset); at < segments.count; at++) {
    largest = Math.max(largest, segments.maxTimestamp(at))
  }
  return largest
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
