/** Decides which segments are old or too many. */

import type { LogConfig } from './log-config.ts'

export interface SegmentAge {
  readonly sizeBytes: number
  /** The largest timestamp in the segment; -1 where there is none. */
  readonly maxTimestamp: number
  /** When the file was last written to; `undefined` where the storage does not know. */
  readonly modifiedMs?: number | undefined
}

/**
 * A file may have been written to since `nowMs`, as others are looked at first. A time that is
 * further ahead is of another clock, and says nothing.
 */
const clockToleranceMs = 60 * 60 * 1000

/**
 * Returns how many of `segments`, oldest first, may be deleted at `nowMs`. It is a run from the
 * front, so that a log never has holes: one young segment protects all behind it.
 *
 * @param nowMs `undefined` where the time is not known (`retention-clock.ts`): none is too old then
 */
export function expiredSegments(
  segments: readonly SegmentAge[],
  config: LogConfig,
  nowMs: number | undefined,
): number {
  if (!config.cleanupPolicy.includes('delete')) return 0
  return Math.max(expiredByTime(segments, config, nowMs), expiredBySize(segments, config))
}

function expiredByTime(
  segments: readonly SegmentAge[],
  { retentionMs }: LogConfig,
  nowMs: number | undefined,
): number {
  if (retentionMs < 0 || nowMs === undefined) return 0
  const young = segments.findIndex((segment) => {
    const { maxTimestamp } = segment
    // An empty segment has nothing to delete.
    if (segment.sizeBytes === 0 || nowMs - maxTimestamp <= retentionMs) return true
    // The clock of a producer may be years behind: what has just come is not old. Of a segment
    // without timestamps nothing else tells the age.
    const { modifiedMs = Infinity } = segment
    if (modifiedMs - nowMs > clockToleranceMs) return maxTimestamp < 0
    return nowMs - modifiedMs <= retentionMs
  })
  return young < 0 ? segments.length : young
}

/** A segment goes only where what is left is still as large as `retention.bytes`. */
function expiredBySize(segments: readonly SegmentAge[], { retentionBytes }: LogConfig): number {
  if (retentionBytes < 0) return 0
  let excessBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - retentionBytes
  let count = 0
  for (const { sizeBytes } of segments) {
    if (sizeBytes > excessBytes) break
    excessBytes -= sizeBytes
    count++
  }
  return count
}
