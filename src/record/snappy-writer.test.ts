import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeSnappy } from './snappy-writer.ts'

/** Magic, version 1, readable by version 1. */
const header = '82534e41505059000000000100000001'

const joined = (text: string) => text.replaceAll(' ', '')

function hex(text: string): string {
  const bytes = Buffer.from(writeSnappy(Buffer.from(text))).toString('hex')
  assert.equal(bytes.slice(0, header.length), header)
  return bytes.slice(header.length)
}

test("writeSnappy() writes raw data in xerial's framing", () => {
  assert.equal(hex('abc'), joined('00000005 03 08616263'))
  assert.equal(hex(''), '')
  // A literal, a copy of 11 at distance 3 in two bytes, a literal.
  assert.equal(hex('abcabcabcabcabhello'), joined('0000000d 13 08616263 1d03 1068656c6c6f'))
})

test('writeSnappy() divides long copies so that none is too short', () => {
  // 300 = 1 literal, 294 = 64 + 64 + 64 + 64 + 38 copied, 5 literals.
  const copies = 'fe0100'.repeat(4) + '960100'
  assert.equal(hex('a'.repeat(300)), joined(`00000019 ac02 0061 ${copies} 106161616161`))
  // 66 would leave 2 after one of 64: 60 and 6.
  const input = `${'a'.repeat(67)}hello`
  assert.equal(hex(input), joined('0000000e 48 0061 ee0100 0901 1068656c6c6f'))
})

test('writeSnappy() writes chunks of 32 KiB', () => {
  const output = writeSnappy(new Uint8Array(32 * 1024 + 1))
  const view = new DataView(output.buffer, output.byteOffset)
  const second = 16 + 4 + view.getInt32(16)
  assert.equal(view.getInt32(second), 3)
  assert.equal(output.length, second + 4 + 3)
})
