import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataValue,
} from './consumer-group-records.ts'
import { decodeValue, encodeValue } from './record-schema.ts'

const member = {
  instanceId: null,
  rackId: null,
  clientId: 'c',
  clientHost: 'h',
  subscribedTopicNames: ['t'],
  subscribedTopicRegex: null,
  serverAssignor: null,
  classicMemberMetadata: null,
}
const memberHex = '0000' + '00' + '00' + '0263' + '0268' + '020274' + '00' + 'ffffffff' + '00'

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

// The bytes of these are what Kafka 4.3.1 writes.
test('consumerGroupMemberMetadataValue says that a member is not a classic one', () => {
  const bytes = encodeValue(consumerGroupMemberMetadataValue, member)
  assert.equal(toHex(bytes), memberHex + '01' + '000100')
  assert.equal(decodeValue(consumerGroupMemberMetadataValue, bytes).classicMemberMetadata, null)
})

test('consumerGroupMemberMetadataValue holds the protocols of a classic member', () => {
  const classicMemberMetadata = { sessionTimeoutMs: 1, supportedProtocols: [] }
  const bytes = encodeValue(consumerGroupMemberMetadataValue, { ...member, classicMemberMetadata })
  assert.equal(toHex(bytes), memberHex + '01' + '0007' + '01' + '00000001' + '01' + '00')
})

test('consumerGroupMetadataValue keeps all bits of the hash', () => {
  const value = { epoch: 3, metadataHash: 'fedcba9876543210' }
  const bytes = encodeValue(consumerGroupMetadataValue, value)
  assert.equal(toHex(bytes), '0000' + '00000003' + '01' + '0008fedcba9876543210')
  assert.deepEqual(decodeValue(consumerGroupMetadataValue, bytes), value)
})
