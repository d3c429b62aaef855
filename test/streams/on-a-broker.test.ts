/** Streams on a real broker, in this process. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { RestoreProgress, RunOptions } from '../../src/streams/dsl/run-options.ts'
import type { TopologyChangedError } from '../../src/streams/topology/topology-changed-error.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

interface Order {
  readonly id: string
  readonly customerId: string
  readonly amount: number
}

const orders: readonly Order[] = [
  { id: '1', customerId: 'ann', amount: 50 },
  { id: '2', customerId: 'bob', amount: 150 },
  { id: '3', customerId: 'ann', amount: 250 },
]

function openKafka(t: TestContext): MockKafka {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  return kafka
}

/** Resolves with the first `count` values of a topic. */
async function valuesOf<Value>(kafka: MockKafka, topic: string, count: number): Promise<Value[]> {
  const records = await kafka.consumer<Value>(topic).take(count).toArray()
  return records.map(({ value }) => value)
}

test('filter, map and to copy what is wanted to another topic', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('orders', orders)
  kafka
    .stream<Order>('orders')
    .filter((order) => order.amount > 100)
    .map((order) => ({ ...order, tier: 'premium' }))
    .to('high-value-orders')
  const found = await valuesOf<Order & { tier: string }>(kafka, 'high-value-orders', 2)
  assert.deepEqual(
    found.map(({ id, tier }) => [id, tier]),
    [
      ['2', 'premium'],
      ['3', 'premium'],
    ],
  )
})

test('groupBy and reduce keep a total of each customer, also over a restart', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('orders', orders)
  const totals = new Map<string, number>()
  const begin = (wanted: number) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const run = kafka
      .stream<Order>('orders')
      .groupBy((order) => order.customerId)
      .reduce(0, (total, order) => total + order.amount)
      .forEach((customerId, total) => {
        totals.set(customerId, total!)
        if (total === wanted) resolve()
      })
    return { run, done: promise }
  }
  const first = begin(300)
  await first.done
  await first.run.close()
  assert.deepEqual(Object.fromEntries(totals), { ann: 300, bob: 150 })
  totals.clear()
  await kafka.seed('orders', [{ id: '4', customerId: 'ann', amount: 1000 }])
  const second = begin(1300)
  await second.done
  await second.run.close()
  assert.deepEqual(Object.fromEntries(totals), { ann: 1300 }, 'what was committed is not repeated')
})

test('what has another key goes through a repartition topic to one task', async (t) => {
  const kafka = openKafka(t)
  await kafka.admin.createTopic('orders', { partitions: 3 })
  const many = Array.from({ length: 300 }, (_, number) => {
    return { value: { customerId: `c${number % 7}`, amount: 1 }, key: String(number) }
  })
  await kafka.seed('orders', many)
  const totals = new Map<string, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = kafka
    .stream<Order>('orders')
    .groupBy((order) => order.customerId)
    .count()
    .forEach((customerId, count) => {
      totals.set(customerId, count!)
      if ([...totals.values()].reduce((sum, one) => sum + one, 0) === 300) resolve()
    })
  await Promise.race([promise, run.finished])
  assert.equal(totals.size, 7)
  await run.close()
})

test('windows close though nothing is sent any more', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('orders', orders)
  const results: unknown[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = kafka.streams(
    'counting',
    (sources) => {
      sources
        .stream<Order>('orders')
        .window(Window.tumbling('100ms'))
        .groupBy((order) => order.customerId)
        .count()
        .final()
        .forEach((customerId, { value }) => {
          results.push([customerId, value])
          if (results.length === 2) resolve()
        })
    },
    { idle: '50ms', commitInterval: '20ms' },
  )
  await Promise.race([promise, run.finished])
  await run.close()
})

test('orders are joined with customers by what they have in common', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('customers', [{ id: 'ann', name: 'Ann' }])
  await kafka.seed('orders', orders)
  const names: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const customers = kafka.stream<{ id: string; name: string }>('customers')
  const run = kafka
    .stream<Order>('orders')
    .join(customers, { on: (order, customer) => order.customerId === customer.id, window: '1h' })
    .forEach((order, customer) => {
      names.push(`${order.id} by ${customer.name}`)
      if (names.length === 2) resolve()
    })
  await Promise.race([promise, run.finished])
  assert.deepEqual(names.toSorted(), ['1 by Ann', '3 by Ann'])
  await run.close()
})

test('a callback that throws ends the stream, and says so', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('orders', orders)
  const run = kafka.stream<Order>('orders').forEach(() => {
    throw new Error('no thanks')
  })
  await assert.rejects(run.finished, /no thanks/)
})

test('for await gives one result after the other; what was not looked at comes again', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('orders', orders)
  const stream = () => kafka.stream<Order>('orders').map(({ id }) => id)
  const seen: string[] = []
  for await (const id of stream()) {
    seen.push(id)
    if (id === '2') break
  }
  for await (const id of stream()) {
    seen.push(id)
    if (id === '3') break
  }
  assert.deepEqual(seen, ['1', '2', '1', '2', '3'])
})

