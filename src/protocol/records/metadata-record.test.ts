import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedBytesError } from '../../bytes/reader.ts'
import { decodeMetadataRecord, encodeMetadataRecord } from './metadata-record.ts'
import { metadataSchemas } from './metadata-records.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const topicIdHex = '00000000000000000000000000000001'

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

// The bytes of these are what Kafka 4.3.1 writes.
test('encodeMetadataRecord() writes frame version, type and version before the fields', () => {
  const topic = { type: 'topicRecord', value: { name: 't', topicId } } as const
  assert.equal(toHex(encodeMetadataRecord(topic)), '010200' + '0274' + topicIdHex + '00')

  const value = { name: 'metadata.version', featureLevel: 29 }
  const name = '11' + Buffer.from('metadata.version').toString('hex')
  const feature = encodeMetadataRecord({ type: 'featureLevelRecord', value })
  assert.equal(toHex(feature), '010c00' + name + '001d' + '00')
})

test('encodeMetadataRecord() writes an older version where it is asked to', () => {
  const value = {
    partitionId: 1,
    topicId,
    replicas: [1],
    isr: [1],
    removingReplicas: [],
    addingReplicas: [],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: [topicId],
  }
  const replicas = '0200000001' + '0200000001' + '01' + '01'
  const epochs = '00000001' + '00000000' + '00000000'
  assert.equal(
    toHex(encodeMetadataRecord({ type: 'partitionRecord', value }, 1)),
    '010301' + '00000001' + topicIdHex + replicas + epochs + '02' + topicIdHex + '00',
  )
})

test('decodeMetadataRecord() tells the type of the record', () => {
  const bytes = encodeMetadataRecord({ type: 'removeTopicRecord', value: { topicId } })
  assert.deepEqual(decodeMetadataRecord(bytes), { type: 'removeTopicRecord', value: { topicId } })
})

test('decodeMetadataRecord() refuses what it does not know', () => {
  const bad = { frame: '020200', type: '017f00', version: '010209', end: '01' }
  for (const [what, hex] of Object.entries(bad)) {
    const bytes = Buffer.from(hex + (what === 'end' ? '' : '00'.repeat(30)), 'hex')
    assert.throws(() => decodeMetadataRecord(bytes), MalformedBytesError, what)
  }
})

test('metadataSchemas have types of their own', () => {
  const types = Object.values(metadataSchemas).map(({ type }) => type)
  assert.equal(new Set(types).size, types.length)
})
