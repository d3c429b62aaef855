import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, EndOfBytesError, MalformedBytesError } from './reader.ts'

/** Returns a reader of the bytes that `hex` spells. */
function reader(hex: string): ByteReader {
  return new ByteReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

test('integers are big-endian, signed but for uint32', () => {
  assert.equal(reader('ff').int8(), -1)
  assert.equal(reader('fffe').int16(), -2)
  assert.equal(reader('80000000').int32(), -(2 ** 31))
  assert.equal(reader('80000001').uint32(), 2 ** 31 + 1)
})

test('int64() reads all safe integers', () => {
  assert.equal(reader('0000000100000002').int64(), 2 ** 32 + 2)
  assert.equal(reader('ffffffffffffffff').int64(), -1)
  assert.equal(reader('fffffffeffffffff').int64(), -(2 ** 32) - 1)
  assert.equal(reader('001fffffffffffff').int64(), Number.MAX_SAFE_INTEGER)
  assert.equal(reader('ffe0000000000001').int64(), Number.MIN_SAFE_INTEGER)
})

test('int64() refuses what is not a safe integer', () => {
  assert.throws(() => reader('0020000000000000').int64(), MalformedBytesError)
  assert.throws(() => reader('ffe0000000000000').int64(), MalformedBytesError)
  assert.throws(() => reader('7fffffffffffffff').int64(), MalformedBytesError)
})

test('uvarint() reads up to 32 bits, seven in each byte, the low ones first', () => {
  assert.equal(reader('00').uvarint(), 0)
  assert.equal(reader('7f').uvarint(), 127)
  assert.equal(reader('8001').uvarint(), 128)
  assert.equal(reader('ffffffff0f').uvarint(), 2 ** 32 - 1)
  // Longer than needed, which Kafka accepts.
  assert.equal(reader('8000').uvarint(), 0)
})

test('uvarint() refuses more than 32 bits, and an end within', () => {
  assert.throws(() => reader('ffffffff10').uvarint(), MalformedBytesError)
  assert.throws(() => reader('808080808001').uvarint(), MalformedBytesError)
  assert.throws(() => reader('').uvarint(), EndOfBytesError)
  assert.throws(() => reader('80').uvarint(), EndOfBytesError)
})

test('string() reads UTF-8, short and long', () => {
  assert.equal(reader('').string(0), '')
  assert.equal(reader('6f7264657273').string(6), 'orders')
  assert.equal(reader('c3b6').string(2), 'ö')
  assert.equal(reader('f09f9982').string(4), '🙂')
  assert.equal(reader('61'.repeat(100)).string(100), 'a'.repeat(100))
})

test('string() keeps a byte order mark', () => {
  const bytes = new TextEncoder().encode('\ufeffname')
  assert.equal(new ByteReader(bytes).string(bytes.length), '\ufeffname')
})

test('string() refuses bytes that are not UTF-8', () => {
  assert.throws(() => reader('ff').string(1), MalformedBytesError)
  assert.throws(() => reader('c3').string(1), MalformedBytesError)
  // A surrogate has no encoding in UTF-8.
  assert.throws(() => reader('eda080').string(3), MalformedBytesError)
})

test('bytes() returns a view of the input, not a copy', () => {
  const input = Uint8Array.of(1, 2, 3, 4)
  const view = new ByteReader(input, 1).bytes(2)
  input[1] = 9
  assert.deepEqual(view, Uint8Array.of(9, 3))
})

test('a reader of a view reads within the view', () => {
  const view = Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 4)
  const inner = new ByteReader(view)
  assert.equal(inner.int16(), 0x0203)
  assert.equal(inner.position, 2)
  assert.equal(inner.remaining, 1)
  assert.throws(() => inner.int16(), EndOfBytesError)
  assert.equal(inner.int8(), 4, 'a read that fails takes nothing')
})

test('skip() passes over bytes, but not over the end, nor back', () => {
  const three = reader('010203')
  three.skip(2)
  assert.equal(three.int8(), 3)
  assert.throws(() => three.skip(1), EndOfBytesError)
  assert.throws(() => three.skip(-1), EndOfBytesError)
})

test('uuid() reads 16 bytes', () => {
  assert.equal(reader('00000000000000000000000000000001').uuid(), 'AAAAAAAAAAAAAAAAAAAAAQ')
})

test('items() refuses more items than bytes, and more than limitItems() allows together', () => {
  const short = reader('000000')
  short.items(3)
  assert.throws(() => short.items(4), MalformedBytesError)
  short.limitItems(5)
  short.items(3)
  short.items(2)
  assert.throws(() => short.items(1), MalformedBytesError)
})
