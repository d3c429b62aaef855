import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Broker } from '../../src/broker/broker.ts'
import { KafkaError } from '../../src/client/failure/errors.ts'
import { Kafka } from '../../src/client/kafka.ts'
import type { KafkaOptions } from '../../src/client/settings/kafka-options.ts'
import type { Frame } from '../../src/connection/frame.ts'
import { inProcessDialer } from '../../src/connection/in-process.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { produce } from '../../src/protocol/produce.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { systemClock, systemGiveWay } from '../../src/runtime/system-runtime.ts'
import { MemoryStorage } from '../../src/storage/memory-storage.ts'
import { apiKeyOf, faultyDialer, type Fault } from '../support/faulty-dialer.ts'
import { seededRandom } from '../support/random.ts'

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

/** Opens a broker and a client whose connections break as `choose` says. */
function openKafka(choose: (frame: Frame) => Fault, options: KafkaOptions = {}): Kafka {
  const broker = Broker.open({
    storage: new MemoryStorage(),
    clock: systemClock,
    random: seededRandom(),
    logger: silentLogger,
    codecs: nodeCodecs,
    options: {},
    onFailure: (error) => assert.fail(error),
  })
  const dialer = faultyDialer(
    inProcessDialer(broker, { logger: silentLogger, giveWay: systemGiveWay }),
    choose,
  )
  const kafka = new Kafka(
    { url: 'memory:', ...options },
    {
      transports: { memory: () => ({ dialer }) },
      clock: systemClock,
      random: seededRandom(),
      codecs: nodeCodecs,
      env: {},
      logger: silentLogger,
    },
  )
  opened.push(async () => {
    await kafka.close()
    await broker.close()
  })
  return kafka
}

const isProduce = (frame: Frame): boolean => apiKeyOf(frame) === produce.key

/** Breaks connections at random, requests and answers alike. */
function atRandom(seed: number, rate: number): (frame: Frame) => Fault {
  const random = seededRandom(seed)
  return () => {
    const number = random.number()
    if (number < rate / 2) return 'send'
    return number < rate ? 'answer' : undefined
  }
}

const { seed } = seededRandom()

test(`each record is stored once, in order, while connections break (SEED=${seed})`, async () => {
  let isCalm = true
  const faults = atRandom(seed, 0.1)
  const kafka = openKafka((frame) => (isCalm ? undefined : faults(frame)), { retries: 50 })
  await kafka.admin.createTopic('orders', { partitions: 3 })
  isCalm = false
  const producer = kafka.producer<number>('orders', {
    retries: 50,
    retryBackoffMs: 1,
    batchSize: 200,
  })
  const count = 3000
  const places = await Promise.all(
    Array.from({ length: count }, (_, value) => producer.send(value, { partition: value % 3 })),
  )
  const read = new Map<number, number[]>([0, 1, 2].map((partition) => [partition, []]))
  await kafka
    .consumer<number>('orders')
    .take(count)
    .forEach(({ partition, offset, value }) => {
      assert.equal(read.get(partition)!.push(value) - 1, offset)
    })
  for (const [partition, values] of read) {
    const expected = Array.from({ length: count / 3 }, (_, index) => index * 3 + partition)
    assert.deepEqual(values, expected)
  }
  // A batch that the broker had already is acknowledged with the place that it has.
  for (const [value, { partition, offset }] of places.entries()) {
    if (offset >= 0) assert.equal(read.get(partition)![offset], value)
  }
})

test(`a group reads each record while connections break (SEED=${seed})`, async () => {
  let isCalm = true
  const faults = atRandom(seed, 0.05)
  const kafka = openKafka((frame) => (isCalm ? undefined : faults(frame)), { retries: 50 })
  const count = 500
  const values = Array.from({ length: count }, (_, value) => value)
  await kafka.producer<number>('orders').sendBatch(values)
  isCalm = false
  const seen = new Set<number>()
  for await (const record of kafka.consumer<number>('orders', { group: 'g' })) {
    seen.add(record.value)
    if (record.value % 10 === 0) await record.commit()
    if (seen.size === count) break
  }
  isCalm = true
  const { lag } = await kafka.admin.describeGroup('g')
  assert.equal(lag[0]!.offset, 491)
})