test('a record at which the program throws goes to deadLetter, and the next one follows', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('orders', orders)
  const map = ({ id }: Order): string => {
    if (id === '2') throw new Error('not this one')
    return id
  }
  kafka.stream<Order>('orders').map(map).to('ids', { deadLetter: 'failed-orders' })
  assert.deepEqual(await valuesOf(kafka, 'ids', 2), ['1', '3'])
  const letter = await kafka.consumer<Order>('failed-orders').first()
  assert.equal(letter?.value.id, '2')
  assert.equal(letter?.headers['error'], 'not this one')
  assert.equal(letter?.headers['original-offset'], '1')
})

test('mapAsync works on several at once, and keeps the order of a key', async (t) => {
  const kafka = openKafka(t)
  const numbers = Array.from({ length: 100 }, (_, number) => ({
    key: `k${number % 5}`,
    value: number,
  }))
  await kafka.seed('numbers', numbers)
  let atOnce = 0
  let most = 0
  const work = async (number: number): Promise<number> => {
    most = Math.max(most, ++atOnce)
    // The later ones are done sooner.
    for (let turn = 0; turn < 100 - number; turn++) await Promise.resolve()
    atOnce--
    return number
  }
  kafka.stream<number>('numbers').mapAsync(work, { concurrency: 8 }).to('worked')
  const records = await kafka.consumer<number>('worked').take(100).toArray()
  assert.equal(most, 8)
  for (const key of ['k0', 'k4']) {
    const ofKey = records.filter((record) => record.key === key).map(({ value }) => value)
    assert.deepEqual(
      ofKey,
      ofKey.toSorted((a, b) => a - b),
    )
    assert.equal(ofKey.length, 20)
  }
})

test('onDrop is told of what is late', async (t) => {
  const kafka = openKafka(t)
  const dropped: string[] = []
  const done = Promise.withResolvers<void>()
  const run = kafka
    .stream<Order>('orders')
    .window(Window.tumbling(10))
    .groupBy((order) => order.customerId)
    .count()
    .forEach((_, { value, start }) => value === 2 && start === 20 && done.resolve(), {
      onDrop: ({ reason, step, timestamp }) => dropped.push(`${reason} ${timestamp} ${step}`),
    })
  for (const timestamp of [5, 25, 7, 28]) {
    await kafka.produce('orders', { customerId: 'ann' }, { key: 'k', timestamp })
  }
  await Promise.race([done.promise, run.finished])
  assert.deepEqual(dropped, ['late 7 orders/groupBy/count'])
  await run.close()
})

test('exactlyOnce shows results once they are committed, with their offsets', async (t) => {
  const kafka = openKafka(t)
  await kafka.admin.createTopic('orders', { partitions: 2 })
  const count = 200
  const numbers = Array.from({ length: count }, (_, number) => number)
  await kafka.seed(
    'orders',
    numbers.map((number) => ({
      value: { customerId: `c${number % 3}`, amount: 1 },
      key: `k${number}`,
    })),
  )
  const run = kafka
    .stream<Order>('orders')
    .groupBy((order) => order.customerId)
    .count()
    .to('counts', { guarantee: 'exactlyOnce', commitInterval: '10ms' })
  const seen = new Map<string, number[]>()
  for await (const { key, value } of kafka.consumer<number>('counts')) {
    seen.set(key!, [...(seen.get(key!) ?? []), value])
    if ([...seen.values()].reduce((sum, values) => sum + values.length, 0) === count) break
  }
  await run.close()
  for (const values of seen.values()) {
    assert.deepEqual(
      values,
      values.map((_, index) => index + 1),
    )
  }
})

test('a program that would lose what it remembers is refused, unless it is accepted', async (t) => {
  const kafka = openKafka(t)
  await kafka.admin.createTopic('orders', { partitions: 2 })
  await kafka.seed('orders', orders)
  const counting = (size: number, options: RunOptions = {}) =>
    kafka.streams(
      'counting',
      (sources) => {
        const windows = sources.stream<Order>('orders').window(Window.tumbling(size))
        windows
          .groupBy(({ customerId }) => customerId)
          .count()
          .to('counts')
      },
      options,
    )
  const first = counting(1000)
  await first.started
  await first.close()
  const same = counting(1000)
  await same.started
  await same.close()
  const other = counting(2000)
  await assert.rejects(other.finished, (error: TopologyChangedError) => {
    assert.equal(error.name, 'TopologyChangedError')
    assert.deepEqual(error.changes, [
      "'orders/groupBy/count': advanceMs was 1000, is 2000",
      "'orders/groupBy/count': sizeMs was 1000, is 2000",
    ])
    return true
  })
  const accepted = counting(2000, { onTopologyChange: 'accept' })
  await accepted.started
  await accepted.close()
  await assert.rejects(counting(1000).started, /sizeMs was 2000, is 1000/)
})

