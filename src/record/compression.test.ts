import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compressionId, compressionNames } from './compression.ts'

test('compressionId() gives the number that a batch has in its attributes', () => {
  assert.deepEqual(compressionNames.map(compressionId), [0, 1, 2, 3, 4])
  assert.equal(compressionId('zstd'), 4)
})
