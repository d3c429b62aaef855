import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUuid } from './random-uuid.ts'
import { uuidToBytes } from './uuid.ts'

test('randomUuid() is a version-4 UUID, and leaves the random bytes as they were', () => {
  const random = new Uint8Array(16).fill(0xff)
  const bytes = uuidToBytes(randomUuid(random))
  assert.equal(Buffer.from(bytes).toString('hex'), 'ffffffffffff4fffbfffffffffffffff')
  assert.deepEqual(random, new Uint8Array(16).fill(0xff))
})
