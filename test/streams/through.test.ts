/** `through`: records are written to a topic of the program's, and it goes on from there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsOf } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { TopologyDescription } from '../../src/streams/topology/describe.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

interface Order {
  readonly customer: string
  readonly amount: number
}

test('through goes on with what is written to the topic, by whomever', () => {
  for (const partitions of [1, 3]) {
    const driver = new StreamDriver(
      (sources) => {
        sources
          .stream<Order>('orders')
          .selectKey(({ customer }) => customer)
          .through('by-customer')
          .groupByKey()
          .count()
          .to('out')
      },
      { partitions },
    )
    const value = { customer: 'ann', amount: 1 }
    driver.send('orders', { key: '1', value, timestamp: 1 })
    driver.send('orders', { key: '2', value, timestamp: 2 })
    driver.send('by-customer', { key: 'ann', value, timestamp: 3 })
    const written = driver.take('by-customer')
    assert.deepEqual(
      written.map(({ key, timestamp }) => [key, timestamp]),
      [
        ['ann', 1],
        ['ann', 2],
      ],
    )
    assert.deepEqual(
      driver.take('out').map(({ key, value }) => [key, value]),
      [
        ['ann', 1],
        ['ann', 2],
        ['ann', 3],
      ],
    )
  }
})

test('through gives keys and values back as its serdes have them', () => {
  const driver = new StreamDriver((sources) => {
    sources
      .stream<Order>('orders')
      .mapRecord(({ amount, customer }) => [amount, customer] as const)
      .through('amounts', { key: 'json', value: 'string' })
      .map((customer, amount) => [customer, amount + 1])
      .to('out')
  })
  driver.send('orders', { key: 'k', value: { customer: 'ann', amount: 41 }, timestamp: 1 })
  assert.deepEqual(driver.take('out'), [{ key: 41, value: ['ann', 42], timestamp: 1 }])
})

test('a program that reads what it writes gets it', () => {
  const driver = new StreamDriver((sources) => {
    const big = ({ amount }: Order): boolean => amount > 10
    sources.stream<Order>('orders').filter(big).to('big')
    sources
      .stream<Order>('big')
      .map(({ amount }) => amount)
      .to('amounts')
  })
  driver.send('orders', { key: 'k', value: { customer: 'ann', amount: 11 }, timestamp: 1 })
  assert.deepEqual(driver.take('amounts'), [{ key: 'k', value: 11, timestamp: 1 }])
  assert.equal(driver.take('big').length, 1)
})

test('describe shows where a stream goes through', () => {
  const ends = endsOf((sources) => {
    sources
      .stream<Order>('orders')
      .through('copies')
      .filter(() => true)
      .to('out')
  })
  assert.deepEqual(String(new TopologyDescription(ends)).split('\n'), [
    'orders: stream orders',
    'orders/through-copies: through copies <- orders',
    'orders/through-copies/filter: filter <- orders/through-copies',
    'orders/through-copies/filter/to-out: to out <- orders/through-copies/filter',
  ])
})

test('through scales what follows to the partitions of the topic, exactly once', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.admin.createTopic('by-customer', { partitions: 4 })
  const customers = Array.from({ length: 20 }, (_, number) => `customer-${number}`)
  await kafka.seed(
    'orders',
    customers.flatMap((customer) => [1, 2].map((amount) => ({ customer, amount }))),
  )
  const run = kafka
    .stream<Order>('orders')
    .selectKey(({ customer }) => customer)
    .through('by-customer')
    .groupByKey()
    .reduce(0, (total, { amount }) => total + amount)
    .to('totals', { guarantee: 'exactlyOnce', commitInterval: '10ms' })
  const totals = new Map<string, number>()
  for await (const { key, value } of kafka.consumer<number>('totals')) {
    totals.set(key!, value)
    if ([...totals.values()].filter((total) => total === 3).length === customers.length) break
  }
  assert.equal(run.metrics().tasks.length, 5)
  assert.equal(run.metrics().recordsOut['orders/selectKey/through-by-customer'], 40)
  await run.close()
})

test('a table that was counted in one task is joined with what several have', () => {
  const driver = new StreamDriver((sources) => {
    const counts = sources
      .stream<Order>('orders')
      .groupBy(({ customer }) => customer)
      .count()
    const names = sources.stream<string>('names').repartition({ partitions: 3 })
    const text = (name: string, count: number): string => `${name}: ${count}`
    names.toTable().join(counts, { select: text }).to('rows')
    names.join(counts).map(text).to('found')
    counts
      .filter((count) => count < 2)
      .join(names.toTable(), { select: (count, name) => text(name, count) })
      .to('few')
  })
  const order = (customer: string): void => {
    driver.send('orders', { key: '1', value: { customer, amount: 1 }, timestamp: 1 })
  }
  for (const customer of ['ann', 'bob', 'ann']) order(customer)
  for (const key of ['ann', 'bob']) driver.send('names', { key, value: key, timestamp: 2 })
  order('bob')
  const written = (topic: string): unknown[] => driver.take(topic).map(({ value }) => value)
  assert.deepEqual(written('rows'), ['ann: 2', 'bob: 1', 'bob: 2'])
  assert.deepEqual(written('found'), ['ann: 2', 'bob: 1'])
  assert.deepEqual(written('few'), ['bob: 1', undefined])
})
