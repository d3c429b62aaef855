import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecords } from './batch-reader.ts'
import { InvalidBatchError, validateBatch } from './batch.ts'
import {
  isAbortKey,
  readControlRecordKey,
  readEndTransactionMarker,
  writeMarkerBatch,
} from './control-record.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

test('writeMarkerBatch() writes a control batch of one record', () => {
  const batch = writeMarkerBatch({
    result: 'commit',
    producerId: 4000,
    producerEpoch: 3,
    coordinatorEpoch: 9,
    timestamp: 1_700_000_000_000,
  })
  const header = validateBatch(batch)
  assert.equal(header.attributes, 0x30)
  assert.equal(header.producerId, 4000)
  assert.equal(header.producerEpoch, 3)
  assert.equal(header.baseSequence, -1)
  assert.equal(header.baseTimestamp, 1_700_000_000_000)
  assert.equal(header.maxTimestamp, 1_700_000_000_000)
  const [record] = readRecords(batch, header) as { key: Uint8Array; value: Uint8Array }[]
  assert.deepEqual(record!.key, bytes('00000001'))
  assert.deepEqual(record!.value, bytes('000000000009'))
})

test('isAbortKey() is so for an abort of any version, and for nothing else', () => {
  for (const key of ['00000000', '0001000077']) assert.equal(isAbortKey(bytes(key)), true, key)
  for (const key of ['00000001', '00000100', '0000ffff']) {
    assert.equal(isAbortKey(bytes(key)), false, key)
  }
  for (const key of [bytes('000000'), null]) assert.throws(() => isAbortKey(key), InvalidBatchError)
})

test('readControlRecordKey() reads both results, and types and versions of a later time', () => {
  assert.deepEqual(readControlRecordKey(bytes('00000000')), { version: 0, type: 'abort' })
  assert.deepEqual(readControlRecordKey(bytes('00000001')), { version: 0, type: 'commit' })
  assert.deepEqual(readControlRecordKey(bytes('00000002')), { version: 0, type: undefined })
  assert.deepEqual(readControlRecordKey(bytes('0000ffff')), { version: 0, type: undefined })
  assert.deepEqual(readControlRecordKey(bytes('0001000077')), { version: 1, type: 'abort' })
})

test('readControlRecordKey() refuses what is no key', () => {
  for (const key of [null, bytes(''), bytes('000000'), bytes('ffff0000')]) {
    assert.throws(() => readControlRecordKey(key), { errorName: 'INVALID_RECORD' })
  }
})

test('readEndTransactionMarker() reads the epoch of the coordinator', () => {
  const marker = { version: 0, coordinatorEpoch: 7 }
  assert.deepEqual(readEndTransactionMarker(bytes('000000000007')), marker)
  for (const value of [null, bytes('0000000000'), bytes('ffff00000007')]) {
    assert.throws(() => readEndTransactionMarker(value), { errorName: 'INVALID_RECORD' })
  }
})
