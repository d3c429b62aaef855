import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeLz4 } from './lz4-writer.ts'

/** Magic, version 1 with independent blocks, 64 KiB, and the checksum of those two bytes. */
const header = '04224d18604082'

const hex = (text: string) => Buffer.from(writeLz4(Buffer.from(text))).toString('hex')

test('writeLz4() writes the layout of a frame', () => {
  // Three literals, a match of 11 at distance 3, five literals, in 12 bytes.
  assert.equal(hex('abcabcabcabcabhello'), `${header}0c0000003761626303005068656c6c6f00000000`)
  assert.equal(hex(''), `${header}00000000`)
})

test('writeLz4() stores a block that would not become smaller', () => {
  assert.equal(hex('abc'), `${header}0300008061626300000000`)
})

test('writeLz4() writes long lengths in further bytes', () => {
  // One literal, a match of 294 = 19 + 255 + 20, five literals.
  assert.equal(hex('a'.repeat(300)), `${header}0c0000001f610100ff1450616161616100000000`)
})
