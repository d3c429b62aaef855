/**
 * What a program is told where brokers of Apache Kafka hang, or are all gone: whether something may
 * have been done, how a consumer is doing; and that closing always ends. Before that, with all of
 * them there: that one sees what one has changed, and takes over from a program that was killed.
 *
 * `[VERSION=4.3.1] node --test test/client/failures-on-apache-kafka-cluster.ts`; needs Java and
 * Maven.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import type { ConsumerStatus } from '../../src/client/consumer/consumer-status.ts'
import type { Kafka as BaseKafka } from '../../src/client/kafka.ts'
import type { KafkaRecord } from '../../src/client/record/kafka-record.ts'
import { NodeTcpDialer } from '../../src/connection/node-tcp-dialer.ts'
import { Kafka } from '../../src/index-node.ts'
import { apacheKafkaVersion } from '../support/apache-kafka.ts'
import { openMortalClient } from '../support/mortal-client.ts'
import { clusterRig } from './soak/cluster-rig.ts'

const version = process.env['VERSION'] ?? apacheKafkaVersion
const partitions = 3
/** Members that were killed are soon thrown out. */
const properties = {
  'group.consumer.min.session.timeout.ms': '6000',
  'group.consumer.session.timeout.ms': '6000',
  'group.consumer.min.heartbeat.interval.ms': '1000',
  'group.consumer.heartbeat.interval.ms': '1000',
} as const
/** Longer than it takes Apache Kafka's controller to notice that a broker is away. */
const patienceMs = 60_000
/** Sooner than a transaction is over by itself; a member that was killed is waited for, too. */
const takeOverMax = '30s'
/** What closing takes at most: the time that a record has to be sent, then what else is open. */
const closeTimeout = '10s'
const closeMaxMs = 20_000

const rig = clusterRig({ version, properties })

const connect = (timeout: '60s' | '30s' | '10s' = '30s'): Kafka =>
  new Kafka({ url: `kafka://${rig.cluster.bootstrap}`, timeout, logger: rig.log })

/** Resolves once `consumer` has the status, which may be at once. */
async function becomes(consumer: Consumer, status: ConsumerStatus): Promise<void> {
  if (consumer.status === status) return
  await new Promise<void>((resolve, reject) => {
    const late = sleep(patienceMs).then(() => {
      reject(new Error(`after ${patienceMs} ms it is ${consumer.status}, not ${status}`))
    })
    const end = consumer.onStatus((now) => {
      if (now !== status) return
      end()
      resolve()
    })
    void late
  })
}

/** Reads all the while; returns what ends that. */
function reading(consumer: Consumer): () => Promise<void> {
  const ended = (async () => {
    for await (const _ of consumer);
  })()
  return async () => {
    await consumer.close()
    await ended
  }
}

test('an administrator sees what they have done, whichever broker is asked', async () => {
  await using kafka = connect()
  const { admin } = kafka
  const producer = (topic: string) => kafka.producer<number>(topic)
  for (let round = 1; round <= 10; round++) {
    const topic = `changing-${round}`
    await admin.createTopic(topic, { partitions: 1, retentionMs: 60_000 })
    assert.equal((await admin.describeTopic(topic)).retentionMs, 60_000)
    await admin.alterTopic(topic, { partitions: 2, retentionMs: 70_000 })
    const altered = await admin.describeTopic(topic)
    assert.deepEqual([altered.partitions, altered.retentionMs], [2, 70_000])
    await admin.createPartitions(topic, 4)
    assert.equal((await admin.describeTopic(topic)).partitions, 4)
    assert.equal((await producer(topic).send(round, { partition: 3 })).offset, 0)
    await admin.deleteTopic(topic)
    assert.ok((await admin.listTopics()).every(({ name }) => name !== topic))
  }
})

test('who takes a transactional id over need not wait for what a killed program left', async () => {
  await using kafka = connect()
  const ids = { transactionalId: 'copier' } as const
  const config = { group: 'copiers', sessionTimeout: '6s' } as const
  const copy = async (by: BaseKafka, record: KafkaRecord<number> | undefined): Promise<void> => {
    await by.transaction(
      'copies',
      async (tx) => {
        await tx.send(record!.value)
        tx.commit(record!)
      },
      ids,
    )
  }
  for (const topic of ['originals', 'copies']) await kafka.admin.createTopic(topic)
  await kafka.producer<number>('originals').sendBatch([1, 2])
  const url = `kafka://${rig.cluster.bootstrap}`
  const { kafka: killed, death } = openMortalClient(new NodeTcpDialer(), { url, timeout: '10s' })
  const reader = killed.consumer<number>('originals', config)
  const first = await reader.next()
  const copied = copy(killed, first).catch(() => undefined)
  await death

  const beganAtMs = performance.now()
  await kafka.initTransactions(ids)
  const again = await kafka.consumer<number>('originals', config).next({ timeout: takeOverMax })
  assert.equal(again?.value, 1)
  await copy(kafka, again)
  const seen = await kafka.consumer<number>('copies').next({ timeout: takeOverMax })
  assert.equal(seen?.value, 1)
  process.stdout.write(`taken over after ${Math.round(performance.now() - beganAtMs)} ms\n`)
  await killed.close({ timeout: 0 })
  await copied
})

