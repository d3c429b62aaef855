import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '../../test/support/encode.ts'
import { ByteReader, MalformedBytesError } from '../bytes/reader.ts'
import { readWhole } from './api.ts'
import { array, int8, nullableString, string, tagged } from './codec.ts'
import { skipTags, struct } from './struct.ts'

const noLeader = { id: -1 }
const message = struct({
  first: int8,
  text: tagged({ number: 1, min: 0 }, nullableString, null),
  list: tagged({ number: 0, min: 0 }, array(int8), []),
  late: tagged({ number: 2, min: 1 }, struct({ id: int8 }), noLeader),
  second: string,
})

const flexible = { version: 1, flexible: true }

function toHex(value: Parameters<typeof message.write>[1], encoding = flexible): string {
  return Buffer.from(encode(message, value, encoding)).toString('hex')
}

function fromHex(hex: string, encoding = flexible) {
  return readWhole(message, new ByteReader(Buffer.from(hex, 'hex')), encoding)
}

test('fields come in the order of the table, tags after them in the order of their numbers', () => {
  const hex = toHex({ first: 1, text: 'a', list: [5], late: { id: 3 }, second: 'b' })
  assert.equal(hex, '01' + '0262' + '03' + '00020205' + '01020261' + '02020300')
  assert.deepEqual(fromHex(hex), { first: 1, text: 'a', list: [5], late: { id: 3 }, second: 'b' })
})

test('tags that are absent are not written, and are read as their default', () => {
  assert.equal(toHex({ first: 1, second: '' }), '010100')
  assert.equal(toHex({ first: 1, second: '', text: null, list: [], late: noLeader }), '010100')
  assert.deepEqual(fromHex('010100'), {
    first: 1,
    text: null,
    list: [],
    late: noLeader,
    second: '',
  })
})

test('tags are written only in versions that have them, and only in flexible ones', () => {
  const value = { first: 1, second: '', late: { id: 3 } }
  assert.equal(toHex(value, { version: 0, flexible: true }), '010100')
  assert.equal(toHex(value, { version: 1, flexible: false }), '010000')
})

test('a tag that the version does not know is skipped', () => {
  assert.equal(fromHex('0101' + '01' + '0902ffff').first, 1)
  assert.equal(fromHex('0101' + '01' + '02020300', { version: 0, flexible: true }).late, noLeader)
})

test('tags that are out of order, twice there, or of the wrong size are refused', () => {
  const bad = {
    'out of order': '02' + '010100' + '000101',
    twice: '02' + '000101' + '000101',
    'too long': '01' + '00020100',
    'too short': '01' + '00010205',
  }
  for (const [why, tags] of Object.entries(bad)) {
    assert.throws(() => fromHex('0101' + tags), MalformedBytesError, why)
  }
})

test('bytes after the end of a message are refused', () => {
  assert.throws(() => fromHex('01010000'), MalformedBytesError)
})

test('skipTags() passes over all tags', () => {
  const reader = new ByteReader(Buffer.from('02' + '0002aabb' + '7f00' + '05', 'hex'))
  skipTags(reader)
  assert.equal(reader.int8(), 5)
})
