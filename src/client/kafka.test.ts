import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../test/support/scripted-broker.ts'
import * as forNode from '../index-node.ts'
import * as forBrowsers from '../index.ts'
import { fetch } from '../protocol/fetch.ts'
import { listOffsets } from '../protocol/list-offsets.ts'
import * as ofStreams from '../streams/exports.ts'
import { Kafka } from './kafka.ts'
import { produce } from '../protocol/produce.ts'
import type { StandardSchema } from './record/serde.ts'

interface Order {
  readonly orderId: string
  readonly amount: number
}

const open = (broker = new ScriptedBroker()): Kafka =>
  new Kafka({ url: 'kafka://broker-1' }, broker.platform())

test('nothing connects before the first operation', async () => {
  const broker = new ScriptedBroker()
  const kafka = open(broker)
  kafka.producer('orders')
  kafka.consumer('orders', { group: 'g' })
  kafka.admin.listTopics()
  await kafka.close()
  assert.deepEqual(broker.dialled, [])
})

test('a consumer says with each fetch where it is, and how much it takes', async () => {
  const fetched = Promise.withResolvers<unknown>()
  const broker = new ScriptedBroker()
    .withTopics({ orders: 1 })
    .on(listOffsets, () => ({
      topics: [
        {
          name: 'orders',
          partitions: [{ partitionIndex: 0, errorCode: 0, offset: 0, timestamp: -1 }],
        },
      ],
    }))
    .on(fetch, ({ rackId, topics: [orders] }) => {
      fetched.resolve([rackId, orders!.partitions[0]!.partitionMaxBytes])
      return { responses: [] }
    })
  const kafka = open(broker)
  const consumer = kafka.consumer('orders', { rackId: 'near', maxPartitionFetchBytes: 5000 })
  const none = consumer.next()
  assert.deepEqual(await fetched.promise, ['near', 5000])
  await kafka.close()
  assert.equal(await none, undefined)
})

test('produce() and sendBatch() refuse options that there are not', async () => {
  const kafka = open()
  // A serde is for a producer: without one this would be sent as JSON.
  for (const option of ['value', 'keys', 'idempotent']) {
    const options = { [option]: 'bytes' } as never
    const expected = { code: 'invalid_option', option }
    assert.throws(() => kafka.produce('orders', 1, options), expected)
    await assert.rejects(kafka.producer('orders').sendBatch([1], options), expected)
  }
  await kafka.close()
})

test('sendBatch() gives up all records with its signal, and says they may be stored', async () => {
  const giveUp = new AbortController()
  const sent = open().producer<number>('orders').sendBatch([1, 2], { signal: giveUp.signal })
  giveUp.abort(new Error('enough'))
  await assert.rejects(sent, { message: 'enough', maybeApplied: true })
})

test('flush() can be given up, and the records are still on their way', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 }).on(produce, () => undefined)
  const producer = open(broker).producer<number>('orders', { idempotent: false })
  const failed = assert.rejects(producer.send(1), { code: 'timeout', maybeApplied: true })
  const enough = new AbortController()
  const flushed = producer.flush({ signal: enough.signal })
  await settled()
  enough.abort(new Error('enough'))
  await assert.rejects(flushed, { message: 'enough', maybeApplied: true })
  const soon = producer.flush({ timeout: '1s' })
  await settled()
  broker.clock.advance(1000)
  await assert.rejects(soon, { code: 'timeout', maybeApplied: true })
  for (let second = 0; second < 60; second++) {
    broker.clock.advance(1000)
    await settled()
  }
  await failed
})

test('close() of a producer can be given up, too, and it stays closed', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 }).on(produce, () => undefined)
  const kafka = open(broker)
  const producer = kafka.asyncProducer<number>('orders', { idempotent: false })
  const sent = producer.send(1)
  const closed = producer.close({ timeout: '1s' })
  const late = assert.rejects(closed, { code: 'timeout', maybeApplied: true })
  await settled()
  broker.clock.advance(1000)
  await late
  await assert.rejects(producer.send(2), { code: 'closed' })
  const given = assert.rejects(sent, { code: 'closed' })
  await kafka.close({ signal: AbortSignal.abort() })
  await given
  const reports = []
  for await (const { error } of producer.reports()) reports.push(error !== undefined)
  assert.deepEqual(reports, [true, true])
})

