import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { OffsetIndex } from './offset-index.ts'
import type { OffsetEntry } from './offset-index.ts'

/** Builds an index from `offset@position` pairs. */
function index(notation: string): OffsetIndex {
  const result = new OffsetIndex()
  for (const entry of notation.split(' ')) {
    const [relativeOffset, position] = entry.split('@').map(Number)
    result.add({ relativeOffset: relativeOffset!, position: position! })
  }
  return result
}

test('locate() gives the position of the last entry at or before the offset', () => {
  const entries = index('10@64 14@128 19@256')
  assert.equal(entries.locate(14), 128)
  assert.equal(entries.locate(18), 128)
  assert.equal(entries.locate(99), 256)
})

test('locate() gives 0 before the first entry, and without entries', () => {
  assert.equal(index('10@64').locate(9), 0)
  assert.equal(new OffsetIndex().locate(9), 0)
})

test('lastPosition is that of the last entry', () => {
  assert.equal(new OffsetIndex().lastPosition, 0)
  assert.equal(index('10@64 14@128').lastPosition, 128)
})

// The layout is Kafka's, so it is pinned by bytes written out by hand, not only by a round trip.
test('encode() writes relative offset and position as int32', () => {
  const bytes = index('10@64 258@4096').encode()
  assert.equal(Buffer.from(bytes).toString('hex'), '0000000a00000040' + '0000010200001000')
  assert.deepEqual([...OffsetIndex.decode(bytes).entries()], [...index('10@64 258@4096').entries()])
})

test('locate() agrees with a linear search, also after a round trip', () => {
  const random = seededRandom()
  for (let round = 0; round < 100; round++) {
    const entries = new OffsetIndex()
    const added: OffsetEntry[] = []
    const count = random.below(40)
    for (let relativeOffset = random.below(5), position = 1; added.length < count;) {
      entries.add({ relativeOffset, position })
      added.push({ relativeOffset, position })
      relativeOffset += 1 + random.below(5)
      position += 1 + random.below(100)
    }
    const wanted = random.below(200)
    const expected = added.findLast((entry) => entry.relativeOffset <= wanted)?.position ?? 0
    assert.equal(entries.locate(wanted), expected, `seed ${random.seed}`)
    entries.trim()
    const decoded = OffsetIndex.decode(entries.encode())
    assert.equal(decoded.locate(wanted), expected, `seed ${random.seed}`)
    assert.deepEqual([...decoded.entries()], added, `seed ${random.seed}`)
  }
})
