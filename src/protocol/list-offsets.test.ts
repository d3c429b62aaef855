import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { listOffsets } from './list-offsets.ts'

test('listOffsets.request has the layouts of versions 1 and 10', () => {
  const partitions = [{ partitionIndex: 2, timestamp: -1 }]
  const request = { topics: [{ name: 't', partitions }], timeoutMs: 9 }
  const latest = 'ff'.repeat(8)
  assert.equal(
    toHex(requestOf(listOffsets), 1, request),
    'ffffffff' + '00000001' + '000174' + '00000001' + '00000002' + latest,
  )
  const partition = '00000002' + 'ffffffff' + latest + '00'
  assert.equal(
    toHex(requestOf(listOffsets), 10, request),
    'ffffffff' + '00' + '02' + '0274' + '02' + partition + '00' + '00000009' + '00',
  )
})

test('listOffsets.request reads a time at the end of time', () => {
  const hex = 'ffffffff' + '00000001' + '000174' + '00000001' + '00000002' + '7fffffffffffffff'
  const { topics } = fromHex(requestOf(listOffsets), 1, hex)
  assert.equal(topics[0]?.partitions[0]?.timestamp, Number.MAX_SAFE_INTEGER)
})

test('listOffsets.response has the layouts of versions 1 and 6', () => {
  const partitions = [{ partitionIndex: 2, errorCode: 0, timestamp: 7, offset: 5, leaderEpoch: 1 }]
  const response = { topics: [{ name: 't', partitions }] }
  const fields = '00000002' + '0000' + '0000000000000007' + '0000000000000005'
  assert.equal(
    toHex(responseOf(listOffsets), 1, response),
    '00000001' + '000174' + '00000001' + fields,
  )
  assert.equal(
    toHex(responseOf(listOffsets), 6, response),
    '00000000' + '02' + '0274' + '02' + fields + '00000001' + '00' + '00' + '00',
  )
})

test('listOffsets.response reads the time of a record that is in nanoseconds', () => {
  const fields = '00000002' + '0000' + '17979cfe362a0000' + '0000000000000005'
  const hex = '00000001' + '000174' + '00000001' + fields
  const [partition] = fromHex(responseOf(listOffsets), 1, hex).topics[0]!.partitions
  assert.deepEqual([partition!.timestamp, partition!.offset], [Number.MAX_SAFE_INTEGER, 5])
})
