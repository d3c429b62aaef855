import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { batchHeaderBytes, readBatchHeader } from './batch.ts'
import { readRecords } from './batch-reader.ts'
import type { RecordData } from './batch-reader.ts'
import { writeBatch } from './batch-writer.ts'
import type { RecordInput } from './batch-writer.ts'
import { RecordCursor } from './record-cursor.ts'

const records: readonly RecordInput[] = [
  { key: 'key', value: 'value', timestamp: 1000 },
  { key: null, value: null, timestamp: 999, headers: [{ key: 'h', value: null }] },
  { key: '', value: '', timestamp: 1_700_000_000_000 },
  { key: 'k'.repeat(200), value: 'v'.repeat(70_000), timestamp: 1001 },
]

const batch = writeBatch(records) as Uint8Array
const header = readBatchHeader(batch)
const section = batch.subarray(batchHeaderBytes)

test('next() says where each record and its key are', () => {
  const cursor = new RecordCursor()
  cursor.reset(section, header)
  const read = readRecords(batch, header) as readonly RecordData[]
  let end = 0
  for (const [offset, { timestamp }] of records.entries()) {
    const record = read[offset]!
    assert.equal(cursor.next(), true)
    const { keyStart, keyLength, valueLength } = cursor
    const key = keyLength < 0 ? null : section.slice(keyStart, keyStart + keyLength)
    assert.deepEqual(key, record.key && Uint8Array.from(record.key))
    assert.equal(valueLength, record.value ? record.value.length : -1)
    assert.deepEqual([cursor.offsetDelta, cursor.timestampDelta], [offset, timestamp! - 1000])
    assert.deepEqual([cursor.offset, cursor.timestamp], [offset, timestamp])
    assert.deepEqual(cursor.headers(), records[offset]!.headers ?? [])
    assert.equal(cursor.start, end)
    assert.ok(cursor.attributesAt > cursor.start && cursor.restStart > cursor.attributesAt)
    ;({ end } = cursor)
  }
  assert.equal(cursor.next(), false)
  assert.equal(cursor.next(), false)
  assert.equal(end, section.length)
})

function readAll(bytes: Uint8Array): number {
  const cursor = new RecordCursor()
  cursor.reset(bytes, header)
  let count = 0
  while (cursor.next()) count++
  return count
}

test('next() refuses records that are cut off, at whichever byte', () => {
  for (let length = 0; length < 300; length++) {
    assert.throws(() => readAll(section.subarray(0, length)), { name: 'InvalidBatchError' })
  }
  assert.throws(() => readAll(section.subarray(0, -1)), { name: 'InvalidBatchError' })
  assert.throws(() => readAll(Buffer.concat([section, Buffer.alloc(1)])), /bytes follow/)
})

test('next() reads any bytes, or refuses them', () => {
  const random = seededRandom()
  for (let count = 0; count < 2000; count++) {
    const bytes = section.slice(0, 300)
    for (let flips = 1 + random.below(3); flips > 0; flips--) {
      bytes[random.below(bytes.length)] = random.below(256)
    }
    try {
      readAll(bytes)
    } catch (error) {
      assert.equal((error as Error).name, 'InvalidBatchError', `SEED=${random.seed}`)
    }
  }
})

test('next() reads a time that is beyond the safe integers as the nearest number', () => {
  const nanoseconds = 1_700_000_000_000 * 1e6
  const delta: number[] = []
  for (let rest = BigInt(nanoseconds) * 2n; rest > 0n; rest >>= 7n) {
    delta.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
  }
  const record = [0, ...delta, 0, 1, 1, 0]
  const cursor = new RecordCursor()
  cursor.reset(Uint8Array.of(record.length * 2, ...record), { ...header, recordCount: 1 })
  assert.ok(cursor.next())
  assert.equal(cursor.timestamp, header.baseTimestamp + nanoseconds)
})

test('reset() refuses more records than there can be', () => {
  const cursor = new RecordCursor()
  assert.throws(() => cursor.reset(section.subarray(0, 20), header), /4 records in 20 bytes/)
})
