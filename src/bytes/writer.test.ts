import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { ByteReader } from './reader.ts'
import { ByteWriter, utf8Length } from './writer.ts'

/** Returns what `write` has written, as hex. */
function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter()
  write(writer)
  return Buffer.from(writer.finish()).toString('hex')
}

test('integers are written big-endian', () => {
  assert.equal(
    written((writer) => writer.int8(-1)),
    'ff',
  )
  assert.equal(
    written((writer) => writer.int16(-2)),
    'fffe',
  )
  assert.equal(
    written((writer) => writer.int32(0x01020304)),
    '01020304',
  )
  assert.equal(
    written((writer) => writer.int64(2 ** 32 + 2)),
    '0000000100000002',
  )
  assert.equal(
    written((writer) => writer.int64(-1)),
    'ffffffffffffffff',
  )
  assert.equal(
    written((writer) => writer.int64(-(2 ** 32) - 1)),
    'fffffffeffffffff',
  )
  assert.equal(
    written((writer) => writer.int64(Number.MAX_SAFE_INTEGER)),
    '001fffffffffffff',
  )
})

test('varints are written as short as they can be', () => {
  assert.equal(
    written((writer) => writer.uvarint(127)),
    '7f',
  )
  assert.equal(
    written((writer) => writer.uvarint(128)),
    '8001',
  )
  assert.equal(
    written((writer) => writer.uvarint(2 ** 32 - 1)),
    'ffffffff0f',
  )
})

test('what is written is read back, around every power of two', () => {
  const near = [-1, 0, 1]
  for (let bit = 0; bit <= 53; bit++) {
    for (const value of near.flatMap((offset) => [2 ** bit + offset, -(2 ** bit) + offset])) {
      if (!Number.isSafeInteger(value)) continue
      const writer = new ByteWriter()
      writer.int64(value)
      if (value === value >>> 0) writer.uvarint(value)
      const reader = new ByteReader(writer.finish())
      assert.equal(reader.int64(), value)
      if (value === value >>> 0) assert.equal(reader.uvarint(), value)
      assert.equal(reader.remaining, 0)
    }
  }
})

test('a writer that starts too small grows', () => {
  const writer = new ByteWriter(1)
  for (let value = 0; value < 1000; value++) writer.int16(value)
  const reader = new ByteReader(writer.finish())
  assert.equal(writer.length, 2000)
  for (let value = 0; value < 1000; value++) assert.equal(reader.int16(), value)
})

test('external() passes large arrays on by reference and copies small ones', () => {
  const large = new Uint8Array(10_000).fill(7)
  const small = new Uint8Array(10).fill(8)
  const writer = new ByteWriter()
  writer.int8(1)
  writer.external(large)
  writer.external(small)
  assert.equal(writer.length, 10_011)
  const pieces = writer.pieces()
  assert.equal(pieces[1], large)
  assert.notEqual(pieces[2], small)
  assert.deepEqual(Buffer.concat(pieces), Buffer.concat([Uint8Array.of(1), large, small]))
})

test('finish() joins the pieces into one array', () => {
  const writer = new ByteWriter()
  writer.int8(1)
  writer.external(new Uint8Array(5000).fill(7))
  writer.int8(2)
  const whole = writer.finish()
  assert.equal(whole.length, 5002)
  assert.deepEqual([whole[0], whole[1], whole[5000], whole[5001]], [1, 7, 7, 2])
})

test('what was sealed by external() does not change when more is written', () => {
  const writer = new ByteWriter(16)
  const expected: number[] = []
  const random = seededRandom()
  for (let round = 0; round < 200; round++) {
    const bytes = random.bytes(random.pick([1, 5, 300, 3000]))
    if (random.below(2) === 0) writer.bytes(bytes)
    else writer.external(bytes)
    expected.push(...bytes)
  }
  assert.deepEqual(writer.finish(), Uint8Array.from(expected), `SEED=${random.seed}`)
})

test('utf8() writes what utf8Length() says, surrogates and all', () => {
  for (const text of ['', 'a', 'ö', '€', '🙂', 'a🙂ö', '\ud800', '\udc00\ud800', 'x\ud83d']) {
    const bytes = written((writer) => writer.utf8(text))
    assert.equal(bytes, Buffer.from(text).toString('hex'), JSON.stringify(text))
    assert.equal(utf8Length(text), bytes.length / 2, JSON.stringify(text))
  }
})

test('uuid() writes the 16 bytes of an id', () => {
  const bytes = written((writer) => writer.uuid('AAAAAAAAAAAAAAAAAAAAAQ'))
  assert.equal(bytes, '00000000000000000000000000000001')
})
