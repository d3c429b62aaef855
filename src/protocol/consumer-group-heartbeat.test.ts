import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { consumerGroupHeartbeat } from './consumer-group-heartbeat.ts'

const topicPartitions = [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: [0] }]
const assigned = '02' + '00000000000000000000000000000001' + '0200000000' + '00'

test('consumerGroupHeartbeat.request has null for what is as before', () => {
  const request = { groupId: 'g', memberId: 'm', memberEpoch: 3 }
  const start = '0267' + '026d' + '00000003'
  const unchanged = '00' + '00' + 'ffffffff' + '00'
  assert.equal(
    toHex(requestOf(consumerGroupHeartbeat), 0, request),
    start + unchanged + '00' + '00' + '00',
  )
  assert.equal(
    toHex(requestOf(consumerGroupHeartbeat), 1, { ...request, topicPartitions }),
    start + unchanged + '00' + '00' + assigned + '00',
  )
})

test('consumerGroupHeartbeat.response tells an assignment from none', () => {
  const response = { errorCode: 0, memberId: 'm', memberEpoch: 3, heartbeatIntervalMs: 5000 }
  const start = '00000000' + '0000' + '00' + '026d' + '00000003' + '00001388'
  assert.equal(toHex(responseOf(consumerGroupHeartbeat), 1, response), start + 'ff' + '00')
  assert.equal(
    toHex(responseOf(consumerGroupHeartbeat), 1, { ...response, assignment: { topicPartitions } }),
    start + '01' + assigned + '00' + '00',
  )
})
