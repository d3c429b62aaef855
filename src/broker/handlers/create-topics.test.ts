import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'

async function create(harness: BrokerHarness, topic: object, validateOnly = false) {
  const wanted = { name: 't', numPartitions: -1, replicationFactor: -1, ...topic }
  const { topics } = await harness.request(createTopics, 7, { topics: [wanted], validateOnly })
  return topics[0]!
}

test('createTopics uses the defaults for what is left open, and says what came out', async () => {
  const harness = new BrokerHarness({ broker: { defaultPartitions: 4 } })
  const created = await create(harness, { configs: [{ name: 'retention.ms', value: '5' }] })
  assert.deepEqual(
    [created.errorCode, created.numPartitions, created.replicationFactor],
    [errorCodes.NONE, 4, 1],
  )
  const config = created.configs!.find(({ name }) => name === 'retention.ms')!
  assert.deepEqual([config.value, config.configSource], ['5', 1])
})

test('createTopics says what would come out where it is only to validate', async () => {
  const harness = new BrokerHarness()
  const { errorCode, numPartitions, configs } = await create(harness, {}, true)
  assert.deepEqual([errorCode, numPartitions], [errorCodes.NONE, 1])
  assert.ok(configs!.length > 20)
  const request = { topics: [{ name: 't' }], allowAutoTopicCreation: false }
  const { topics } = await harness.request(metadata, 12, request)
  assert.equal(topics[0]!.errorCode, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  await create(harness, {})
  assert.equal((await create(harness, {}, true)).errorCode, errorCodes.TOPIC_ALREADY_EXISTS)
})

test('createTopics takes an assignment to the one broker', async () => {
  const harness = new BrokerHarness()
  const assignments = [1, 0].map((partitionIndex) => ({ partitionIndex, brokerIds: [1] }))
  const { errorCode, numPartitions } = await create(harness, { assignments })
  assert.deepEqual([errorCode, numPartitions], [errorCodes.NONE, 2])
})

test('createTopics refuses assignments with gaps, other brokers or counts', async () => {
  const harness = new BrokerHarness()
  const { INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST } = errorCodes
  const first = { partitionIndex: 0, brokerIds: [1] }
  const cases: readonly [object, number][] = [
    [{ assignments: [{ partitionIndex: 1, brokerIds: [1] }] }, INVALID_REPLICA_ASSIGNMENT],
    [{ assignments: [first, first] }, INVALID_REPLICA_ASSIGNMENT],
    [{ assignments: [{ ...first, brokerIds: [1, 2] }] }, INVALID_REPLICA_ASSIGNMENT],
    [{ assignments: [{ ...first, brokerIds: [2] }] }, INVALID_REPLICA_ASSIGNMENT],
    [{ assignments: [first], numPartitions: 1 }, INVALID_REQUEST],
    [{ assignments: [first], replicationFactor: 1 }, INVALID_REQUEST],
    [{ configs: [{ name: 'retention.ms', value: null }] }, errorCodes.INVALID_CONFIG],
  ]
  for (const [topic, expected] of cases) {
    assert.equal((await create(harness, topic)).errorCode, expected, JSON.stringify(topic))
  }
})

test('createTopics refuses a topic that is named twice, and creates the others', async () => {
  const harness = new BrokerHarness()
  const topics = ['a', 'b', 'a'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }))
  const answer = await harness.request(createTopics, 7, { topics })
  assert.deepEqual(
    answer.topics.map(({ errorCode }) => errorCode),
    [errorCodes.INVALID_REQUEST, errorCodes.NONE],
  )
})

test('createTopics answers once the topics would survive a crash', async () => {
  const harness = new BrokerHarness()
  const { topicId } = await create(harness, {})
  // Not closed: what the next broker finds is what was there when the answer came.
  const next = new BrokerHarness({ storage: harness.storage })
  const { topics } = await next.request(metadata, 12, { topics: [{ name: 't' }] })
  assert.equal(topics[0]!.topicId, topicId)
})
