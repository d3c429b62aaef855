import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withRetry } from '../client/failure/retry.ts'
import { Kafka } from '../index-node.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import { MockKafka } from './mock-kafka.ts'

test('getMessages() gives what is committed, and ends behind the markers', async () => {
  await using kafka = new MockKafka()
  await kafka.admin.createTopic('orders', { partitions: 2 })
  await kafka.transaction('orders', (tx) => tx.send('seen', { partition: 1 }))
  const failing = kafka.transaction('orders', async (tx) => {
    await tx.send('never', { partition: 0 })
    throw new Error('no')
  })
  await assert.rejects(failing)
  const messages = await kafka.getMessages('orders')
  assert.deepEqual(
    messages.map(({ value }) => value),
    ['seen'],
  )
  await kafka.admin.createTopic('empty')
  assert.deepEqual(await kafka.getMessages('empty'), [])
})

test('a MockKafka is a Kafka, and none that a program has made of that', async () => {
  class Own extends Kafka {}
  await using mock = new MockKafka()
  await using own = new Own()
  const clients: unknown[] = [mock, own, {}]
  assert.deepEqual(
    clients.map((client) => [client instanceof Kafka, client instanceof Own]),
    [
      [true, false],
      [true, true],
      [false, false],
    ],
  )
})

test('failNext() refuses as often as it was told, which retries hide', async () => {
  await using kafka = new MockKafka()
  kafka.failNext('Produce', 'NOT_LEADER_OR_FOLLOWER')
  assert.equal((await kafka.produce('orders', 1)).offset, 0)
  kafka.failNext('Produce', 'TOPIC_AUTHORIZATION_FAILED', { times: 2 })
  await assert.rejects(kafka.produce('orders', 2), { code: 'unauthorized' })
  await assert.rejects(kafka.produce('orders', 3), { code: 'unauthorized' })
  assert.equal((await kafka.produce('orders', 4)).offset, 1)
})

test('withRetry() tries again what failNext() refused', async () => {
  await using kafka = new MockKafka({ retries: 0 })
  kafka.failNext('CreateTopics', 'REQUEST_TIMED_OUT', { times: 2 })
  let attempts = 0
  const create = () => (attempts++, kafka.admin.createTopic('orders'))
  await withRetry(create, { baseDelay: 1 })
  assert.equal(attempts, 3)
})

test('disconnectNext() loses an answer: what was sent again is stored once', async () => {
  await using kafka = new MockKafka()
  await kafka.admin.createTopic('orders')
  kafka.disconnectNext('Produce')
  await kafka.produce('orders', 'once')
  kafka.disconnectNext('Produce', { applied: false })
  await kafka.produce('orders', 'twice')
  kafka.disconnect()
  const messages = await kafka.getMessages('orders')
  assert.deepEqual(
    messages.map(({ value }) => value),
    ['once', 'twice'],
  )
})

test('a commit whose answer is lost is repeated; one that is refused is undone', async () => {
  await using kafka = new MockKafka()
  await kafka.admin.createTopic('orders')
  kafka.disconnectNext('EndTxn')
  await kafka.transaction('orders', (tx) => tx.send('kept'))
  kafka.failNext('EndTxn', 'TRANSACTION_ABORTABLE')
  const refused = kafka.transaction('orders', (tx) => tx.send('undone'))
  await assert.rejects(refused, { code: 'transaction_abortable', maybeApplied: false })
  await kafka.transaction('orders', (tx) => tx.send('next'))
  const messages = await kafka.getMessages('orders')
  assert.deepEqual(
    messages.map(({ value }) => value),
    ['kept', 'next'],
  )
})

test('latency() delays answers by the clock', async () => {
  const clock = new ManualClock()
  await using kafka = new MockKafka({ clock })
  await kafka.admin.createTopic('orders')
  kafka.latency('2s')
  let isThere = false
  const listed = kafka.admin.listTopics().then(() => (isThere = true))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isThere, false)
  kafka.latency(0)
  clock.advance(2000)
  await listed
})

test('a group begins at once also where the broker has other options for groups', async () => {
  const broker = { groups: { maxSize: 2 } }
  await using kafka = new MockKafka({ clock: new ManualClock(), broker })
  await kafka.produce('orders', 1)
  kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION')
  const record = await kafka.consumer('orders', { group: 'old' }).next()
  assert.equal(record?.value, 1)
})

test('close() does not wait for latency', async () => {
  const kafka = new MockKafka({ clock: new ManualClock() })
  await kafka.produce('orders', 1)
  const consumer = kafka.consumer('orders', { group: 'g' })
  await consumer.next()
  kafka.latency('2s')
  await kafka.close()
})

test('consumers use the classic protocol where a broker refuses the newer one', async () => {
  await using kafka = new MockKafka()
  await kafka.producer<number>('orders').sendBatch([1, 2, 3])
  kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION')
  const consumer = kafka.consumer<number>('orders', { group: 'old' })
  const first = await consumer.next()
  await first!.commit()
  assert.equal((await kafka.admin.describeGroup('old')).type, 'classic')
  await consumer.close()
  assert.equal((await kafka.admin.describeGroup('old')).totalLag, 2)
})
