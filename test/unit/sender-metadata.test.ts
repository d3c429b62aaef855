/** What a sender does where topics and leaders are looked up. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drop, pass, settled, topicId } from '../support/scripted-broker.ts'
import { SenderRig as Rig } from '../support/sender-rig.ts'
import type { ProducerConfig } from '../../src/client/producer/producer-options.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { produce } from '../../src/protocol/produce.ts'
import { partitionForKey } from '../../src/client/producer/partitioner.ts'

test('partitions are found that somebody else of the client has seen', async () => {
  const rig = new Rig({}, 1)
  await rig.add({ value: 'a', key: 'a' })
  rig.broker.withTopics({ orders: 9 })
  await rig.cluster.topic('orders', { isAnew: true })
  await rig.add({ value: 'b', key: 'a' })
  const { partition } = await rig.add({ value: 'c', key: 'a' })
  assert.equal(partition, partitionForKey('a', 9))
})

test('a leader that has moved is looked up anew, though nothing is sent again', async () => {
  const rig = new Rig({ retries: 0 })
  await rig.send('a')
  rig.script.push('NOT_LEADER_OR_FOLLOWER')
  const count = rig.broker.requests(metadata).length
  await assert.rejects(rig.send('b'), { code: 'not_leader' })
  await rig.send('c')
  assert.equal(rig.broker.requests(metadata).length, count + 1)
})

test('a record has its whole time, also where the topic has been looked for since before', async () => {
  const rig = new Rig({ timeout: '10s' })
  await rig.send('before')
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  const first = assert.rejects(rig.send('a'), {
    message: "cannot find topic 'orders': 10000 ms have passed",
    maybeApplied: false,
  })
  await rig.pass(9800)
  const second = rig.send('b')
  await rig.pass(300)
  await first
  rig.broker.down.clear()
  await rig.pass()
  await second
  assert.deepEqual(rig.arrived, ['0:7/0 before', '0:7/1 b'])
})

test('a topic that was not found in the time of one record is looked for on', async () => {
  const rig = new Rig({ timeout: '10s' })
  await rig.cluster.look([], {})
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  const first = assert.rejects(rig.send('a'), { code: 'timeout' })
  await rig.pass(5000)
  const second = rig.send('b')
  await rig.pass(5300)
  await first
  rig.broker.down.clear()
  await rig.pass()
  await second
  assert.deepEqual(rig.arrived, ['0:7/0 b'])
})

test('a record has its whole time, where the one before it fails as the look goes on', async () => {
  const rig = new Rig({ timeout: '10s' })
  await rig.send('before')
  rig.held = []
  const first = assert.rejects(rig.send('a'), { code: 'timeout' })
  await rig.pass(9800)
  rig.held = undefined
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  await rig.pass(600)
  const second = rig.send('b')
  await settled()
  await first
  await rig.pass(600)
  rig.broker.down.clear()
  await rig.pass()
  await second
  assert.equal(rig.arrived.at(-1), '0:7/2 b')
})

test('where a topic cannot be looked at again, what is known of it will do', async () => {
  const rig = new Rig({ timeout: '10s', maxInFlight: 1 })
  await rig.send('before')
  rig.broker.on(metadata, () => undefined)
  rig.broker.clock.advance(301_000)
  await rig.send('a')
  rig.held = []
  await rig.pass(9900)
  const first = rig.send('b')
  await settled()
  const second = rig.send('c')
  await rig.pass(200)
  for (const release of rig.held.splice(0)) release()
  rig.held = undefined
  await Promise.all([first, second])
})

/** A sender to a topic of one partition, whose leader a test chooses, of two. */
class TwoBrokers extends Rig {
  leader = 1

  constructor(config: ProducerConfig) {
    super(config)
    const replicas = { replicaNodes: [1, 2], isrNodes: [1, 2] }
    this.broker.on(metadata, () => ({
      brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
      topics: [
        {
          errorCode: 0,
          name: 'orders',
          topicId: topicId('orders'),
          partitions: [{ errorCode: 0, partitionIndex: 0, leaderId: this.leader, ...replicas }],
        },
      ],
    }))
  }
}

test('with acks 0, a leader that has moved is found, which nobody tells of', async () => {
  const rig = new TwoBrokers({ acks: 0 })
  const asked: string[] = []
  rig.broker.on(produce, (_, { address }) => {
    asked.push(address)
    return address === `broker-${rig.leader}:9092` ? undefined : drop
  })
  for (const value of ['a', 'lost', 'b']) {
    await pass(rig.broker, rig.send(value))
    await settled()
    rig.leader = 2
  }
  assert.deepEqual(asked, ['broker-1:9092', 'broker-1:9092', 'broker-2:9092'])
})

test('with maxInFlight 1, nothing overtakes what waits for the leader before', async () => {
  const rig = new TwoBrokers({ acks: 1, maxInFlight: 1 })
  await rig.send('before')
  rig.script.push(drop)
  rig.held = []
  const first = rig.send('a')
  await settled()
  rig.leader = 2
  await rig.cluster.topic('orders', { isAnew: true })
  const second = rig.send('b')
  await settled()
  for (const release of rig.held.splice(0)) release()
  rig.held = undefined
  await pass(rig.broker, Promise.all([first, second]))
  assert.deepEqual(
    rig.arrived,
    ['before', 'a', 'a', 'b'].map((value) => `0:-1/-1 ${value}`),
  )
})
