import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidBatchError } from './batch.ts'
import { readSnappy } from './snappy-reader.ts'

const xerial = '82534e4150505900 00000001 00000001'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const read = (hex: string) => Buffer.from(readSnappy(bytes(hex), 1_000_000)).toString('latin1')

function assertDamaged(hex: string, reason: RegExp): void {
  assert.throws(
    () => readSnappy(bytes(hex), 2 ** 32),
    (error) =>
      error instanceof InvalidBatchError &&
      error.errorName === 'CORRUPT_MESSAGE' &&
      reason.test(error.message),
    hex,
  )
}

test('readSnappy() reads raw data', () => {
  assert.equal(read('00'), '')
  assert.equal(read('03 08 616263'), 'abc')
  // A literal, then a copy of each kind: 4 from 3 back, 3 from 7 back, 2 from 3 back.
  assert.equal(read('0c 08 616263 01 03 0a 0700 07 03000000'), 'abcabcaabcab')
})

test('readSnappy() reads literals whose length follows the tag', () => {
  const letters = '61'.repeat(100)
  for (const tag of ['f0 63', 'f4 6300', 'f8 630000', 'fc 63000000']) {
    assert.equal(read(`64 ${tag} ${letters}`), 'a'.repeat(100))
  }
})

test("readSnappy() reads xerial's framing", () => {
  assert.equal(read(xerial), '')
  assert.equal(read(`${xerial} 00000005 03 08 616263 00000003 01 00 64`), 'abcd')
})

test('readSnappy() refuses copies from before the data, also in a later chunk', () => {
  assertDamaged('08 08 616263 05 04', /outside the data/)
  assertDamaged('08 08 616263 05 00', /outside the data/)
  assertDamaged('04 01 01', /outside the data/)
  assertDamaged(`${xerial} 00000005 03 08 616263 00000003 04 01 03`, /outside the data/)
})

test('readSnappy() refuses elements that overrun input or output', () => {
  assertDamaged('03 0c 616263', /outside the data/)
  assertDamaged('02 08 616263', /outside the data/)
  assertDamaged('04 08 616263 05 03', /outside the data/)
  assertDamaged('03 fc ffffffff 616263', /outside the data/)
  assertDamaged('03 f4', /outside the data|does not end/)
  assertDamaged('04 08 616263', /does not end/)
  assertDamaged('07 08 616263 0e 03', /outside the data|does not end/)
})

test('readSnappy() takes no memory for a length that the bytes cannot give', () => {
  assertDamaged('ffffffff0f 00 61', /not possible/)
  assertDamaged('ffffffffff0f 00 61', /not possible/)
  assertDamaged('ff03 00 61', /not possible/)
  assertDamaged('80', /not possible/)
  assertDamaged('', /not possible/)
})

test('readSnappy() adds up the lengths of all chunks before it takes memory', () => {
  // Five times 64 bytes, and nothing of it there.
  const chunk = '00000002 40 00'
  assert.throws(() => readSnappy(bytes(`${xerial} ${chunk.repeat(5)}`), 319), {
    errorName: 'MESSAGE_TOO_LARGE',
  })
})

test('readSnappy() refuses chunks that are not there', () => {
  assertDamaged(`${xerial} 000000`, /cut off/)
  assertDamaged(`${xerial} 00000005 03 08 6162`, /5 bytes, 4 are left/)
  assertDamaged(`${xerial} 00000000`, /0 bytes/)
  assertDamaged(`${xerial} ffffffff 00`, /-1 bytes/)
})
