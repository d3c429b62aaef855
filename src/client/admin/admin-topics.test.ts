import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker, topicId } from '../../../test/support/scripted-broker.ts'
import { createPartitions } from '../../protocol/create-partitions.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { describeConfigs } from '../../protocol/describe-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/incremental-alter-configs.ts'
import { Admin } from './admin.ts'

/** A broker that is asked `count` times for a new topic before it knows of it. */
function slowToLearn(count: number, id = topicId('orders')) {
  let asked = 0
  const topics = {
    get orders() {
      return ++asked > count ? 1 : (undefined as unknown as number)
    },
  }
  const broker = new ScriptedBroker()
    .withTopics(topics)
    .on(createTopics, ({ topics: [topic] }) => ({
      topics: [{ name: topic!.name, errorCode: 0, topicId: id }],
    }))
  return { broker, asked: () => asked }
}

test('createTopic() waits until brokers know of the topic, and not for ever', async () => {
  for (const count of [0, 2, 8]) {
    const { broker, asked } = slowToLearn(count)
    await pass(broker, new Admin(broker.cluster()).createTopic('orders'))
    assert.equal(asked(), count + 1)
  }
  const { broker } = slowToLearn(1000)
  const beganAtMs = broker.clock.monotonic()
  await pass(broker, new Admin(broker.cluster()).createTopic('orders'))
  assert.ok(broker.clock.monotonic() - beganAtMs <= 5100)
})

test('createTopic() does not take a topic that is being deleted for the new one', async () => {
  const { broker, asked } = slowToLearn(0, topicId('another'))
  await pass(broker, new Admin(broker.cluster()).createTopic('orders'))
  assert.ok(asked() > 4)
})

test('createTopic() says where the topic that is there already may be its own', async () => {
  const { NOT_CONTROLLER, TOPIC_ALREADY_EXISTS } = errorCodes
  const create = (...errors: number[]): Promise<void> => {
    const broker = new ScriptedBroker().withTopics({}).on(createTopics, () => ({
      topics: [{ name: 'orders', errorCode: errors.shift()!, topicId: topicId('orders') }],
    }))
    return pass(broker, new Admin(broker.cluster()).createTopic('orders'))
  }
  const code = 'topic_already_exists'
  await assert.rejects(create(TOPIC_ALREADY_EXISTS), { code, maybeApplied: false })
  await assert.rejects(create(NOT_CONTROLLER, TOPIC_ALREADY_EXISTS), { code, maybeApplied: true })
})

test('deleteTopic() waits until brokers have forgotten the topic', async () => {
  let asked = 0
  const topics = {
    get orders() {
      return ++asked < 4 ? 1 : (undefined as unknown as number)
    },
  }
  const broker = new ScriptedBroker().withTopics(topics).on(deleteTopics, () => ({
    responses: [{ name: 'orders', errorCode: 0, topicId: topicId('orders') }],
  }))
  await pass(broker, new Admin(broker.cluster()).deleteTopic('orders'))
  assert.equal(asked, 4)
})

test('a topic that deleteTopic() has deleted is not waited for', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 }).on(deleteTopics, () => {
    broker.withTopics({})
    return { responses: [{ name: 'orders', errorCode: 0, topicId: topicId('orders') }] }
  })
  const cluster = broker.cluster()
  await cluster.topic('orders')
  await pass(broker, new Admin(cluster).deleteTopic('orders'))
  await assert.rejects(pass(broker, cluster.topic('orders')), { code: 'topic_not_found' })
})

test('createPartitions() waits until brokers know of the partitions', async () => {
  let asked = 0
  const topics = {
    get orders() {
      return ++asked < 4 ? 1 : 3
    },
  }
  const broker = new ScriptedBroker()
    .withTopics(topics)
    .on(createPartitions, () => ({ results: [{ name: 'orders', errorCode: 0 }] }))
  await pass(broker, new Admin(broker.cluster()).createPartitions('orders', 3))
  assert.equal(asked, 4)
})

test('alterTopic() waits until brokers know of the configs, however they write them', async () => {
  let asked = 0
  const configs = { 'cleanup.policy': 'compact, delete', 'retention.ms': '01000' }
  const broker = new ScriptedBroker()
    .withTopics({ orders: 1 })
    .on(incrementalAlterConfigs, () => ({
      responses: [{ errorCode: 0, resourceType: 2, resourceName: 'orders' }],
    }))
    .on(describeConfigs, () => ({
      results: [
        {
          errorCode: 0,
          resourceType: 2,
          resourceName: 'orders',
          configs: [
            { name: 'cleanup.policy', value: ++asked < 4 ? 'delete' : 'compact,delete' },
            { name: 'retention.ms', value: asked < 3 ? '500' : '1000' },
            { name: 'segment.bytes', value: '7' },
          ].map((config) => ({ ...config, readOnly: false, isSensitive: false })),
        },
      ],
    }))
  await pass(broker, new Admin(broker.cluster()).alterTopic('orders', { configs }))
  assert.equal(asked, 4)
})

test('alterTopic() refuses what only a new topic can be given', async () => {
  const admin = new Admin(new ScriptedBroker().withTopics({ orders: 1 }).cluster())
  for (const config of [{ replicationFactor: 3 }, { assignments: { 0: [1] } }]) {
    const [option] = Object.keys(config)
    await assert.rejects(admin.alterTopic('orders', config), { option })
  }
})

test('alterTopic() with fewer partitions is refused, and changes nothing', async () => {
  const broker = new ScriptedBroker()
    .withTopics({ orders: 2 })
    .on(createPartitions, ({ topics }) => ({
      results: topics.map(({ name }) => ({ name, errorCode: errorCodes.INVALID_PARTITIONS })),
    }))
  const altered = new Admin(broker.cluster()).alterTopic('orders', {
    partitions: 1,
    retentionMs: 5,
  })
  await assert.rejects(pass(broker, altered), { code: 'invalid_partitions' })
  assert.deepEqual(broker.requests(incrementalAlterConfigs), [])
})
