import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { KeyOffsets } from './keys.ts'

const encoder = new TextEncoder()

function put(keys: KeyOffsets, key: string, offset: number): boolean {
  const bytes = encoder.encode(`--${key}--`)
  return keys.put(bytes, 2, bytes.length - 4, offset)
}

function get(keys: KeyOffsets, key: string): number {
  const bytes = encoder.encode(key)
  return keys.get(bytes, 0, bytes.length)
}

test('get() gives the offset of the last put() of a key, and -1 for others', () => {
  const keys = new KeyOffsets({ baseOffset: 1000, keyCountMax: 10, memoryBytes: 4096 })
  assert.ok(put(keys, 'a', 1000))
  assert.ok(put(keys, '', 1001))
  assert.ok(put(keys, 'a', 2 ** 32))
  assert.deepEqual([get(keys, 'a'), get(keys, ''), get(keys, 'b')], [2 ** 32, 1001, -1])
  assert.equal(keys.count, 2)
})

test('put() refuses a new key where three quarters are taken, and still takes a known one', () => {
  const keys = new KeyOffsets({ baseOffset: 0, keyCountMax: 1e9, memoryBytes: 16 * 64 })
  for (let key = 0; key < 48; key++) assert.ok(put(keys, `${key}`, key))
  assert.equal(put(keys, 'one more', 48), false)
  assert.ok(put(keys, '7', 49))
  assert.equal(get(keys, '7'), 49)
  assert.equal(get(keys, 'one more'), -1)
})

test('put() refuses an offset that is 32 bits away from the first', () => {
  const keys = new KeyOffsets({ baseOffset: 5, keyCountMax: 10, memoryBytes: 4096 })
  assert.ok(put(keys, 'a', 5 + 2 ** 32 - 2))
  assert.equal(put(keys, 'a', 5 + 2 ** 32 - 1), false)
  assert.equal(get(keys, 'a'), 5 + 2 ** 32 - 2)
})

test('KeyOffsets takes no more memory than its keys need, and than it is allowed', () => {
  const memory = (keyCountMax: number): number =>
    new KeyOffsets({ baseOffset: 0, keyCountMax, memoryBytes: 1 << 20 }).memoryBytes
  assert.deepEqual([memory(1), memory(1000), memory(1e9)], [256, 32_768, 1 << 20])
})

test('KeyOffsets knows any keys, of any length', () => {
  const random = seededRandom()
  const keys = new KeyOffsets({ baseOffset: 0, keyCountMax: 5000, memoryBytes: 1 << 20 })
  const known = new Map<string, number>()
  for (let offset = 0; offset < 5000; offset++) {
    const key = `${random.below(3000)}`.padEnd(random.below(40), 'é')
    known.set(key, offset)
    assert.ok(put(keys, key, offset))
  }
  for (const [key, offset] of known) assert.equal(get(keys, key), offset, `SEED=${random.seed}`)
  assert.equal(keys.count, known.size)
})
