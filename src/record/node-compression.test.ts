import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { codecContract } from '../../test/support/codec-contract.ts'
import { DecompressionError } from './compression.ts'
import { nodeCodecs } from './node-compression.ts'
import { webCodecs } from './web-compression.ts'

codecContract('Node', nodeCodecs)

test('nodeCodecs has every codec of Kafka', () => {
  assert.deepEqual(Object.keys(nodeCodecs).sort(), ['gzip', 'lz4', 'snappy', 'zstd'])
})

test('nodeCodecs and webCodecs read each other', async () => {
  const input = new TextEncoder().encode('again and again '.repeat(1000))
  for (const name of ['gzip', 'snappy', 'lz4'] as const) {
    const [node, web] = [nodeCodecs[name]!, webCodecs[name]!]
    const fromNode = await web.decompress(await node.compress(input), input.length)
    assert.equal(Buffer.compare(fromNode, input), 0, name)
    const fromWeb = await node.decompress(await web.compress(input), input.length)
    assert.equal(Buffer.compare(fromWeb, input), 0, name)
  }
})

test('nodeCodecs refuses what follows the end of the compressed data', () => {
  const input = Buffer.from('hello hello hello')
  for (const [name, frame] of [
    ['gzip', zlib.gzipSync(input)],
    ['zstd', zlib.zstdCompressSync(input)],
  ] as const) {
    const codec = nodeCodecs[name]!
    assert.throws(
      () => codec.decompress(Buffer.concat([frame, Buffer.from('more')]), 1000),
      DecompressionError,
    )
  }
})

test('nodeCodecs gives plain arrays, not Buffers', () => {
  for (const codec of Object.values(nodeCodecs)) {
    const compressed = codec.compress(Buffer.from('hello hello hello')) as Uint8Array
    assert.equal(compressed.constructor, Uint8Array)
    assert.equal(codec.decompress(compressed, 100).constructor, Uint8Array)
  }
})
