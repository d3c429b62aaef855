import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2, partitionForKey } from './partitioner.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

// From the test of `Utils.murmur2` in Apache Kafka.
const pinned: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test('murmur2() gives the hashes of the Java producer', () => {
  for (const [key, hash] of pinned) {
    assert.equal(murmur2(utf8(key), key.length) | 0, hash, key)
  }
})

test('partitionForKey() chooses as the Java producer does, for text and for bytes', () => {
  for (const [key, hash] of pinned) {
    for (const partitionCount of [1, 2, 7, 100]) {
      const expected = (hash & 0x7fff_ffff) % partitionCount
      assert.equal(partitionForKey(key, partitionCount), expected)
      assert.equal(partitionForKey(utf8(key), partitionCount), expected)
    }
  }
})

test('partitionForKey() hashes the UTF-8 of text, however long', () => {
  for (const key of ['', 'ü', 'zażółć', '日本語', '😀', 'ü'.repeat(1000), 'x'.repeat(1000)]) {
    assert.equal(partitionForKey(key, 1000), partitionForKey(utf8(key), 1000), key)
  }
})
