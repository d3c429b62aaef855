import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimeIndex } from './time-index.ts'

/** Builds an index from `timestamp@offset` pairs. */
function index(notation: string): TimeIndex {
  const result = new TimeIndex()
  for (const entry of notation.split(' ')) {
    const [timestamp, relativeOffset] = entry.split('@').map(Number)
    result.add({ timestamp: timestamp!, relativeOffset: relativeOffset! })
  }
  return result
}

test('locate() gives the last entry before the timestamp', () => {
  const entries = index('1000@4 2000@9 3000@12')
  assert.equal(entries.locate(1000), undefined)
  assert.deepEqual(entries.locate(2000), { timestamp: 1000, relativeOffset: 4 })
  assert.deepEqual(entries.locate(2001), { timestamp: 2000, relativeOffset: 9 })
  assert.deepEqual(entries.locate(9999), { timestamp: 3000, relativeOffset: 12 })
})

test('add() leaves out a timestamp that is no larger than the last one', () => {
  assert.deepEqual(
    [...index('1000@4 1000@9 900@12 1001@15').entries()],
    [
      { timestamp: 1000, relativeOffset: 4 },
      { timestamp: 1001, relativeOffset: 15 },
    ],
  )
})

// The layout is Kafka's, so it is pinned by bytes written out by hand, not only by a round trip.
test('encode() writes the timestamp as int64 and the relative offset as int32', () => {
  const bytes = index('1700000000000@258').encode()
  assert.equal(Buffer.from(bytes).toString('hex'), '0000018bcfe56800' + '00000102')
  assert.deepEqual(TimeIndex.decode(bytes).last, {
    timestamp: 1_700_000_000_000,
    relativeOffset: 258,
  })
})

test('an index of many entries survives a round trip', () => {
  const entries = new TimeIndex()
  for (let at = 0; at < 100; at++) entries.add({ timestamp: 1e12 + at * 7, relativeOffset: at * 3 })
  entries.trim()
  const decoded = TimeIndex.decode(entries.encode())
  assert.deepEqual([...decoded.entries()], [...entries.entries()])
  assert.deepEqual(decoded.locate(1e12 + 8), { timestamp: 1e12 + 7, relativeOffset: 3 })
})
