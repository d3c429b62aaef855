/**
 * What operators do to a cluster of Apache Kafka while programs use it: replicas are moved, and
 * that is slowed down, ended and finished; leaders are changed, also where records are lost by it.
 *
 * `[VERSION=4.3.1] node --test test/client/operating-an-apache-kafka-cluster.ts`; needs Java and
 * Maven.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from '../../src/client/admin/admin.ts'
import { Kafka } from '../../src/index-node.ts'
import { apacheKafkaVersion } from '../support/apache-kafka.ts'
import { clusterRig } from './soak/cluster-rig.ts'

const version = process.env['VERSION'] ?? apacheKafkaVersion
const properties = {
  // Leaders are only changed by who is tested here.
  'auto.leader.rebalance.enable': 'false',
  // Replicas that are throttled get as much at once, whatever their rate is.
  'replica.fetch.max.bytes': '100000',
  'replica.fetch.response.max.bytes': '100000',
} as const
/** Longer than it takes Apache Kafka's controller to notice that a broker is away. */
const patienceMs = 60_000
const askAgainMs = 100
/** Enough of them that they come before and after whatever is done. */
const someRecords = 50

const rig = clusterRig({ version, properties })

const connect = (): Kafka =>
  new Kafka({ url: `kafka://${rig.cluster.bootstrap}`, timeout: '60s', logger: rig.log })

/** Resolves once `isSo`. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`after ${patienceMs} ms not ${what}`)
    await sleep(askAgainMs)
  }
}

async function leadersOf(admin: Admin, topic: string): Promise<number[]> {
  const { partitionDetails } = await admin.describeTopic(topic)
  return partitionDetails.map(({ leader }) => leader)
}

async function replicasOf(admin: Admin, topic: string): Promise<(readonly number[])[]> {
  const { partitionDetails } = await admin.describeTopic(topic)
  return partitionDetails.map(({ replicas }) => replicas)
}

async function brokersWith(admin: Admin, topic: string, partition: number): Promise<number[]> {
  const folders = await admin.describeLogDirs()
  return folders
    .filter(({ replicas }) =>
      replicas.some((replica) => replica.topic === topic && replica.partition === partition),
    )
    .map(({ broker }) => broker)
}

/** Sends numbers and reads them in a group, all the while. */
function working(kafka: Kafka, topic: string, partitions: number) {
  const sent: number[] = []
  const read: number[] = []
  let isOver = false
  const producer = kafka.producer<number>(topic)
  const sending = (async () => {
    for (let value = 0; !isOver; value++) {
      await producer.send(value, { partition: value % partitions })
      sent.push(value)
    }
  })()
  const consumer = kafka.consumer<number>(topic, { group: `readers of ${topic}` })
  const reading = (async () => {
    for await (const { value } of consumer) if (value >= 0) read.push(value)
  })()
  return {
    /** Resolves when some more have been written and read. */
    async more(): Promise<void> {
      const count = read.length + someRecords
      await until('more read', async () => read.length >= count)
    },
    /** Ends it, and checks that all is there once. */
    async end(): Promise<void> {
      isOver = true
      await sending
      await until('all read', async () => read.length >= sent.length)
      await consumer.close()
      await reading
      const inOrder = read.sort((a, b) => a - b)
      assert.deepEqual(inOrder, sent, 'each record is there once')
      process.stdout.write(`${sent.length} records written and read meanwhile\n`)
    },
  }
}