test('what browsers import is there in Node as well, which has streams besides', () => {
  const names = Object.keys({ ...forBrowsers, ...ofStreams })
  assert.deepEqual(names.sort(), Object.keys(forNode).sort())
})

test('a schema or a serde gives keys and values their types', () => {
  const schema = undefined as unknown as StandardSchema<Order>
  const types = (kafka: Kafka): unknown[] => [
    kafka.producer('orders', { value: schema }).send({ orderId: '1', amount: 2 }),
    // @ts-expect-error -- amounts are numbers
    kafka.producer('orders', { value: schema }).send({ orderId: '1', amount: '2' }),
    kafka.consumer('orders', { value: schema }).map(({ value }) => value.amount.toFixed(2)),
    // @ts-expect-error -- an order has no such field
    kafka.consumer('orders', { value: schema }).map(({ value }) => value.price),
    kafka.consumer('orders', { key: forNode.bytes }).process(({ key }) => key?.subarray(1)),
    // @ts-expect-error -- it is one of three
    kafka.consumer('orders').process(() => undefined, { ordered: 'topic' }),
  ]
  // It is there to be compiled.
  assert.equal(typeof types, 'function')
})

test('a client for browsers says which URLs it can do', () => {
  assert.throws(() => new forBrowsers.Kafka({ url: 'kafka://b1' }), {
    code: 'invalid_option',
    message: /begins with http: or https:/,
  })
})

test('bad options are refused when they are given, not when they are needed', () => {
  const kafka = open()
  const refused = (option: string) => ({ code: 'invalid_option', option })
  assert.throws(() => kafka.producer('orders', { batchSize: -1 }), refused('batchSize'))
  assert.throws(() => kafka.consumer('orders', { group: '' }), refused('group'))
  assert.throws(() => kafka.consumer([]), refused('topics'))
  assert.throws(() => kafka.batchConsumer('orders', { batchSize: 0 }), refused('batchSize'))
  assert.throws(() => kafka.producer('orders', { compression: 'gzip' }), {
    code: 'invalid_option',
    option: 'compression',
  })
})

test('a closed client refuses, and closing it again is nothing', async () => {
  const kafka = open()
  await kafka.close()
  await kafka.close()
  assert.throws(() => kafka.producer('orders'), { code: 'closed' })
  assert.throws(() => kafka.consumer('orders'), { code: 'closed' })
  await assert.rejects(async () => kafka.admin.listTopics(), { code: 'closed' })
})

const never = new Promise<void>(() => undefined)

test('close() gives up what is left when that is said while it waits', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 }).on(produce, () => undefined)
  const kafka = open(broker)
  const sent = kafka.producer<number>('orders', { idempotent: false }).send(1)
  const given = assert.rejects(sent, { code: 'closed', maybeApplied: true })
  await settled()
  const closing = kafka.close()
  await settled()
  const hurried = kafka.close({ timeout: '1s' })
  await settled()
  broker.clock.advance(1000)
  await Promise.all([hurried, closing, given])
})

test('close() has groups left at once without any time, else when that is over', async () => {
  for (const timeout of [0, 1000]) {
    const broker = new ScriptedBroker()
    const clock = broker.clock
    const hurriedAtMs: number[] = []
    const consumer = {
      close: () => new Promise<void>(() => undefined),
      hurry: () => void hurriedAtMs.push(clock.monotonic()),
    }
    class Busy extends Kafka {
      readonly work = this.runUntilClosed(() => ({ ...consumer, started: never, finished: never }))
    }
    const closed = new Busy({ url: 'kafka://broker-1' }, broker.platform()).close({ timeout })
    await settled()
    clock.advance(timeout)
    await settled()
    assert.equal(hurriedAtMs[0], timeout)
    clock.advance(0)
    await closed
  }
})

