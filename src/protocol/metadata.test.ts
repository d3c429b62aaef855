import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedBytesError } from '../bytes/reader.ts'
import { fromHex, requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { metadata, type MetadataResponseInput } from './metadata.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const topicIdHex = '00000000000000000000000000000001'

test('metadata.request asks for all topics by an empty list in version 0, by null since', () => {
  assert.equal(toHex(requestOf(metadata), 0, { topics: null }), '00000000')
  assert.equal(toHex(requestOf(metadata), 1, { topics: null }), 'ffffffff')
  assert.equal(toHex(requestOf(metadata), 9, { topics: null }), '00' + '01' + '00' + '00' + '00')
  assert.throws(() => fromHex(requestOf(metadata), 0, 'ffffffff'), MalformedBytesError)
})

test('metadata.request names topics by name or, since version 10, by id', () => {
  const byName = { topics: [{ name: 't' }] }
  assert.equal(toHex(requestOf(metadata), 4, byName), '00000001' + '000174' + '01')
  const byId = { topics: [{ name: null, topicId }], allowAutoTopicCreation: false }
  assert.equal(
    toHex(requestOf(metadata), 12, byId),
    '02' + topicIdHex + '00' + '00' + '00' + '00' + '00',
  )
})

const response: MetadataResponseInput = {
  brokers: [{ nodeId: 1, host: 'h', port: 9092 }],
  clusterId: 'c',
  controllerId: 1,
  topics: [
    {
      errorCode: 0,
      name: 't',
      topicId,
      partitions: [
        { errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] },
      ],
    },
  ],
}

test('metadata.response has the layouts of versions 0 and 13', () => {
  const broker = '00000001' + '000168' + '00002384'
  const leader = '0000' + '00000000' + '00000001'
  const replicas = '0000000100000001'
  assert.equal(
    toHex(responseOf(metadata), 0, response),
    '00000001' + broker + '00000001' + '0000' + '000174' + '00000001' + leader + replicas.repeat(2),
  )
  const partition = leader + 'ffffffff' + '0200000001' + '0200000001' + '01' + '00'
  const topic = '0000' + '0274' + topicIdHex + '00' + '02' + partition + '80000000' + '00'
  assert.equal(
    toHex(responseOf(metadata), 13, response),
    '00000000' +
      '02' +
      '00000001' +
      '0268' +
      '00002384' +
      '00' +
      '00' +
      '0263' +
      '00000001' +
      '02' +
      topic +
      '0000' +
      '00',
  )
})

test('metadata.response writes an unknown name as an empty one where it may not be null', () => {
  const topics = [{ errorCode: 100, name: null, topicId, partitions: [] }]
  const hex = toHex(responseOf(metadata), 10, { ...response, topics })
  assert.equal(fromHex(responseOf(metadata), 10, hex).topics[0]?.name, '')
  const newer = toHex(responseOf(metadata), 12, { ...response, topics })
  assert.equal(fromHex(responseOf(metadata), 12, newer).topics[0]?.name, null)
})