test('replicas move while programs write and read, and nothing is lost', async () => {
  await using kafka = connect()
  const { admin } = kafka
  const topic = 'moving'
  await admin.createTopic(topic, { assignments: { 0: [1, 2], 1: [2, 3], 2: [3, 1] } })
  const filler = kafka.producer<string>(topic, { value: 'string' })
  const large = '-1'.padEnd(200_000)
  for (let partition = 0; partition < 3; partition++) {
    for (let count = 0; count < 10; count++) await filler.send(large, { partition })
  }
  const work = working(kafka, topic, 3)

  await work.more()

  // As slow as that, no move ends by itself.
  const rates = ['leader', 'follower'].map((role) => `${role}.replication.throttled.rate`)
  const throttled = ['leader', 'follower'].map((role) => `${role}.replication.throttled.replicas`)
  const all = (names: string[], value: string | number | null) =>
    Object.fromEntries(names.map((name) => [name, value]))
  const ofTopic = { type: 'topic', name: topic } as const
  await admin.alterConfigs(ofTopic, all(throttled, '*'))
  for (const node of rig.cluster.nodes) {
    await admin.alterConfigs({ type: 'broker', name: String(node) }, all(rates, 1000))
  }
  await admin.reassignPartitions(topic, { 0: [2, 3], 1: [1, 3], 2: [1, 2] })
  assert.deepEqual(await admin.listReassignments([topic]), [
    { topic, partition: 0, replicas: [2, 3, 1], adding: [3], removing: [1] },
    { topic, partition: 1, replicas: [1, 3, 2], adding: [1], removing: [2] },
    { topic, partition: 2, replicas: [1, 2, 3], adding: [2], removing: [3] },
  ])
  assert.deepEqual(await admin.listReassignments(['another']), [])
  await admin.reassignPartitions(topic, { 2: null })
  assert.deepEqual(
    (await admin.listReassignments()).map(({ partition }) => partition),
    [0, 1],
  )
  await assert.rejects(admin.reassignPartitions(topic, { 2: null }), {
    code: 'no_reassignment_in_progress',
    topic,
    partition: 2,
  })
  await work.more()
  assert.equal((await admin.listReassignments([topic])).length, 2)

  for (const node of rig.cluster.nodes) {
    await admin.alterConfigs({ type: 'broker', name: String(node) }, all(rates, null))
  }
  await until('moved', async () => (await admin.listReassignments()).length === 0)
  await admin.alterConfigs(ofTopic, all(throttled, null))
  // Where the last one was, but not in the order in which it was there.
  await until('known', async () => (await replicasOf(admin, topic)).join(' ') === '2,3 1,3 1,3')
  await admin.electLeaders(topic)
  assert.deepEqual(await leadersOf(admin, topic), [2, 1, 1])
  await until('on the disks', async () => {
    const places = await Promise.all([0, 1, 2].map((one) => brokersWith(admin, topic, one)))
    return places.join(' ') === '2,3 1,3 1,3'
  })

  await work.more()
  await work.end()
})

test('leaders are those that are asked for, while programs write and read', async () => {
  await using kafka = connect()
  const { admin } = kafka
  const topic = 'led'
  await admin.createTopic(topic, { assignments: { 0: [1, 2, 3], 1: [2, 3, 1] } })
  const work = working(kafka, topic, 2)
  assert.deepEqual(await leadersOf(admin, topic), [1, 2])
  for (const preferred of [2, 3, 1]) {
    const others = rig.cluster.nodes.filter((node) => node !== preferred)
    const replicas = [preferred, ...others]
    await admin.reassignPartitions(topic, { 0: replicas, 1: replicas })
    assert.deepEqual(await admin.electLeaders(topic, { partitions: [0] }), [
      { topic, partition: 0 },
    ])
    assert.equal((await leadersOf(admin, topic))[0], preferred)
    await admin.electLeaders(topic)
    assert.deepEqual(await leadersOf(admin, topic), [preferred, preferred])
    assert.deepEqual(await admin.electLeaders(topic), [])
    await work.more()
  }
  await rig.cluster.shutDown(1)
  await until('led by another', async () => !(await leadersOf(admin, topic)).includes(1))
  await assert.rejects(admin.electLeaders(topic), { code: 'preferred_leader_not_available', topic })
  await work.more()
  await rig.cluster.restart(1)
  await rig.cluster.inSync()
  assert.deepEqual(await admin.electLeaders(topic), [
    { topic, partition: 0 },
    { topic, partition: 1 },
  ])
  assert.deepEqual(await leadersOf(admin, topic), [1, 1])
  await work.more()
  await work.end()
})

test('an unclean election gives a leader to a partition whose records are lost', async () => {
  await using kafka = connect()
  const { admin } = kafka
  const topic = 'unclean'
  await admin.createTopic(topic, { assignments: { 0: [1, 2] }, minInsyncReplicas: 1 })
  const producer = kafka.producer<string>(topic)
  await producer.send('kept')
  const inSync = async (): Promise<readonly number[]> =>
    (await admin.describeTopic(topic)).partitionDetails[0]!.inSyncReplicas
  await rig.cluster.kill(2)
  await until('alone', async () => (await inSync()).length === 1)
  await producer.send('lost')
  await Promise.all([rig.cluster.kill(1), rig.cluster.restart(2)])
  await until('without a leader', async () => (await leadersOf(admin, topic))[0] === -1)
  const unavailable = { code: 'preferred_leader_not_available' }
  await assert.rejects(admin.electLeaders(topic), unavailable)
  const elected = await admin.electLeaders(topic, { type: 'unclean' })
  assert.deepEqual(elected, [{ topic, partition: 0 }])
  assert.deepEqual(await leadersOf(admin, topic), [2])
  assert.equal((await producer.send('after')).offset, 1)
})