test('close() without any time sends records that wait, also behind a consumer', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 2 }).on(produce, () => undefined)
  const consumer = { close: () => never, hurry: () => {}, started: never, finished: never }
  class Busy extends Kafka {
    readonly work = this.runUntilClosed(() => consumer)
  }
  const kafka = new Busy({ url: 'kafka://broker-1' }, broker.platform())
  const orders = kafka.producer('orders', { acks: 1, lingerMs: 50 })
  const sent: Promise<void>[] = []
  for (const partition of [0, 1]) {
    sent.push(assert.rejects(orders.send('x', { partition }), { code: 'closed' }))
    await settled()
    await settled()
  }
  assert.equal(broker.requests(produce).length, 1, 'the second waits: the broker is busy')
  const closed = kafka.close({ timeout: 0 })
  await settled()
  assert.equal(broker.requests(produce).length, 2)
  broker.clock.advance(0)
  await settled()
  broker.clock.advance(0)
  await Promise.all([...sent, closed])
})

test('close() has nothing to wait for once another has given up what was left', async () => {
  const broker = new ScriptedBroker()
  class Busy extends Kafka {
    readonly work = this.runUntilClosed(() => ({
      started: never,
      finished: never,
      close: () => never,
    }))
  }
  const kafka = new Busy({ url: 'kafka://broker-1' }, broker.platform())
  const given = kafka.close({ timeout: '1s' })
  const patient = kafka.close()
  await settled()
  broker.clock.advance(1000)
  await Promise.all([given, patient, kafka.close()])
})

/** Checked by the compiler, not run. */
export function types(kafka: Kafka): void {
  const orders = kafka.producer<Order>('orders')
  void orders.send({ orderId: '1', amount: 2 }, { key: 'a', timestamp: new Date(0) })
  // @ts-expect-error -- a field is missing
  void orders.send({ orderId: '1' })
  // @ts-expect-error -- keys are text here
  void orders.send({ orderId: '1', amount: 2 }, { key: 5 })
  // @ts-expect-error -- no such duration
  void orders.send({ orderId: '1', amount: 2 }, { timeout: '5 minutes' })
  void orders.sendBatch([{ key: 'a', value: { orderId: '1', amount: 2 } }])
  void orders.sendBatch([{ orderId: '1', amount: 2 }])

  void kafka.transaction<Order>('orders', async (tx) => {
    await tx.send({ orderId: '1', amount: 2 }, { key: 'a' })
    // @ts-expect-error -- a field is missing
    await tx.send({ orderId: '1' })
    // Another topic has values of its own.
    await tx.send('text', { topic: 'notes', serde: 'string' })
    await tx.sendBatch([1, 2], { topic: 'numbers' })
  })
  void kafka.initTransactions({ transactionalId: 'orders', transactionTimeout: '30s' })
  // @ts-expect-error -- whose transactions are to be ended, it has to say
  void kafka.initTransactions({ transactionTimeout: '30s' })
  const given: Promise<number> = kafka.transaction('orders', () => 5)
  void given
  // @ts-expect-error -- a transaction is always acknowledged by all
  void kafka.transaction('orders', () => 5, { acks: 1 })

  // Values that look like messages have to be in messages.
  const pairs = kafka.producer<{ key: string; value: number }>('pairs')
  void pairs.sendBatch([{ key: null, value: { key: 'a', value: 1 } }])
  // @ts-expect-error -- this could be a message with a number for its value
  void pairs.sendBatch([{ key: 'a', value: 1 }])

  const schema = {} as StandardSchema<unknown, Order>
  void kafka
    .consumer('orders', { group: 'g', value: schema })
    .map(({ value }) => value.amount.toFixed(2))
    .forEach((text) => text.length)
  const records: AsyncIterable<{ readonly value: Order }> = kafka.consumer<Order>('orders')
  void records
  const bytes = kafka.consumer<Uint8Array, Uint8Array>('raw', { value: 'bytes', key: 'bytes' })
  void bytes.first().then((record) => record?.key?.length)
  // @ts-expect-error -- no such place to begin
  void kafka.consumer('orders', { offset: 'newest' })
}

test('what is not the name of a topic is refused by name, as by programs without types', () => {
  const kafka = open()
  const refused = { code: 'invalid_option', option: 'topics' }
  for (const topic of [undefined, null, '', 5, { groupId: 'billing' }] as unknown as string[]) {
    assert.throws(() => kafka.producer(topic), refused)
    assert.throws(() => kafka.consumer(topic), refused)
    assert.throws(() => kafka.consumer([topic]), refused)
  }
})
