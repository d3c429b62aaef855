import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { EntryIndex } from './entry-index.ts'

test('an EntryIndex has the newest address of each key, as a Map would', () => {
  const random = seededRandom(7)
  const index = new EntryIndex()
  const expected = new Map<number, number>()
  const pair = (key: number): [number, number] => [(key * 1024) >>> 0, key >>> 3]
  for (let step = 0; step < 60_000; step++) {
    // Keys that want the same slots.
    const key = random.below(6000)
    const before = expected.get(key) ?? -1
    if (random.below(3) === 0) {
      assert.equal(index.delete(...pair(key)), before)
      expected.delete(key)
    } else {
      assert.equal(index.set(...pair(key), step), before)
      expected.set(key, step)
    }
  }
  assert.equal(index.size, expected.size)
  for (let key = 0; key < 6000; key++) {
    assert.equal(index.get(...pair(key)), expected.get(key) ?? -1)
  }
  const same = EntryIndex.of(index.parts)!
  assert.equal(same.size, expected.size)
  for (const [key, address] of expected) assert.equal(same.get(...pair(key)), address)
})

test('EntryIndex.of() refuses arrays that cannot be those of an index', () => {
  const parts = (length: number, fill: number) => ({
    lows: new Uint32Array(length),
    highs: new Uint32Array(length),
    addresses: new Float64Array(length).fill(fill),
  })
  assert.equal(EntryIndex.of(parts(1000, -1)), undefined)
  assert.equal(EntryIndex.of(parts(1024, 5)), undefined, 'one that is full is searched for ever')
  assert.ok(EntryIndex.of(parts(1024, -1)))
})

test('an EntryIndex that is cleared is empty', () => {
  const index = new EntryIndex()
  index.set(1, 2, 3)
  index.clear()
  assert.equal(index.size, 0)
  assert.equal(index.get(1, 2), -1)
})
