import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidBatchError } from './batch.ts'
import { readLz4 } from './lz4-reader.ts'

const header = '04224d18 6040 82'
const endMark = '00000000'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const read = (hex: string) => Buffer.from(readLz4(bytes(hex), 1_000_000)).toString('latin1')

/** A frame of one block. */
const frame = (block: string) => {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(block.replaceAll(' ', '').length / 2)
  return `${header} ${size.toString('hex')} ${block} ${endMark}`
}

function assertDamaged(hex: string, reason: RegExp): void {
  assert.throws(
    () => readLz4(bytes(hex), 1_000_000),
    (error) =>
      error instanceof InvalidBatchError &&
      error.errorName === 'CORRUPT_MESSAGE' &&
      reason.test(error.message),
    hex,
  )
}

test('readLz4() reads the layout of a frame', () => {
  // Three literals, a match of 9 at distance 3, five literals.
  assert.equal(read(frame('35 616263 0300 50 68656c6c6f')), 'abcabcabcabchello')
  assert.equal(read(`${header} 03000080 616263 ${endMark}`), 'abc')
  assert.equal(read(`${header} ${endMark}`), '')
})

test('readLz4() reads lengths that go on in further bytes', () => {
  const letters = '61'.repeat(15 + 255 + 2)
  assert.equal(read(frame(`f0 ff02 ${letters}`)), 'a'.repeat(272))
  assert.equal(read(frame('1f 61 0100 ff00 10 62')), `${'a'.repeat(1 + 4 + 15 + 255)}b`)
})

test('readLz4() reads frames with size, checksums, user data and successors', () => {
  const block = '04000000 30 616263'
  assert.equal(
    read(`04224d18 7c40 00 ${'00'.repeat(8)} ${block} 11111111 ${endMark} 22222222`),
    'abc',
  )
  const userData = '5a2a4d18 02000000 ffff'
  assert.equal(read(`${userData} ${frame('30 616263')} ${userData} ${frame('10 64')}`), 'abcd')
})

const ff = (count: number) => 'ff'.repeat(count)

// Written by the reference implementation, lz4 1.10.
const linkedBlocks =
  `04224d18 4040 c0 14010000 af303132333435363738390a00 ${ff(256)} de5031323334 ` +
  `35 1b000000 0ffa ${ff(18)} 69503536373839 00000000`
const sizeAndChecksums =
  `04224d18 7c40 7011010000000000 ca 14010000 af303132333435363738390a00 ${ff(256)} de5031323334 ` +
  `35 97cf3940 25000000 af363738393031323334350a00 ${ff(17)} 5f503536373839 16e98c97 ` +
  `00000000 41c4a9db`

test('readLz4() reads frames of the reference implementation', () => {
  const expected = '0123456789'.repeat(7000)
  for (const frame of [linkedBlocks, sizeAndChecksums]) {
    const output = readLz4(bytes(frame), 70_000)
    assert.equal(Buffer.from(output).toString(), expected)
  }
})

test('readLz4() refuses headers that it does not know', () => {
  assertDamaged('', /cut off/)
  assertDamaged('04224d19 6040 82 00000000', /not a frame/)
  assertDamaged('04224d18 a040 82 00000000', /header is invalid/)
  assertDamaged('04224d18 6030 82 00000000', /header is invalid/)
  assertDamaged('04224d18 6140 00000000 82 00000000', /dictionary/)
})

test('readLz4() refuses matches that begin before the data', () => {
  assertDamaged(frame('14 61 0200 50 6161616161'), /does not end/)
  assertDamaged(frame('14 61 0000 50 6161616161'), /does not end/)
})

test('readLz4() refuses blocks that do not end with literals', () => {
  assertDamaged(frame('14 61 0100'), /does not end/)
  assertDamaged(frame('14 61 01'), /does not end/)
  assertDamaged(frame('20 61'), /does not end/)
  assertDamaged(frame('f0 ff'), /does not end/)
  assertDamaged(frame('1f 61 0100 ff'), /does not end/)
})

test('readLz4() refuses blocks that hold more than their frame allows', () => {
  // 15 + 4 + 257 * 255 bytes, and one: more than 64 KiB.
  assertDamaged(frame(`1f 61 0100 ${'ff'.repeat(257)} 00 10 62`), /more than it may/)
  assertDamaged(`${header} 01000180 ${'61'.repeat(65_537)} ${endMark}`, /more than it may/)
})

test('readLz4() takes no memory for what a frame only claims to hold', () => {
  // A content size of 2^63; it is the blocks that count.
  assert.equal(read(`04224d18 6840 0000000000000080 00 01000080 61 ${endMark}`), 'a')
})
