/** Decides whether a log is to be compacted, up to where, and which segments become one. */

import type { LogConfig } from '../log-config.ts'
import type { RollLimits } from '../segment/segment.ts'

const relativeOffsetMax = 2 ** 31 - 1

/** A segment as far as the plan cares. */
export interface PlannedSegment {
  readonly baseOffset: number
  readonly sizeBytes: number
  /** The largest timestamp in it; -1 where there is none. */
  readonly maxTimestamp: () => number
  /** The largest timestamp of its first batch; -1 where there is none. */
  readonly firstTimestamp: () => number
}

export interface PlanInput {
  /** Segments that are appended to no more, oldest first. */
  readonly closed: readonly PlannedSegment[]
  /** Where they end, and the next one begins. */
  readonly closedEnd: number
  /** Up to where the log is compacted already. */
  readonly compactedOffset: number
  readonly lastStableOffset: number
  readonly config: LogConfig
  readonly nowMs: number
}

export interface CompactionPlan {
  /** Where what was never compacted begins. */
  readonly dirtyOffset: number
  /** Up to where the log may be compacted: where a segment begins. */
  readonly endOffset: number
  /** Bytes of segments that were never compacted, and now may be. */
  readonly dirtyBytes: number
  /** The part of all that may be compacted that those bytes are. */
  readonly dirtyRatio: number
  /** Whether the configs of the log ask for a compaction now. */
  readonly isDue: boolean
}

export function planCompaction(input: PlanInput): CompactionPlan {
  const { closed, compactedOffset, config, nowMs } = input
  const startOffset = closed[0]?.baseOffset ?? input.closedEnd
  // A log that ends before has lost its end, or is another one of that name.
  const isKnown = compactedOffset >= startOffset && compactedOffset <= input.closedEnd
  const dirtyOffset = isKnown ? compactedOffset : startOffset
  const firstDirty = closed.findIndex((_, at) => endOf(input, at) > dirtyOffset)
  const dirty = firstDirty < 0 ? [] : closed.slice(firstDirty)
  const clean = closed.slice(0, closed.length - dirty.length)
  const count = countCompactable(dirty, input)
  const compactable = dirty.slice(0, count)
  const next = dirty[count] ? dirty[count].baseOffset : input.closedEnd
  const dirtyBytes = sizeOf(compactable)
  const dirtyRatio = dirtyBytes === 0 ? 0 : dirtyBytes / (sizeOf(clean) + dirtyBytes)
  const isOverdue = compactable.some(({ firstTimestamp }) => {
    return firstTimestamp() > 0 && nowMs - firstTimestamp() > config.maxCompactionLagMs
  })
  return {
    dirtyOffset,
    endOffset: Math.max(dirtyOffset, next),
    dirtyBytes,
    dirtyRatio,
    isDue: dirtyBytes > 0 && (isOverdue || dirtyRatio > config.minCleanableDirtyRatio),
  }
}

function endOf({ closed, closedEnd }: PlanInput, at: number): number {
  return closed[at + 1]?.baseOffset ?? closedEnd
}

/** Returns how many segments, oldest first, are decided and old enough. */
function countCompactable(dirty: readonly PlannedSegment[], input: PlanInput): number {
  const { minCompactionLagMs } = input.config
  const at = dirty.findIndex(({ maxTimestamp }, index) => {
    const endOffset = dirty[index + 1]?.baseOffset ?? input.closedEnd
    if (endOffset > input.lastStableOffset) return true
    return minCompactionLagMs > 0 && maxTimestamp() > input.nowMs - minCompactionLagMs
  })
  return at < 0 ? dirty.length : at
}

/**
 * Returns when a log starts a segment. Only closed segments are compacted, so that a record that
 * must not go long without that must not be in an open one for longer.
 */
export function rollLimitsOf(config: LogConfig): RollLimits {
  const { cleanupPolicy, segmentBytes, segmentMs, segmentJitterMs, maxCompactionLagMs } = config
  const isCompacted = cleanupPolicy.includes('compact')
  return {
    segmentBytes,
    segmentJitterMs,
    segmentMs: isCompacted ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs,
  }
}

/**
 * Divides segments, oldest first, into runs that each become one. `endOffset` is where the last
 * one ends.
 */
export function groupSegments<Planned extends Pick<PlannedSegment, 'baseOffset' | 'sizeBytes'>>(
  segments: readonly Planned[],
  { segmentBytes, endOffset }: { readonly segmentBytes: number; readonly endOffset: number },
): Planned[][] {
  const groups: Planned[][] = []
  let sizeBytes = 0
  segments.forEach((segment, at) => {
    const group = groups.at(-1)
    const lastOffset = (segments[at + 1]?.baseOffset ?? endOffset) - 1
    const fits =
      group !== undefined &&
      sizeBytes + segment.sizeBytes <= segmentBytes &&
      lastOffset - group[0]!.baseOffset <= relativeOffsetMax
    sizeBytes = (fits ? sizeBytes : 0) + segment.sizeBytes
    if (fits) group.push(segment)
    else groups.push([segment])
  })
  return groups
}

function sizeOf(segments: readonly PlannedSegment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
