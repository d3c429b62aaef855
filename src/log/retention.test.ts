import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultStorage } from '../../test/support/fault-storage.ts'
import {
  append,
  openTestLog,
  smallSegments,
  testFolder,
  testNowMs,
} from '../../test/support/log-fixture.ts'
import { resolveLogConfig } from './log-config.ts'
import { offsetsOf } from './log-files.ts'
import { expiredSegments } from './retention.ts'
import type { SegmentAge } from './retention.ts'

/** Builds segments from `bytes@timestamp` pairs, oldest first. */
function segments(notation: string): SegmentAge[] {
  return notation.split(' ').map((pair) => {
    const [sizeBytes, maxTimestamp] = pair.split('@').map(Number)
    return { sizeBytes: sizeBytes!, maxTimestamp: maxTimestamp! }
  })
}

const byTime = resolveLogConfig({ 'retention.ms': '100' })
const bySize = resolveLogConfig({ 'retention.ms': '-1', 'retention.bytes': '25' })

test('expiredSegments() counts the segments whose newest record is too old', () => {
  assert.equal(expiredSegments(segments('10@0 10@50 10@99'), byTime, 100), 0)
  assert.equal(expiredSegments(segments('10@0 10@50 10@99'), byTime, 101), 1)
  assert.equal(expiredSegments(segments('10@0 10@50 10@99'), byTime, 200), 3)
})

test('expiredSegments() stops at a segment that is young, though later ones are old', () => {
  assert.equal(expiredSegments(segments('10@0 10@500 10@0'), byTime, 200), 1)
})

test('expiredSegments() deletes nothing by time while the time is not known', () => {
  assert.equal(expiredSegments(segments('10@0 10@0'), byTime, undefined), 0)
  assert.equal(expiredSegments(segments('10@0 10@0 10@0 10@0'), bySize, undefined), 1)
})

test('expiredSegments() keeps old records that have just come', () => {
  const [segment] = segments('10@0')
  const at = (modifiedMs: number): number =>
    expiredSegments([{ ...segment!, modifiedMs }], byTime, 1000)
  assert.equal(at(900), 0)
  assert.equal(at(899), 1)
  // Written to since the round began.
  assert.equal(at(1000.5), 0)
  assert.equal(at(60_000), 0)
  // A file from the future was written by another clock.
  assert.equal(at(4_000_000), 1)
})

test('expiredSegments() asks the file how old a segment without timestamps is', () => {
  assert.equal(expiredSegments(segments('10@-1 10@0'), byTime, 1e9), 0)
  const at = (modifiedMs: number, sizeBytes = 10): number =>
    expiredSegments([{ sizeBytes, maxTimestamp: -1, modifiedMs }], byTime, 1000)
  assert.equal(at(900), 0)
  assert.equal(at(899), 1)
  assert.equal(at(1001), 0)
  assert.equal(at(0, 0), 0)
})

test('expiredSegments() leaves at least retention.bytes', () => {
  assert.equal(expiredSegments(segments('10@0 10@0 10@0'), bySize, 0), 0)
  assert.equal(expiredSegments(segments('10@0 10@0 10@0 10@0'), bySize, 0), 1)
  assert.equal(expiredSegments(segments('4@0 1@0 10@0 10@0 5@0'), bySize, 0), 2)
})

test('expiredSegments() takes nothing where the policy does not say delete', () => {
  const config = { ...byTime, cleanupPolicy: ['compact'] as const }
  assert.equal(expiredSegments(segments('10@0'), config, 1e9), 0)
})

test('enforceRetention() deletes what it can where no segment can be begun', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 30; count++) append(log, { timestamp: testNowMs })
  await log.whenDurable(30)
  log.setConfig(resolveLogConfig({ 'retention.ms': '1000' }, smallSegments))
  storage.failWhen((call, _, path) => call === 'open' && path.endsWith('.pending'))
  await log.enforceRetention(testNowMs + 5000)
  assert.ok(log.startOffset > 20, `${log.startOffset}`)
  storage.failWhen(() => false)
  await log.enforceRetention(testNowMs + 5000)
  assert.equal(log.startOffset, 30)
  await log.close()
})

test('enforceRetention() deletes what it can where a full disk takes no index files', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 30; count++) append(log, { timestamp: testNowMs })
  await log.whenDurable(30)
  const segments = (): number[] => offsetsOf(storage.list(testFolder), '.log')
  const before = segments()
  storage.failWhen((call, _, path) => {
    if (call !== 'append' || !/(index|snapshot)$/.test(path)) return false
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  })
  log.setConfig(resolveLogConfig({ 'retention.ms': '1000' }, smallSegments))
  await log.enforceRetention(testNowMs + 5000)
  assert.equal(log.startOffset, 30)
  assert.deepEqual(segments(), [before.at(-1), 30])
  storage.failWhen(() => false)
  append(log, { timestamp: testNowMs + 5000 })
  await log.enforceRetention(testNowMs + 5000)
  assert.deepEqual(segments(), [30])
  await log.close()
})
