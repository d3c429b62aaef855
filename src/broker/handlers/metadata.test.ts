import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { zeroUuid } from '../../bytes/uuid.ts'
import { describeCluster } from '../../protocol/describe-cluster.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'

test('metadata names this broker, at the address that the client dialled', async () => {
  const harness = new BrokerHarness({ broker: { nodeId: 7 } })
  const { brokers, controllerId, clusterId } = await harness.request(metadata, 12, { topics: [] })
  const { nodeId, host, port } = brokers[0]!
  assert.deepEqual([brokers.length, nodeId, host, port], [1, 7, 'broker.test', 9092])
  assert.equal(controllerId, 7)
  assert.match(clusterId!, /^[\w-]{22}$/)
})

test('metadata gives all topics for null, and for none in version 0', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t', { partitions: 2 })
  const named = async (version: number, topics: [] | null): Promise<(string | null)[]> => {
    const answer = await harness.request(metadata, version, { topics })
    return answer.topics.map(({ name }) => name)
  }
  assert.deepEqual(await named(0, []), ['__consumer_offsets', 't'])
  assert.deepEqual(await named(1, null), ['__consumer_offsets', 't'])
  assert.deepEqual(await named(1, []), [])
})

test('metadata says who leads each partition, and which topics are internal', async () => {
  const harness = new BrokerHarness()
  const topicId = await harness.createTopic('t', { partitions: 2 })
  const request = { topics: [{ name: 't' }, { name: '__consumer_offsets' }] }
  const { topics } = await harness.request(metadata, 12, request)
  assert.deepEqual(
    topics.map(({ isInternal }) => isInternal),
    [false, true],
  )
  assert.equal(topics[0]!.topicId, topicId)
  const { partitionIndex, leaderId, leaderEpoch, isrNodes } = topics[0]!.partitions[1]!
  assert.deepEqual([partitionIndex, leaderId, leaderEpoch, isrNodes], [1, 1, 0, [1]])
})

test('metadata finds topics by id from version 12 on', async () => {
  const harness = new BrokerHarness()
  const topicId = await harness.createTopic('t')
  const unknown = 'AAAAAAAAAAAAAAAAAAAABQ'
  const request = { topics: [topicId, unknown].map((id) => ({ topicId: id, name: null })) }
  const { topics } = await harness.request(metadata, 12, request)
  assert.deepEqual(
    topics.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['t', errorCodes.NONE],
      [null, errorCodes.UNKNOWN_TOPIC_ID],
    ],
  )
  assert.notEqual(topics[0]!.topicId, zeroUuid)
})

test('metadata creates no topic whose name is wrong, or like that of another', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('a.b')
  const request = { topics: ['a_b', 'no name', ''].map((name) => ({ name })) }
  const { topics } = await harness.request(metadata, 9, request)
  const { INVALID_TOPIC_EXCEPTION: invalid } = errorCodes
  assert.deepEqual(
    topics.map(({ errorCode }) => errorCode),
    [invalid, invalid, invalid],
  )
})

test('metadata creates and names a topic once, however often it is asked for', async () => {
  const harness = new BrokerHarness({ broker: { defaultPartitions: 3 } })
  const request = { topics: [{ name: 'new' }, { name: 'new' }] }
  const { topics } = await harness.request(metadata, 12, request)
  assert.equal(topics.length, 1)
  assert.equal(topics[0]!.partitions.length, 3)
})

test('describeCluster names this broker, and no controllers', async () => {
  const harness = new BrokerHarness()
  const { brokers, controllerId } = await harness.request(describeCluster, 2, {})
  const { brokerId, host, port } = brokers[0]!
  assert.deepEqual([brokerId, host, port, controllerId], [1, 'broker.test', 9092, 1])
  const { errorCode } = await harness.request(describeCluster, 2, { endpointType: 2 })
  assert.equal(errorCode, errorCodes.MISMATCHED_ENDPOINT_TYPE)
})

test('metadata refuses a request of version 10 or 11 that names a topic by id', async () => {
  const harness = new BrokerHarness()
  const topicId = await harness.createTopic('t')
  for (const version of [10, 11]) {
    const topics = [{ name: 't' }, { name: null, topicId }]
    const answer = await harness.request(metadata, version, { topics })
    const errors = answer.topics.map(({ errorCode }) => errorCode)
    assert.deepEqual(errors, [errorCodes.INVALID_REQUEST, errorCodes.INVALID_REQUEST])
    assert.deepEqual(answer.brokers, [])
  }
})

test('describeCluster tells the wrong type of endpoint from one that there is not', async () => {
  const harness = new BrokerHarness()
  const errorOf = async (endpointType: number) =>
    (await harness.request(describeCluster, 1, { endpointType })).errorCode
  assert.equal(await errorOf(2), errorCodes.MISMATCHED_ENDPOINT_TYPE)
  assert.equal(await errorOf(3), errorCodes.UNSUPPORTED_ENDPOINT_TYPE)
})
