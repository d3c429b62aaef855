import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { produce, type ProduceRequestInput } from './produce.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const topicIdHex = '00000000000000000000000000000001'
const records = Uint8Array.of(0xaa, 0xbb)
const request: ProduceRequestInput = {
  acks: -1,
  timeoutMs: 1000,
  topicData: [{ name: 't', topicId, partitionData: [{ index: 2, records }] }],
}

test('produce.request has the layouts of versions 3, 9 and 13', () => {
  const partition = '00000002'
  assert.equal(
    toHex(requestOf(produce), 3, request),
    'ffff' + 'ffff' + '000003e8' + '00000001' + '000174' + '00000001' + partition + '00000002aabb',
  )
  assert.equal(
    toHex(requestOf(produce), 9, request),
    '00' + 'ffff' + '000003e8' + '02' + '0274' + '02' + partition + '03aabb' + '000000',
  )
  assert.equal(
    toHex(requestOf(produce), 13, request),
    '00' + 'ffff' + '000003e8' + '02' + topicIdHex + '02' + partition + '03aabb' + '000000',
  )
})

test('produce.request gives records as a view of the frame', () => {
  const hex = toHex(requestOf(produce), 9, request)
  const { topicData } = fromHex(requestOf(produce), 9, hex)
  assert.deepEqual(topicData[0]?.partitionData, [{ index: 2, records: Buffer.from(records) }])
})

test('produce.response has the layouts of versions 3 and 10', () => {
  const partition = { index: 2, errorCode: 0, baseOffset: 5, logStartOffset: 1 }
  const response = { responses: [{ name: 't', partitionResponses: [partition] }] }
  const none = 'ff'.repeat(8)
  const fields = '00000002' + '0000' + '0000000000000005' + none
  assert.equal(
    toHex(responseOf(produce), 3, response),
    '00000001' + '000174' + '00000001' + fields + '00000000',
  )
  const start = '0000000000000001'
  assert.equal(
    toHex(responseOf(produce), 10, response),
    '02' + '0274' + '02' + fields + start + '01' + '00' + '00' + '00' + '00000000' + '00',
  )
})

test('produce.response names the new leader and its address in tags', () => {
  const currentLeader = { leaderId: 3, leaderEpoch: 4 }
  const partition = { index: 2, errorCode: 6, currentLeader }
  const response = {
    responses: [{ name: 't', partitionResponses: [partition] }],
    nodeEndpoints: [{ nodeId: 3, host: 'h', port: 9092 }],
  }
  const none = 'ff'.repeat(8)
  const fields = '00000002' + '0006' + none + none + none + '01' + '00'
  const leader = '01' + '0009' + '00000003' + '00000004' + '00'
  const endpoints = '01' + '000d' + '02' + '00000003' + '0268' + '00002384' + '00' + '00'
  const hex = '02' + '0274' + '02' + fields + leader + '00' + '00000000' + endpoints
  assert.equal(toHex(responseOf(produce), 10, response), hex)
  const { responses } = fromHex(responseOf(produce), 10, hex)
  assert.deepEqual(responses[0]?.partitionResponses[0]?.currentLeader, currentLeader)
})
