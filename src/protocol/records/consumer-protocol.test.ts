import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndOfBytesError, MalformedBytesError } from '../../bytes/reader.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeConsumerProtocol,
} from './consumer-protocol.ts'
import { encodeValue } from './record-schema.ts'

const subscription = {
  topics: ['t'],
  userData: null,
  ownedPartitions: [{ topic: 't', partitions: [0] }],
  generationId: -1,
  rackId: null,
}
const subscriptionV1 =
  '0001' + '00000001000174' + 'ffffffff' + '00000001000174' + '0000000100000000'

test('a subscription has the layout that Kafka’s consumer writes', () => {
  const bytes = encodeValue(consumerProtocolSubscription, subscription, 1)
  assert.equal(Buffer.from(bytes).toString('hex'), subscriptionV1)
})

test('an assignment has the layout that Kafka’s consumer writes', () => {
  const assignment = { assignedPartitions: [{ topic: 't', partitions: [1, 2] }] }
  const bytes = encodeValue(consumerProtocolAssignment, assignment, 0)
  const partitions = '00000002' + '00000001' + '00000002'
  assert.equal(
    Buffer.from(bytes).toString('hex'),
    '0000' + '00000001000174' + partitions + 'ffffffff',
  )
})

test('decodeConsumerProtocol() reads each version', () => {
  for (const version of [1, 2, 3]) {
    const bytes = encodeValue(consumerProtocolSubscription, subscription, version)
    assert.deepEqual(decodeConsumerProtocol(consumerProtocolSubscription, bytes), subscription)
  }
})

test('decodeConsumerProtocol() reads a newer version as far as it is known', () => {
  const known = encodeValue(consumerProtocolSubscription, subscription, 3)
  const newer = Uint8Array.of(...known, 1, 2, 3)
  newer[1] = 9
  assert.deepEqual(decodeConsumerProtocol(consumerProtocolSubscription, newer), subscription)
})

test('decodeConsumerProtocol() refuses a negative version, and an end within', () => {
  const decode = (hex: string) =>
    decodeConsumerProtocol(consumerProtocolSubscription, Buffer.from(hex, 'hex'))
  assert.throws(() => decode('ffff' + '00'.repeat(20)), MalformedBytesError)
  assert.throws(() => decode(subscriptionV1.slice(0, -2)), MalformedBytesError)
  assert.throws(() => decode(''), EndOfBytesError)
})

test('decodeConsumerProtocol() reads a subscription that lacks what its version has added', () => {
  const v0 = '00000001000174' + 'ffffffff'
  const { topics, ownedPartitions, generationId } = decodeConsumerProtocol(
    consumerProtocolSubscription,
    Buffer.from('0001' + v0, 'hex'),
  )
  assert.deepEqual([topics, ownedPartitions, generationId], [['t'], [], -1])
})
