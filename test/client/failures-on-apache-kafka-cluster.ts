/**
 * What a program is told where brokers of Apache Kafka hang, or are all gone: whether something may
 * have been done, how a consumer is doing; and that closing always ends.
 *
 * `node --test test/client/failures-on-apache-kafka-cluster.ts`; needs Java and Maven.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import type { ConsumerStatus } from '../../src/client/consumer/consumer-status.ts'
import { Kafka } from '../../src/index-node.ts'
import { startApacheKafkaCluster } from '../support/apache-kafka-cluster.ts'
import type { ApacheKafkaCluster } from '../support/apache-kafka-cluster.ts'

const partitions = 3
/** Longer than it takes Apache Kafka's controller to notice that a broker is away. */
const patienceMs = 60_000
/** What closing takes at most: the time that a record has to be sent, then what else is open. */
const closeTimeout = '10s'
const closeMaxMs = 20_000

let cluster: ApacheKafkaCluster
before(async () => {
  cluster = await startApacheKafkaCluster()
})
after(() => cluster.stop())

const connect = (timeout: '30s' | '10s' = '30s'): Kafka =>
  new Kafka({ url: `kafka://${cluster.bootstrap}`, timeout })

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

const hanging = 'a broker that hangs is left for the new leaders within the time limit'
test(hanging, { timeout: 10 * patienceMs }, async () => {
  await using kafka = connect()
  await kafka.admin.createTopic('hanging', { partitions })
  const producer = kafka.producer<number>('hanging')
  const consumer = kafka.consumer('hanging', { group: 'hanging' })
  const endReading = reading(consumer)
  for (let partition = 0; partition < partitions; partition++) {
    await producer.send(partition, { partition })
  }
  await becomes(consumer, 'live')
  for (const node of cluster.nodes) {
    cluster.freeze(node)
    const sent = Array.from({ length: partitions }, (_, partition) =>
      producer.send(partition, { partition }),
    )
    await Promise.all([...sent, kafka.admin.describeCluster(), kafka.admin.listOffsets('hanging')])
    await becomes(consumer, 'live')
    cluster.thaw(node)
    await cluster.inSync()
  }
  await endReading()
  const ends = await kafka.admin.listOffsets('hanging')
  const expected = 1 + cluster.nodes.length
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

  await Promise.all(cluster.nodes.map((node) => cluster.kill(node)))
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

  await Promise.all(cluster.nodes.map((node) => cluster.restart(node)))
  await cluster.inSync()
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
  await Promise.all(cluster.nodes.map((node) => cluster.kill(node)))
  const unsent = assert.rejects(producer.send('unsent'), { code: 'timeout' })
  const beganAtMs = performance.now()
  await kafka.close()
  const tookMs = performance.now() - beganAtMs
  assert.ok(tookMs < closeMaxMs, `it took ${tookMs} ms`)
  await Promise.all([isAborted, unsent, endReading()])
  assert.equal(consumer.status, 'closed')
})
