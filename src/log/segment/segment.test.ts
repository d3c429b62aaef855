import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  openTestLog,
  smallSegments,
  testFolder,
  testNowMs,
} from '../../../test/support/log-fixture.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'

test('a segment is closed earlier by a part of segment.jitter.ms', () => {
  const storage = new MemoryStorage()
  const spanMs = 10_000
  const limits = { segmentMs: spanMs, segmentJitterMs: 9000 }
  const config = { ...smallSegments, segmentBytes: 2 ** 20, ...limits }
  const log = openTestLog({ storage, config })
  for (let elapsedMs = 0; elapsedMs < 100 * spanMs; elapsedMs += 100) {
    append(log, { timestamp: testNowMs + elapsedMs })
  }
  const bases = storage
    .list(testFolder)
    .filter((name) => /\.log(\.pending)?$/.test(name))
    .map((name) => Number(name.slice(0, 20)))
  const spans = bases.slice(1).map((base, at) => base - bases[at]!)
  assert.ok(
    spans.every((span) => span >= 11 && span <= 101),
    String(spans),
  )
  assert.ok(new Set(spans).size > 20, 'each segment has a span of its own')
})
