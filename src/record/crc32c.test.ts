import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { crc32c, portableCrc32c, useCrc32c } from './crc32c.ts'
import { wordsCrc32c } from './words-crc32c.ts'

afterEach(() => useCrc32c(undefined))

/** The definition, bit by bit. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

test('crc32c() gives the values of RFC 3720 and of the catalogue of CRCs', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index)
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  assert.equal(crc32c(ascending), 0x46dd794e)
  assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c)
  assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283)
  assert.equal(crc32c(new Uint8Array(0)), 0)
})

test('crc32c() and wordsCrc32c() do not depend on where in memory the bytes are', () => {
  const random = seededRandom()
  const memory = random.bytes(400)
  for (let start = 0; start < 20; start++) {
    for (let length = 0; length < 100; length++) {
      const end = start + length
      const label = `from ${start} to ${end}, SEED=${random.seed}`
      assert.equal(crc32c(memory, start, end), slowCrc32c(memory.slice(start, end)), label)
      const view = memory.subarray(start, end)
      assert.equal(crc32c(view), slowCrc32c(view), label)
      assert.equal(wordsCrc32c(memory, start, end), slowCrc32c(view), label)
    }
  }
})

test('useCrc32c() puts in an implementation for large inputs only', () => {
  const seen: number[] = []
  useCrc32c({
    fromBytes: 10,
    crc32c(bytes, start, end) {
      seen.push(end - start)
      return portableCrc32c(bytes, start, end)
    },
  })
  const bytes = Uint8Array.from({ length: 30 }, (_, index) => index)
  assert.equal(crc32c(bytes, 5, 14), slowCrc32c(bytes.subarray(5, 14)))
  assert.equal(crc32c(bytes, 5, 15), slowCrc32c(bytes.subarray(5, 15)))
  assert.deepEqual(seen, [10])
})
