import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codecFor } from './codec-for.ts'
import { noCodecs } from './compression.ts'

test('codecFor() gives the codec, or an error that names it', () => {
  const codec = { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes }
  assert.equal(codecFor({ lz4: codec }, 'lz4'), codec)
  assert.throws(() => codecFor(noCodecs, 'lz4'), {
    name: 'InvalidBatchError',
    errorName: 'UNSUPPORTED_COMPRESSION_TYPE',
    message: /^compression 'lz4' is not available here/,
  })
})