test('what was accepted to be lost is not taken for something else', async (t) => {
  const kafka = openKafka(t)
  const results: unknown[] = []
  const counting = (size: number, wanted: number, options: RunOptions = {}) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const run = kafka.streams(
      'counting',
      (sources) => {
        const windows = sources.stream<Order>('orders').window(Window.tumbling(size))
        const counts = windows.groupBy(({ customerId }) => customerId).count()
        counts.forEach((_, { start, value }) => {
          results.push([start, value])
          if (value === wanted) resolve()
        })
      },
      options,
    )
    return { run, done: Promise.race([promise, run.finished]) }
  }
  const order = { customerId: 'ann' }
  await kafka.seed('orders', [{ key: 'k', value: order, timestamp: 1000 }])
  const first = counting(1000, 1)
  await first.done
  await first.run.close()
  const second = counting(2000, 1, { onTopologyChange: 'accept' })
  await second.run.started
  await kafka.seed('orders', [{ key: 'k', value: order, timestamp: 1500 }])
  await second.done
  assert.deepEqual(second.run.windowStore('orders/groupBy/count').all(), [
    ['ann', { value: 1, start: 0, end: 2000 }],
  ])
  await second.run.close()
  assert.deepEqual(results, [
    [1000, 1],
    [0, 1],
  ])
})

test('topics of its own grow with those that it reads, once that is accepted', async (t) => {
  const kafka = openKafka(t)
  await kafka.admin.createTopic('orders', { partitions: 2 })
  const counting = (options: RunOptions = {}) =>
    kafka
      .stream<Order>('orders')
      .groupBy(({ customerId }) => customerId)
      .count()
      .to('counts', { name: 'counting', ...options })
  const first = counting()
  await first.started
  await first.close()
  await kafka.admin.alterTopic('orders', { partitions: 4 })
  await assert.rejects(counting().started, /partitions was 2, is 4/)
  const grown = counting({ onTopologyChange: 'accept' })
  await grown.started
  const many = Array.from({ length: 20 }, (_, number) => ({
    key: `k${number}`,
    value: { customerId: `c${number}` },
  }))
  await kafka.seed('orders', many)
  const counts = await kafka.consumer<number>('counts').take(20).toArray()
  assert.equal(new Set(counts.map(({ key }) => key)).size, 20)
  const own = (await kafka.admin.listTopics()).filter(({ name }) => /repart|changel/.test(name))
  assert.deepEqual(
    own.map(({ partitions }) => partitions),
    [4, 4],
  )
  await grown.close()
})

test('a topic that gains partitions while keys matter ends the run, which says what to do', async (t) => {
  const kafka = new MockKafka({ broker: { groups: { consumerHeartbeatIntervalMs: 20 } } })
  t.after(() => kafka.close())
  for (const topic of ['orders', 'payments'])
    await kafka.admin.createTopic(topic, { partitions: 2 })
  const counted = kafka.stream('orders').groupByKey().count().to('counts')
  const both = kafka.stream('orders').merge(kafka.stream('payments')).to('both')
  const seen: unknown[] = []
  const passed = kafka.stream('orders').forEach((value) => seen.push(value))
  const runs = [counted, both, passed]
  await Promise.all(runs.map((run) => run.started))
  await kafka.admin.alterTopic('orders', { partitions: 3 })
  await kafka.seed('orders', [{ key: 'k', value: 'new', partition: 2 }])
  const told = {
    name: 'InvalidTopologyError',
    message:
      /^'orders' has more than the 2 partitions.*begin again, with onTopologyChange: 'accept'/,
  }
  await assert.rejects(counted.finished, told)
  await assert.rejects(both.finished, told)
  await until(() => seen.length === 1)
  await passed.close()
})

test('what onRestore throws ends the run', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed(
    'orders',
    orders.map((value) => ({ key: value.id, value })),
  )
  const begin = (options: RunOptions) =>
    kafka
      .stream('orders')
      .groupByKey()
      .count()
      .to('counts', { name: 'restored', ...options })
  const first = begin({})
  await until(() => first.status === 'running' && first.metrics().recordsIn === orders.length)
  await first.close()
  const onRestore = ({ isDone, total }: RestoreProgress): void => {
    if (isDone && total > 0) throw new Error('no thanks')
  }
  await assert.rejects(begin({ onRestore }).finished, /no thanks/)
})

test('repartition topics keep records as they come, whatever the broker does by default', async (t) => {
  const kafka = openKafka(t)
  await kafka.admin.createTopic('orders', { partitions: 2 })
  const grouped = kafka.stream<Order>('orders').groupBy(({ id }) => id, { name: 'by-id' })
  const run = grouped.count().to('counts')
  await run.started
  const [name] = (await kafka.admin.listTopics())
    .map((topic) => topic.name)
    .filter((topic) => topic.endsWith('by-id-repartition'))
  const configs = await kafka.admin.describeConfigs({ type: 'topic', name: name! })
  const own = configs.filter(({ source }) => source === 'DYNAMIC_TOPIC_CONFIG')
  assert.deepEqual(own.map((config) => `${config.name}: ${config.value}`).toSorted(), [
    'cleanup.policy: delete',
    'message.timestamp.type: CreateTime',
    'retention.ms: -1',
  ])
  await run.close()
})