const hanging = 'a broker that hangs is left for the new leaders within the time limit'
test(hanging, { timeout: 10 * patienceMs }, async () => {
  // On a machine that has much else to do, the other brokers may need half of that, too.
  await using kafka = connect('60s')
  await kafka.admin.createTopic('hanging', { partitions })
  const producer = kafka.producer<number>('hanging')
  const consumer = kafka.consumer('hanging', { group: 'hanging' })
  const endReading = reading(consumer)
  for (let partition = 0; partition < partitions; partition++) {
    await producer.send(partition, { partition })
  }
  await becomes(consumer, 'live')
  for (const node of rig.cluster.nodes) {
    rig.cluster.freeze(node)
    rig.log.note(`freeze ${node}`)
    const sent = Array.from({ length: partitions }, (_, partition) =>
      producer.send(partition, { partition }),
    )
    await Promise.all([...sent, kafka.admin.describeCluster(), kafka.admin.listOffsets('hanging')])
    await becomes(consumer, 'live')
    rig.cluster.thaw(node)
    rig.log.note(`thaw ${node}`)
    await rig.cluster.inSync()
  }
  await endReading()
  const ends = await kafka.admin.listOffsets('hanging')
  const expected = 1 + rig.cluster.nodes.length
  assert.deepEqual(
    ends.map(({ offset }) => offset),
    Array(partitions).fill(expected),
    'each record is there once',
  )
})

test('with all brokers gone, errors say what may have been done; then all goes on', async () => {
  await using kafka = connect()
  await kafka.admin.createTopic('gone', { partitions })
  const producer = kafka.producer<string>('gone')
  await producer.send('before')
  const consumer = kafka.consumer('gone', { group: 'gone' })
  const endReading = reading(consumer)
  await becomes(consumer, 'live')

  await Promise.all(rig.cluster.nodes.map((node) => rig.cluster.kill(node)))
  await becomes(consumer, 'degraded')
  const soon = { timeout: '2s' } as const
  // It has its place among those that are sent, and may be yet.
  await assert.rejects(producer.send('late', soon), { code: 'timeout', maybeApplied: true })
  const given = new AbortController()
  const aborted = producer.send('aborted', { signal: given.signal })
  given.abort()
  await assert.rejects(aborted, { name: 'AbortError', maybeApplied: true })
  // Nobody was asked.
  const unasked = { code: 'timeout', maybeApplied: false }
  await assert.rejects(kafka.admin.createTopic('never', {}, soon), unasked)
  await assert.rejects(kafka.admin.deleteTopic('gone', soon), unasked)
  await assert.rejects(
    kafka.transaction('gone', (tx) => tx.send('never'), { transactionTimeout: '2s' }),
    { code: 'timeout', maybeApplied: false },
  )
  assert.equal(consumer.status, 'degraded')

  await Promise.all(rig.cluster.nodes.map((node) => rig.cluster.restart(node)))
  await rig.cluster.inSync()
  await becomes(consumer, 'live')
  assert.ok((await producer.send('after')).offset >= 0)
  await endReading()
  assert.equal(consumer.status, 'closed')
})

test('close() ends with all brokers gone, whatever is open', async () => {
  const kafka = connect(closeTimeout)
  await kafka.admin.createTopic('closing', { partitions })
  const producer = kafka.producer<string>('closing')
  await producer.send('before')
  const consumer = kafka.consumer('closing', { group: 'closing', autoCommit: true })
  const endReading = reading(consumer)
  await becomes(consumer, 'live')
  const open = kafka.transaction('closing', async (tx) => {
    await tx.send('open')
    await new Promise<never>(() => undefined)
  })
  const isAborted = assert.rejects(open, { code: 'closed' })
  await Promise.all(rig.cluster.nodes.map((node) => rig.cluster.kill(node)))
  const unsent = assert.rejects(producer.send('unsent'), { code: 'timeout' })
  const beganAtMs = performance.now()
  await kafka.close()
  const tookMs = performance.now() - beganAtMs
  assert.ok(tookMs < closeMaxMs, `it took ${tookMs} ms`)
  await Promise.all([isAborted, unsent, endReading()])
  assert.equal(consumer.status, 'closed')
})
