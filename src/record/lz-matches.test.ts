import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { findMatches } from './lz-matches.ts'

interface Match {
  readonly literalStart: number
  readonly matchStart: number
  readonly distance: number
  readonly length: number
}

function matchesOf(input: Uint8Array, start = 0, end = input.length) {
  const matches: Match[] = []
  const literalStart = findMatches(input, start, end, {
    match: (literalStart, matchStart, distance, length) =>
      void matches.push({ literalStart, matchStart, distance, length }),
  })
  return { matches, literalStart }
}

const encoder = new TextEncoder()

test('findMatches() finds what repeats, and leaves the last five bytes alone', () => {
  const { matches, literalStart } = matchesOf(encoder.encode('0123456789 0123456789 012345'))
  const [match] = matches
  assert.deepEqual(match, { literalStart: 0, matchStart: 11, distance: 11, length: 12 })
  assert.equal(literalStart, 23)
})

test('findMatches() finds nothing in little input', () => {
  assert.deepEqual(matchesOf(encoder.encode('aaaaaaaaaaaa')), { matches: [], literalStart: 0 })
  assert.deepEqual(matchesOf(new Uint8Array(0)), { matches: [], literalStart: 0 })
})

test('findMatches() stays inside its block, and each match is a true one', () => {
  const random = seededRandom()
  const input = Uint8Array.from({ length: 200_000 }, () => 97 + random.below(3))
  const [start, end] = [50_000, 150_000]
  const { matches, literalStart } = matchesOf(input, start, end)
  let previousEnd = start
  for (const { literalStart, matchStart, distance, length } of matches) {
    assert.equal(literalStart, previousEnd)
    assert.ok(length >= 4 && distance > 0 && distance < 65_536 && matchStart - distance >= start)
    const repeated = input.subarray(matchStart - distance, matchStart - distance + length)
    const match = input.subarray(matchStart, matchStart + length)
    assert.equal(Buffer.compare(match, repeated), 0, `SEED=${random.seed}`)
    previousEnd = matchStart + length
  }
  assert.equal(literalStart, previousEnd)
  assert.ok(literalStart <= end - 5)
})

test('findMatches() gives the same for the same input, whatever came before', () => {
  const random = seededRandom(3)
  const input = Uint8Array.from({ length: 5000 }, () => random.below(4))
  const first = matchesOf(input)
  matchesOf(random.bytes(5000))
  assert.deepEqual(matchesOf(input), first)
})