test('a record whose answer is lost for good may have been stored, and its error says so', async () => {
  let isBroken = false
  const kafka = openKafka((frame) => (isBroken && isProduce(frame) ? 'answer' : undefined))
  const producer = kafka.producer('orders', { retries: 1, retryBackoffMs: 1 })
  await producer.send('before')
  isBroken = true
  await assert.rejects(producer.send('lost'), { code: 'disconnected', maybeApplied: true })
  isBroken = false
  assert.equal((await producer.send('after')).offset, 2)
})

test('a record that never left was not stored, and its error says so', async () => {
  let isBroken = false
  const kafka = openKafka(() => (isBroken ? 'send' : undefined))
  const producer = kafka.producer('orders')
  await producer.send('before')
  isBroken = true
  // The request goes, as far as the client can see; what was queued behind it does not.
  const hurried = kafka.producer('orders', { timeout: '50ms', retryBackoffMs: 1 })
  const sent = hurried.send('first')
  await assert.rejects(sent, (error) => KafkaError.is(error) && error.code !== 'closed')
  isBroken = false
  assert.equal((await producer.send('after')).offset, 1)
})

test('a broker that was never there is told of soon', async () => {
  const dialer = { dial: () => Promise.reject(new Error('ECONNREFUSED')) }
  const kafka = new Kafka(
    { url: 'kafka://localhost:1' },
    {
      transports: { kafka: () => ({ dialer }) },
      clock: systemClock,
      random: seededRandom(),
      codecs: nodeCodecs,
      env: {},
      logger: silentLogger,
    },
  )
  const expected = { code: 'disconnected', maybeApplied: false, message: /localhost:1.*ECONNREF/ }
  await assert.rejects(async () => kafka.admin.listTopics(), expected)
  await assert.rejects(kafka.produce('orders', 1), expected)
  await assert.rejects(kafka.consumer('orders', { group: 'g' }).first(), expected)
  await kafka.close()
})

test('concurrent first uses share one connection', async () => {
  let dialled = 0
  const kafka = openKafka(() => undefined)
  const broken = openKafka((frame) => {
    // ApiVersions is the first request of each connection.
    if (apiKeyOf(frame) === 18) dialled++
    return undefined
  })
  await Promise.all([
    broken.admin.listTopics(),
    broken.produce('orders', 1),
    broken.admin.describeCluster(),
    broken.produce('payments', 2),
  ])
  assert.equal(dialled, 1)
  await kafka.close()
})

test('close() rejects what cannot be sent, and settles', async () => {
  let isBroken = false
  const kafka = openKafka((frame) => (isBroken && isProduce(frame) ? 'send' : undefined))
  await kafka.produce('orders', 'before')
  const producer = kafka.producer('orders', { timeout: '100ms', retries: 1000 })
  isBroken = true
  const sent = producer.send('stuck')
  const outcome = assert.rejects(sent, KafkaError)
  await kafka.close()
  await outcome
})

test('close({ timeout }) gives up then, and says what became of each record', async () => {
  let isBroken = false
  const kafka = openKafka((frame) => (isBroken && isProduce(frame) ? 'answer' : undefined))
  await kafka.produce('orders', 'before')
  isBroken = true
  const sent = kafka.producer('orders', { retries: 1000 }).send('stuck')
  const outcome = assert.rejects(sent, { maybeApplied: true })
  await kafka.close({ timeout: '50ms' })
  await outcome
  await assert.rejects(async () => kafka.admin.listTopics(), { code: 'closed' })
})

test('status tells of failures while they last, and goes on as before', async () => {
  let isBroken = false
  const isFetch = (frame: Frame): boolean => apiKeyOf(frame) === fetch.key
  const kafka = openKafka((frame) => (isBroken && isFetch(frame) ? 'send' : undefined))
  await kafka.produce('orders', 1)
  const consumer = kafka.consumer<number>('orders', { fetchMaxWaitMs: 10 })
  const seen: string[] = []
  const until = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const end = consumer.onStatus((status) => {
        seen.push(status)
        if (status === wanted) resolve(end())
      })
    })
  assert.equal(consumer.status, 'connecting')
  const live = until('live')
  assert.equal((await consumer.next())?.value, 1)
  await live
  const degraded = until('degraded')
  isBroken = true
  await degraded
  const liveAgain = until('live')
  isBroken = false
  await liveAgain
  const closed = until('closed')
  await consumer.close()
  await closed
  assert.equal(consumer.status, 'closed')
  assert.deepEqual(seen, ['live', 'degraded', 'live', 'closed'])
})
