import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codecFor, compressionId, compressionNames, noCodecs } from './compression.ts'

test('compressionId() gives the number that a batch has in its attributes', () => {
  assert.deepEqual(compressionNames.map(compressionId), [0, 1, 2, 3, 4])
  assert.equal(compressionId('zstd'), 4)
})

test('codecFor() gives the codec, or an error that names it', () => {
  const codec = { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes }
  assert.equal(codecFor({ lz4: codec }, 'lz4'), codec)
  const errorName = 'UNSUPPORTED_COMPRESSION_TYPE'
  assert.throws(() => codecFor(noCodecs, 'lz4'), { errorName, compression: 'lz4' })
})
