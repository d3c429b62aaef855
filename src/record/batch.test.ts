import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as batchLayout from './batch-layout.ts'
import {
  InvalidBatchError,
  checkRecordCount,
  readBatchHeader,
  setCrc,
  setMaxTimestamp,
  stampBatch,
  validateBatch,
  writeBatchHeader,
} from './batch.ts'
import { crc32c } from './crc32c.ts'

/** A transactional batch of three offsets, by hand; the two bytes of "records" are opaque here. */
const byHand = [
  '0000000000000007', // baseOffset
  '00000033', // batchLength
  '00000005', // partitionLeaderEpoch
  '02', // magic
  '932d1a7b', // crc
  '0012', // attributes: transactional, snappy
  '00000002', // lastOffsetDelta
  '0000018bcfe56800', // baseTimestamp
  '0000018bcfe56801', // maxTimestamp
  '0000000000000fa0', // producerId
  '0001', // producerEpoch
  '00000009', // baseSequence
  '00000003', // recordCount
  'abcd',
].join('')

const batch = () => new Uint8Array(Buffer.from(byHand, 'hex'))

/** A copy of the batch with `hex` at `position` and, unless it is damaged on purpose, a new CRC. */
function changed(field: keyof typeof batchLayout, hex: string): Uint8Array {
  const bytes = batch()
  bytes.set(Buffer.from(hex, 'hex'), { ...batchLayout }[field])
  setCrc(bytes)
  return bytes
}

function assertInvalid(bytes: Uint8Array, errorName: string, reason: RegExp): void {
  assert.throws(
    () => validateBatch(bytes),
    (error) =>
      error instanceof InvalidBatchError &&
      error.errorName === errorName &&
      reason.test(error.message),
  )
}

test('readBatchHeader() reads the layout of format v2', () => {
  assert.deepEqual(readBatchHeader(batch()), {
    baseOffset: 7,
    batchLength: 51,
    sizeBytes: 63,
    partitionLeaderEpoch: 5,
    magic: 2,
    crc: 0x932d1a7b,
    attributes: 0x12,
    lastOffsetDelta: 2,
    baseTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_001,
    producerId: 4000,
    producerEpoch: 1,
    baseSequence: 9,
    recordCount: 3,
    compression: 'snappy',
    isTransactional: true,
    isControl: false,
    timestampType: 'createTime',
    lastOffset: 9,
  })
})

test('readBatchHeader() reads at a position, and needs the header only', () => {
  const bytes = new Uint8Array([1, 2, 3, ...batch()]).subarray(1, 3 + 61)
  assert.equal(readBatchHeader(bytes, 2).baseSequence, 9)
})

test('writeBatchHeader() writes the layout of format v2', () => {
  const bytes = new Uint8Array(63)
  bytes.set([0xab, 0xcd], 61)
  writeBatchHeader(bytes, {
    baseOffset: 7,
    partitionLeaderEpoch: 5,
    compression: 'snappy',
    isTransactional: true,
    baseTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_001,
    producerId: 4000,
    producerEpoch: 1,
    baseSequence: 9,
    recordCount: 3,
  })
  assert.equal(Buffer.from(bytes).toString('hex'), byHand)
})

test('validateBatch() gives the header of a sound batch, wherever it lies', () => {
  assert.equal(validateBatch(batch()).recordCount, 3)
  const two = new Uint8Array([...batch(), ...batch(), 0, 0])
  assert.deepEqual(validateBatch(two, 63), validateBatch(batch()))
})

test('validateBatch() refuses a batch that is cut off anywhere', () => {
  for (let length = 0; length < batch().length; length++) {
    assertInvalid(batch().subarray(0, length), 'CORRUPT_MESSAGE', /there are/)
  }
})

test('validateBatch() finds every flipped bit that the CRC covers', () => {
  for (let bit = batchLayout.magic * 8; bit < batch().length * 8; bit++) {
    const bytes = batch()
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    assert.throws(() => validateBatch(bytes), InvalidBatchError, `bit ${bit}`)
  }
})

test('validateBatch() refuses other message formats', () => {
  assertInvalid(changed('magic', '00'), 'INVALID_RECORD', /format 0/)
  assertInvalid(changed('magic', '01'), 'INVALID_RECORD', /format 1/)
  assertInvalid(changed('magic', '03'), 'CORRUPT_MESSAGE', /format 3/)
  assertInvalid(changed('magic', 'ff'), 'CORRUPT_MESSAGE', /format -1/)
})

