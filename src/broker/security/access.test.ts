/** What requests may do and see, of those that are more than a yes or a no. */

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { SaslClient } from '../../../test/support/sasl-client.ts'
import { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import { createAcls } from '../../protocol/create-acls.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { fetch } from '../../protocol/fetch.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import { metadata } from '../../protocol/metadata.ts'
import { offsetFetch } from '../../protocol/offset-fetch.ts'
import { produce } from '../../protocol/produce.ts'
import { aclOperations, aclResourceTypes } from '../../protocol/acl-codes.ts'

type Grant = readonly [
  user: string,
  operation: keyof typeof aclOperations,
  type: keyof typeof aclResourceTypes,
  resourceName: string,
]

let harness: BrokerHarness
const ids = new Map<string, string>()
const clientOf = (name: string): SaslClient =>
  new SaslClient(harness, { user: { name, isCurrent: () => true } })

beforeEach(async () => {
  harness = new BrokerHarness({ broker: { authentication: 'required', superUsers: ['root'] } })
  const made = ['shown', 'hidden'].map((name) => {
    return { name, numPartitions: 1, replicationFactor: 1, configs: [] }
  })
  const { topics } = await clientOf('root').request(createTopics, 7, { topics: made })
  for (const { name, topicId } of topics) ids.set(name, topicId)
})

async function allow(...grants: Grant[]): Promise<void> {
  const creations = grants.map(([user, operation, type, resourceName]) => ({
    resourceType: aclResourceTypes[type],
    resourceName,
    principal: `User:${user}`,
    host: '*',
    operation: aclOperations[operation],
    permissionType: 3,
  }))
  await clientOf('root').request(createAcls, 3, { creations })
}

test('metadata shows topics to who may see them, and hides others', async () => {
  await allow(['ann', 'read', 'topic', 'shown'])
  const ann = clientOf('ann')
  const seen = async (topics: { name?: string | null; topicId?: string }[] | null) => {
    const input = topics?.map(({ name = null, ...rest }) => ({ name, ...rest })) ?? null
    const answer = await ann.request(metadata, 12, { topics: input })
    return answer.topics.map(({ name, errorCode }) => `${name} ${errorName(errorCode)}`)
  }
  assert.deepEqual(await seen(null), ['shown NONE'])
  const named = [{ name: 'shown' }, { name: 'hidden' }, { name: 'none' }]
  assert.deepEqual(await seen(named), [
    'shown NONE',
    'hidden TOPIC_AUTHORIZATION_FAILED',
    'none TOPIC_AUTHORIZATION_FAILED',
  ])
  const byId = [{ topicId: ids.get('shown')! }, { topicId: ids.get('hidden')! }]
  assert.deepEqual(await seen(byId), ['shown NONE', 'null TOPIC_AUTHORIZATION_FAILED'])
})

test('a topic is made by metadata for who may create it', async () => {
  await allow(['ann', 'describe', 'topic', 'new'], ['bob', 'write', 'topic', 'new'])
  await allow(['bob', 'create', 'topic', 'new'])
  const answers = []
  for (const user of ['ann', 'bob', 'ann']) {
    const { topics } = await clientOf(user).request(metadata, 12, { topics: [{ name: 'new' }] })
    answers.push(errorName(topics[0]!.errorCode))
  }
  assert.deepEqual(answers, ['TOPIC_AUTHORIZATION_FAILED', 'NONE', 'NONE'])
})

test('produce and fetch serve the topics that are allowed, beside others', async () => {
  await allow(['ann', 'write', 'topic', 'shown'], ['bob', 'read', 'topic', 'shown'])
  const topicData = ['shown', 'hidden', 'none'].map((name) => {
    return { name, partitionData: [{ index: 0, records: batchOf(['a']) }] }
  })
  const body = { acks: -1, timeoutMs: 1000, topicData }
  const produced = await clientOf('ann').request(produce, 12, body)
  const codes = produced.responses.map(({ partitionResponses }) => partitionResponses[0]!.errorCode)
  const expected = ['NONE', 'TOPIC_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED']
  assert.deepEqual(codes.map(errorName), expected)

  const topics = ['shown', 'hidden'].map((name) => {
    const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1024 }
    return { topicId: ids.get(name)!, partitions: [partition] }
  })
  const fetched = await clientOf('bob').request(fetch, 13, { maxWaitMs: 0, minBytes: 1, topics })
  const read = fetched.responses.map(({ partitions: [partition] }) => {
    return [errorName(partition!.errorCode), (partition!.records?.length ?? 0) > 0]
  })
  assert.deepEqual(read, [
    ['NONE', true],
    ['TOPIC_AUTHORIZATION_FAILED', false],
  ])
})

test('an idempotent producer needs no more than the right to write somewhere', async () => {
  await allow(['ann', 'write', 'topic', 'anything'], ['bob', 'read', 'topic', 'anything'])
  const codes = []
  for (const user of ['ann', 'bob']) {
    const answer = await clientOf(user).request(initProducerId, 4, { transactionTimeoutMs: 1 })
    codes.push(errorName(answer.errorCode))
  }
  assert.deepEqual(codes, ['NONE', 'CLUSTER_AUTHORIZATION_FAILED'])
})

test('a pattern finds a group the topics that its first member may see', async () => {
  await allow(['ann', 'read', 'group', 'g'], ['ann', 'describe', 'topic', 'shown'])
  const ann = clientOf('ann')
  const joining = {
    groupId: 'g',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topicPartitions: [],
  }
  const joined = await ann.request(consumerGroupHeartbeat, 1, {
    ...joining,
    subscribedTopicRegex: '.*',
  })
  const assigned = { topicPartitions: [{ topicId: ids.get('shown')!, partitions: [0] }] }
  assert.deepEqual(joined.assignment, assigned)

  // A start forgets who asked for what, until the first heartbeat says it again.
  await harness.restart()
  const { memberEpoch, assignment } = await ann.request(consumerGroupHeartbeat, 1, {
    ...joining,
    memberEpoch: joined.memberEpoch,
    subscribedTopicRegex: '.*',
    topicPartitions: assigned.topicPartitions,
  })
  assert.deepEqual([memberEpoch, assignment], [joined.memberEpoch, assigned])

  const named = { ...joining, memberId: 'n', subscribedTopicNames: ['hidden'] }
  const refused = await ann.request(consumerGroupHeartbeat, 1, named)
  assert.equal(errorName(refused.errorCode), 'TOPIC_AUTHORIZATION_FAILED')
})

test('offset-fetch refuses a group in each partition where there is no other place', async () => {
  await allow(['ann', 'read', 'topic', 'shown'])
  const topics = [{ name: 'shown', partitionIndexes: [0, 1] }]
  const answers = [1, 2].map((version) =>
    clientOf('ann').request(offsetFetch, version, { groupId: 'g', topics }),
  )
  const [first, second] = await Promise.all(answers)
  const told = first!.topics.map(({ name, partitions }) => {
    return [name, ...partitions.map((one) => [one.committedOffset, errorName(one.errorCode)])]
  })
  const refused = [-1, 'GROUP_AUTHORIZATION_FAILED']
  assert.deepEqual(told, [['shown', refused, refused]])
  assert.equal(errorName(second!.errorCode), 'GROUP_AUTHORIZATION_FAILED')
  assert.deepEqual(second!.topics, [])
})
