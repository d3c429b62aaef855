/**
 * The SDK on three brokers of Apache Kafka that are killed, shut down and restarted meanwhile:
 * `node --test test/client/on-apache-kafka-cluster.ts`; needs Java and Maven.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka } from '../../src/index-node.ts'
import { startApacheKafkaCluster } from '../support/apache-kafka-cluster.ts'
import type { ApacheKafkaCluster } from '../support/apache-kafka-cluster.ts'

const partitionCount = 3
const sendPauseMs = 10
/** Until the followers have caught up again. */
const recoveryMs = 6000
const limits = { timeout: '90s' } as const

let cluster: ApacheKafkaCluster
before(async () => {
  cluster = await startApacheKafkaCluster()
})
after(() => cluster.stop())

/** Has each broker end and come back, one after the other. */
async function disturb(): Promise<void> {
  for (const node of cluster.nodes) {
    if (node % 2 === 0) await cluster.shutDown(node)
    else await cluster.kill(node)
    await sleep(2000)
    await cluster.restart(node)
    await sleep(recoveryMs)
  }
}

test('while brokers come and go nothing is lost, nothing is twice, and groups go on', async () => {
  await using kafka = new Kafka({ url: `kafka://${cluster.bootstrap}`, ...limits })
  for (const topic of ['numbers', 'copies']) {
    await kafka.admin.createTopic(topic, { partitions: partitionCount })
  }
  let isOver = false
  const disturbed = disturb().finally(() => (isOver = true))

  const producer = kafka.producer<number>('numbers')
  const sends: Promise<unknown>[] = []
  const failures: unknown[] = []
  const sending = (async () => {
    for (let number = 0; !isOver; number++) {
      const sent = producer.send(number, { partition: number % partitionCount })
      sends.push(sent.catch((error: unknown) => failures.push(error)))
      await sleep(sendPauseMs)
    }
    await Promise.all(sends)
    return sends.length
  })()

  // A group of two, whose members copy what they read in transactions.
  const stop = new AbortController()
  const aborts: string[] = []
  const copied = [new Set<number>(), new Set<number>(), new Set<number>()]
  let copiedCount = 0
  const copiers = [1, 2].map(async () => {
    while (!stop.signal.aborted) {
      const batches = kafka.batchConsumer<number>('numbers', {
        group: 'copiers',
        batchSize: 100,
        batchTimeout: 100,
        signal: stop.signal,
      })
      try {
        for await (const batch of batches) {
          await kafka.transaction<number>('copies', (tx) => {
            for (const { value, partition } of batch) void tx.send(value, { partition })
            tx.commit(batch)
          })
          for (const { value, partition } of batch) copied[partition]!.add(value)
          copiedCount += batch.length
        }
      } catch (error) {
        aborts.push(String(error))
      }
    }
  })

  await disturbed
  const sentCount = await sending
  assert.deepEqual(failures, [])
  const deadlineMs = performance.now() + 60_000
  while (copied.reduce((sum, { size }) => sum + size, 0) < sentCount) {
    assert.ok(
      performance.now() < deadlineMs,
      `${copiedCount} of ${sentCount}; ${aborts.join('\n')}`,
    )
    await sleep(200)
  }
  stop.abort()
  await Promise.all(copiers)

  for (const topic of ['numbers', 'copies']) {
    const found: number[][] = [[], [], []]
    let count = 0
    const reader = kafka.consumer<number>(topic)
    for (;;) {
      const record = await reader.next({ timeout: '5s' }).catch(() => undefined)
      if (!record) break
      found[record.partition]!.push(record.value)
      count++
    }
    await reader.close()
    assert.equal(count, sentCount, `${topic} has ${count} records of ${sentCount}`)
    found.forEach((values, partition) => {
      const expected = values.map((_, index) => index * partitionCount + partition)
      assert.deepEqual(values, expected, `the order of ${topic}-${partition}`)
    })
  }
  process.stdout.write(`${sentCount} records; transactions that were aborted: ${aborts.length}\n`)
  for (const abort of aborts) process.stdout.write(`  ${abort}\n`)
})
