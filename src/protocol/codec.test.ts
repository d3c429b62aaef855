import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, MalformedBytesError } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import {
  array,
  boolean,
  bytes,
  clampedInt64,
  errorText,
  hex64,
  int32,
  int8,
  nullable,
  nullableArray,
  nullableSince,
  nullableString,
  optional,
  records,
  since,
  string,
  uint16,
  within,
  type Codec,
} from './codec.ts'
import { float64 } from './float64.ts'

const flexible = { version: 1, flexible: true }
const inflexible = { version: 1, flexible: false }

function toHex<Value, Input>(codec: Codec<Value, Input>, value: Input, encoding = inflexible) {
  const writer = new ByteWriter()
  codec.write(writer, value, encoding)
  return Buffer.from(writer.finish()).toString('hex')
}

function fromHex<Value, Input>(codec: Codec<Value, Input>, hex: string, encoding = inflexible) {
  const reader = new ByteReader(Buffer.from(hex, 'hex'))
  const value = codec.read(reader, encoding)
  assert.equal(reader.remaining, 0)
  return value
}

test('uint16 has no sign, float64 is big-endian', () => {
  assert.equal(fromHex(uint16, 'fffe'), 65534)
  assert.equal(toHex(uint16, 65534), 'fffe')
  assert.equal(fromHex(float64, '3ff8000000000000'), 1.5)
  assert.equal(toHex(float64, 1.5), '3ff8000000000000')
})

test('boolean reads any byte but 0 as true, and writes 1', () => {
  assert.equal(fromHex(boolean, '02'), true)
  assert.equal(fromHex(boolean, '00'), false)
  assert.equal(toHex(boolean, true), '01')
})

test('a string has an int16 length, or in flexible versions a varint that is one more', () => {
  assert.equal(toHex(string, 'ö'), '0002c3b6')
  assert.equal(toHex(string, 'ö', flexible), '03c3b6')
  assert.equal(toHex(nullableString, null), 'ffff')
  assert.equal(toHex(nullableString, null, flexible), '00')
  assert.equal(fromHex(nullableString, '00', flexible), null)
  assert.equal(fromHex(string, '01', flexible), '')
})

test('errorText is cut where it quotes 32 KiB of a client, and no character in two', () => {
  const long = `x${'🙂'.repeat(20_000)}`
  assert.equal(fromHex(nullableString, toHex(errorText, long)), `x${'🙂'.repeat(499)}…`)
  assert.equal(fromHex(errorText, toHex(errorText, 'short')), 'short')
  assert.equal(fromHex(errorText, toHex(errorText, null)), null)
})

test('string refuses null, lengths below -1, and more than 32767 bytes', () => {
  assert.throws(() => fromHex(string, 'ffff'), MalformedBytesError)
  assert.throws(() => fromHex(nullableString, 'fffe'), MalformedBytesError)
  const long = 'a'.repeat(0x8000)
  assert.throws(() => toHex(string, long), RangeError)
  assert.throws(() => toHex(string, long, flexible), RangeError)
  const hex = '818002' + '61'.repeat(0x8000)
  assert.throws(() => fromHex(string, hex, flexible), MalformedBytesError)
})

test('bytes are copied from the input, records are a view of it', () => {
  const input = Uint8Array.of(0, 0, 0, 1, 7)
  const copied = bytes.read(new ByteReader(input), inflexible)
  const view = records.read(new ByteReader(input), inflexible)
  input[4] = 8
  assert.deepEqual(copied, Uint8Array.of(7))
  assert.deepEqual(view, Uint8Array.of(8))
})

test('an array has an int32 count, or in flexible versions a varint that is one more', () => {
  assert.equal(toHex(array(int8), [1, 2]), '000000020102')
  assert.equal(toHex(array(int8), [1, 2], flexible), '030102')
  assert.equal(toHex(nullableArray(int8), null), 'ffffffff')
  assert.equal(fromHex(nullableArray(int8), '00', flexible), null)
  assert.throws(() => fromHex(array(int8), 'ffffffff'), MalformedBytesError)
})

test('a count or length over the bytes that are left is refused before it costs memory', () => {
  const before = process.memoryUsage().heapUsed
  for (const codec of [array(int32), bytes, records]) {
    assert.throws(() => fromHex<unknown, never>(codec, '7fffffff00'), MalformedBytesError)
    assert.throws(
      () => fromHex<unknown, never>(codec, 'ffffffff0f00', flexible),
      MalformedBytesError,
    )
  }
  assert.ok(process.memoryUsage().heapUsed - before < 10_000_000)
})

test('nullable() puts a byte in front: 1, or -1 for null', () => {
  assert.equal(toHex(nullable(int8), 5), '0105')
  assert.equal(toHex(nullable(int8), null), 'ff')
  assert.equal(fromHex(nullable(int8), 'ff'), null)
})

test('nullableSince() writes a stand-in for null in earlier versions, and reads none', () => {
  const field = nullableSince(2, nullableString, '')
  assert.equal(toHex(field, null, { version: 1, flexible: false }), '0000')
  assert.equal(toHex(field, null, { version: 2, flexible: false }), 'ffff')
  assert.equal(fromHex(field, 'ffff', { version: 2, flexible: false }), null)
  assert.throws(() => fromHex(field, 'ffff', { version: 1, flexible: false }), MalformedBytesError)
})

test('within() and since() leave a field out of other versions, and read it as absent', () => {
  const field = within({ min: 2, max: 3 }, int8, -1)
  const bytesOf = [1, 2, 3, 4].map((version) => toHex(field, 7, { version, flexible: false }))
  assert.deepEqual(bytesOf, ['', '07', '07', ''])
  assert.equal(fromHex(field, '', { version: 4, flexible: false }), -1)
  assert.equal(toHex(since(2, int8, -1), undefined, { version: 2, flexible: false }), 'ff')
})

test('optional() writes the default where the field is left out', () => {
  assert.equal(toHex(optional(int8, 5), undefined), '05')
  assert.equal(toHex(optional(nullableString, 'x'), null), 'ffff')
})

test('a default that readers share cannot be changed', () => {
  const absent = fromHex(since(2, array(int8), []), '')
  assert.throws(() => absent.push(1), TypeError)
})

test('clampedInt64 reads the nearest safe integer', () => {
  assert.equal(fromHex(clampedInt64, '7fffffffffffffff'), Number.MAX_SAFE_INTEGER)
  assert.equal(fromHex(clampedInt64, '8000000000000000'), Number.MIN_SAFE_INTEGER)
  assert.equal(fromHex(clampedInt64, 'fffffffffffffffe'), -2)
})

test('hex64 keeps all 64 bits', () => {
  assert.equal(toHex(hex64, 'fedcba9876543210'), 'fedcba9876543210')
  assert.equal(fromHex(hex64, '000000000000000a'), '000000000000000a')
})