test('validateBatch() refuses a length that does not even hold the header', () => {
  for (const hex of ['00000030', '00000000', 'ffffffff', '80000000']) {
    const bytes = batch()
    bytes.set(Buffer.from(hex, 'hex'), batchLayout.batchLength)
    assertInvalid(bytes, 'CORRUPT_MESSAGE', /too small/)
  }
})

test('validateBatch() refuses counts and offsets that contradict each other', () => {
  assertInvalid(changed('recordCount', '00000004'), 'INVALID_RECORD', /4 records/)
  assertInvalid(changed('recordCount', '7fffffff'), 'INVALID_RECORD', /records/)
  assertInvalid(changed('recordCount', 'ffffffff'), 'INVALID_RECORD', /-1 records/)
  assertInvalid(changed('lastOffsetDelta', 'ffffffff'), 'INVALID_RECORD', /lastOffsetDelta/)
  assertInvalid(changed('baseOffset', 'ffffffffffffffff'), 'INVALID_RECORD', /baseOffset/)
  assertInvalid(changed('baseOffset', '001fffffffffffff'), 'INVALID_RECORD', /baseOffset/)
})

test('validateBatch() refuses 64-bit values that are not safe integers', () => {
  const huge = '7fffffffffffffff'
  assertInvalid(changed('baseOffset', huge), 'INVALID_RECORD', /safe integer/)
  assertInvalid(changed('producerId', huge), 'INVALID_RECORD', /safe integer/)
})

test('validateBatch() takes any timestamp that a Kafka may have stored', () => {
  assert.equal(validateBatch(changed('maxTimestamp', 'ffffffffffffffff')).maxTimestamp, -1)
  assert.equal(validateBatch(changed('baseTimestamp', 'fffffffffffffffe')).baseTimestamp, -2)
  // Nanoseconds, which are beyond the safe integers.
  const ofNanoseconds = validateBatch(changed('baseTimestamp', '17979cfe362a0001'))
  assert.equal(ofNanoseconds.baseTimestamp, 1_700_000_000_000_000_000)
})

test('validateBatch() refuses compression types that do not exist', () => {
  for (const attributes of ['0005', '0006', '0007']) {
    assertInvalid(changed('attributes', attributes), 'UNSUPPORTED_COMPRESSION_TYPE', /type [567]/)
  }
})

test('checkRecordCount() refuses what only compaction may leave behind', () => {
  for (const count of ['00000000', '00000002']) {
    const header = validateBatch(changed('recordCount', count))
    assert.throws(() => checkRecordCount(header), { errorName: 'INVALID_RECORD' })
  }
  checkRecordCount(validateBatch(batch()))
})

test('readBatchHeader() tells what only some may write', () => {
  const header = validateBatch(changed('attributes', '0028'))
  assert.equal(header.isControl, true)
  assert.equal(header.isTransactional, false)
  assert.equal(header.timestampType, 'logAppendTime')
})

test('stampBatch() sets offset and epoch, and leaves the CRC right', () => {
  const bytes = new Uint8Array([9, ...batch()])
  stampBatch(bytes, 1, { baseOffset: 2 ** 40 + 3, leaderEpoch: 77 })
  const header = validateBatch(bytes, 1)
  assert.equal(header.baseOffset, 2 ** 40 + 3)
  assert.equal(header.lastOffset, 2 ** 40 + 5)
  assert.equal(header.partitionLeaderEpoch, 77)
  assert.deepEqual(bytes.subarray(13 + 4), batch().subarray(12 + 4))
})

test('setMaxTimestamp() sets timestamp, type and CRC, and nothing else', () => {
  const bytes = new Uint8Array([9, ...batch()])
  const stamp = { maxTimestamp: 1_800_000_000_000, timestampType: 'logAppendTime' } as const
  setMaxTimestamp(bytes, 1, stamp)
  const header = validateBatch(bytes, 1)
  assert.equal(header.maxTimestamp, 1_800_000_000_000)
  assert.equal(header.timestampType, 'logAppendTime')
  assert.equal(header.crc, crc32c(bytes, 1 + 21))

  setMaxTimestamp(bytes, 1, { maxTimestamp: 1_700_000_000_001, timestampType: 'createTime' })
  assert.deepEqual(bytes.subarray(1), batch())
})
