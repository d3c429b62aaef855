import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupSegments, planCompaction, rollLimitsOf } from './plan.ts'
import type { PlanInput } from './plan.ts'
import { resolveLogConfig } from '../log-config.ts'

/** Segments of 100 bytes and 10 offsets, with timestamps from their base offset to 9 more. */
function input(count: number, options: Partial<PlanInput> = {}): PlanInput {
  return {
    closed: Array.from({ length: count }, (_, at) => ({
      baseOffset: at * 10,
      sizeBytes: 100,
      maxTimestamp: () => at * 10 + 9,
      firstTimestamp: () => at * 10 + 1,
    })),
    closedEnd: count * 10,
    compactedOffset: 0,
    lastStableOffset: Infinity,
    config: resolveLogConfig({ 'cleanup.policy': 'compact' }),
    nowMs: 1000,
    ...options,
  }
}

const config = (configs: Record<string, string>) => ({ config: resolveLogConfig(configs) })

test('planCompaction() never takes the segment that is appended to', () => {
  const plan = planCompaction(input(3))
  assert.deepEqual(plan, {
    dirtyOffset: 0,
    endOffset: 30,
    dirtyBytes: 300,
    dirtyRatio: 1,
    isDue: true,
  })
  assert.equal(planCompaction(input(0)).isDue, false)
})

test('planCompaction() goes on where the log is compacted already', () => {
  const { dirtyOffset, dirtyBytes, dirtyRatio } = planCompaction(input(4, { compactedOffset: 30 }))
  assert.deepEqual([dirtyOffset, dirtyBytes, dirtyRatio], [30, 100, 0.25])
  const { isDue, endOffset } = planCompaction(input(4, { compactedOffset: 40 }))
  assert.deepEqual([isDue, endOffset], [false, 40])
})

test('planCompaction() takes a segment that was compacted in part', () => {
  const { dirtyOffset, dirtyBytes } = planCompaction(input(4, { compactedOffset: 25 }))
  assert.deepEqual([dirtyOffset, dirtyBytes], [25, 200])
})

test('planCompaction() begins anew where the checkpoint is not of this log', () => {
  assert.equal(planCompaction(input(2, { compactedOffset: 21 })).dirtyOffset, 0)
  const { closed } = input(3)
  const later = input(3, { closed: closed.slice(1), compactedOffset: 5 })
  assert.equal(planCompaction(later).dirtyOffset, 10)
})

test('planCompaction() stops before what is not decided', () => {
  assert.equal(planCompaction(input(4, { lastStableOffset: 29 })).endOffset, 20)
  assert.equal(planCompaction(input(4, { lastStableOffset: 30 })).endOffset, 30)
})

test('planCompaction() stops before records younger than min.compaction.lag.ms', () => {
  const young = { ...config({ 'min.compaction.lag.ms': '30' }), nowMs: 50 }
  assert.equal(planCompaction(input(4, young)).endOffset, 20)
})

test('planCompaction() is due above min.cleanable.dirty.ratio, not at it', () => {
  const half = { compactedOffset: 20 }
  assert.equal(planCompaction(input(4, half)).isDue, false)
  const less = config({ 'min.cleanable.dirty.ratio': '0.49' })
  assert.equal(planCompaction(input(4, { ...half, ...less })).isDue, true)
})

test('planCompaction() is due where a record is older than max.compaction.lag.ms', () => {
  const lag = config({ 'max.compaction.lag.ms': '100' })
  const clean = { ...lag, compactedOffset: 30 }
  assert.equal(planCompaction(input(4, { ...clean, nowMs: 131 })).isDue, false)
  assert.equal(planCompaction(input(4, { ...clean, nowMs: 132 })).isDue, true)
})

test('rollLimitsOf() closes a segment in time for max.compaction.lag.ms', () => {
  const configs = { 'max.compaction.lag.ms': '5000', 'segment.ms': '9000' }
  assert.equal(rollLimitsOf(resolveLogConfig(configs)).segmentMs, 9000)
  const compacted = resolveLogConfig({ ...configs, 'cleanup.policy': 'compact,delete' })
  assert.equal(rollLimitsOf(compacted).segmentMs, 5000)
})

test('groupSegments() joins neighbours up to segment.bytes', () => {
  const sizes = [60, 40, 1, 100, 0, 50, 50]
  const segments = sizes.map((sizeBytes, at) => ({ baseOffset: at, sizeBytes }))
  const groups = groupSegments(segments, { segmentBytes: 100, endOffset: 7 })
  assert.deepEqual(
    groups.map((group) => group.map(({ sizeBytes }) => sizeBytes)),
    [[60, 40], [1], [100, 0], [50, 50]],
  )
})

test('groupSegments() keeps offsets of a segment within 31 bits', () => {
  const segments = [0, 2 ** 30, 2 ** 31 - 5].map((baseOffset) => ({ baseOffset, sizeBytes: 1 }))
  const groupCount = (endOffset: number): number =>
    groupSegments(segments, { segmentBytes: 100, endOffset }).length
  assert.deepEqual([groupCount(2 ** 31), groupCount(2 ** 31 + 1)], [1, 2])
})
