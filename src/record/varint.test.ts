import assert from 'node:assert/strict'
import { test } from 'node:test'
import { putUvarint, putVarint, putVarlong, varintBytes, varlongBytes } from './varint.ts'

type Put = (bytes: Uint8Array, position: number, value: number) => number

function written(put: Put, value: number): string {
  const bytes = new Uint8Array(12)
  const end = put(bytes, 1, value)
  assert.ok(
    bytes.subarray(end).every((byte) => byte === 0),
    'nothing is written after the end',
  )
  return Buffer.from(bytes.subarray(1, end)).toString('hex')
}

/** Zigzag LEB128, read the slow and plain way. */
function readVarlong(bytes: Uint8Array): number {
  const digits = [...bytes].map((byte) => BigInt(byte & 0x7f))
  const zigzag = digits.reduceRight((value, digit) => value * 128n + digit, 0n)
  return Number((zigzag >> 1n) ^ -(zigzag & 1n))
}

test('putVarint() writes zigzag LEB128', () => {
  const expected = [
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [8191, 'fe7f'],
    [8192, '808001'],
    [2 ** 31 - 1, 'feffffff0f'],
    [-(2 ** 31), 'ffffffff0f'],
  ] as const
  for (const [value, hex] of expected) {
    assert.equal(written(putVarint, value), hex, `${value}`)
    assert.equal(varintBytes(value), hex.length / 2, `${value}`)
  }
})

test('putVarlong() writes safe integers of more than 32 bits', () => {
  const expected = [
    [2 ** 31, '8080808010'],
    [-(2 ** 31) - 1, '8180808010'],
    [2 ** 34, '808080808001'],
    [1_700_000_000_000, '80a0abfef962'],
    [Number.MAX_SAFE_INTEGER, 'feffffffffffff1f'],
    [-Number.MAX_SAFE_INTEGER, 'fdffffffffffff1f'],
  ] as const
  for (const [value, hex] of expected) {
    assert.equal(written(putVarlong, value), hex, `${value}`)
    assert.equal(varlongBytes(value), hex.length / 2, `${value}`)
  }
})

test('putVarlong() writes what reads as the same, around every change of length', () => {
  for (let bits = 0; bits < 53; bits++) {
    for (const near of [-2, -1, 0, 1]) {
      for (const sign of [1, -1]) {
        // Not -0.
        const value = sign * (2 ** bits + near) + 0
        const bytes = new Uint8Array(10)
        const end = putVarlong(bytes, 0, value)
        assert.equal(end, varlongBytes(value), `${value}`)
        assert.equal(readVarlong(bytes.subarray(0, end)), value)
      }
    }
  }
})

test('putUvarint() writes LEB128 without zigzag', () => {
  assert.equal(written(putUvarint, 0), '00')
  assert.equal(written(putUvarint, 127), '7f')
  assert.equal(written(putUvarint, 300), 'ac02')
  assert.equal(written(putUvarint, 2 ** 32 - 1), 'ffffffff0f')
})
