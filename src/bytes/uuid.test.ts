import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { uuidFromBytes, uuidToBytes, zeroUuid } from './uuid.ts'

test('the text form is base64url without padding', () => {
  const random = seededRandom()
  for (let round = 0; round < 100; round++) {
    const bytes = random.bytes(16)
    const text = Buffer.from(bytes).toString('base64url')
    assert.equal(uuidFromBytes(bytes), text, `SEED=${random.seed}`)
    assert.deepEqual(uuidToBytes(text), bytes, `SEED=${random.seed}`)
  }
})

test('zeroUuid is 16 zero bytes', () => {
  assert.deepEqual(uuidToBytes(zeroUuid), new Uint8Array(16))
  assert.equal(uuidFromBytes(new Uint8Array(16)), zeroUuid)
})

test('uuidToBytes() refuses what is no id', () => {
  const bad = ['', 'short', 'A'.repeat(23), 'A'.repeat(21) + '+', 'A'.repeat(21) + 'ö']
  for (const text of bad) assert.throws(() => uuidToBytes(text), RangeError, text)
})
