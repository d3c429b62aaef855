import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { codecContract } from '../../test/support/codec-contract.ts'
import { seededRandom } from '../../test/support/random.ts'
import { InvalidBatchError } from './batch.ts'
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

test('zstd of Node reads data of several frames, empty ones too, but not without end', () => {
  const zstd = nodeCodecs.zstd!
  const [first, second] = ['one, ', 'two'].map((text) => zlib.zstdCompressSync(Buffer.from(text)))
  const empty = zlib.zstdCompressSync(Buffer.alloc(0))
  const frames = Buffer.concat([first!, empty, second!, empty])
  assert.equal(Buffer.from(zstd.decompress(frames, 8) as Uint8Array).toString(), 'one, two')
  assert.throws(() => zstd.decompress(frames, 7), { errorName: 'MESSAGE_TOO_LARGE' })
  const many = Buffer.concat(Array.from({ length: 1000 }, () => empty))
  assert.throws(() => zstd.decompress(many, 1000), InvalidBatchError)
})

test('zstd of Node reads what it wrote, with the empty frame behind 16 KiB', () => {
  const zstd = nodeCodecs.zstd!
  // Noise is stored as it is, behind a header of 9 or 10 bytes.
  for (let size = 16_384 - 16; size <= 16_384; size++) {
    const input = seededRandom(1).bytes(size)
    const output = zstd.decompress(zstd.compress(input) as Uint8Array, size) as Uint8Array
    assert.equal(Buffer.compare(output, input), 0, `${size} bytes`)
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
      InvalidBatchError,
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
