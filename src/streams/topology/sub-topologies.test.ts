import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsOf, type StreamSources } from '../dsl/stream-source.ts'
import { cut } from './sub-topologies.ts'

interface Order {
  readonly customer: string
}

/** Cuts what `build` makes; `counts` has how many partitions topics have. */
function cutOf(counts: Readonly<Record<string, number>>, build: (sources: StreamSources) => void) {
  const ownTopic = (name: string): string => `app-${name.replaceAll('/', '-')}`
  const { parts, repartitionTopics } = cut(endsOf(build), {
    ownTopic,
    countOf: (topic) => counts[topic]!,
  })
  return {
    parts: parts.map(({ topics, partitionCount }) => `${topics.join(' ')}: ${partitionCount}`),
    repartitionTopics: Object.fromEntries(repartitionTopics),
  }
}

test('cut() leaves together what has one partition, and what keeps its key', () => {
  const build = (sources: StreamSources): void => {
    const orders = sources.stream<Order>('orders')
    orders
      .filter(() => true)
      .groupByKey()
      .count()
      .to('counts')
  }
  assert.deepEqual(cutOf({ orders: 4 }, build), { parts: ['orders: 4'], repartitionTopics: {} })
  const moved = (sources: StreamSources): void => {
    const orders = sources.stream<Order>('orders')
    orders
      .groupBy(({ customer }) => customer)
      .count()
      .to('counts')
  }
  assert.deepEqual(cutOf({ orders: 1 }, moved), { parts: ['orders: 1'], repartitionTopics: {} })
})

test('cut() gives what is moved as many partitions as what it is to meet has', () => {
  const { parts, repartitionTopics } = cutOf({ orders: 8, customers: 3 }, (sources) => {
    const orders = sources.stream<Order>('orders').selectKey(({ customer }) => customer)
    orders.join(sources.table('customers')).to('joined')
  })
  assert.deepEqual(repartitionTopics, { 'app-orders-selectKey-repartition': 3 })
  assert.deepEqual(parts.toSorted(), ['app-orders-selectKey-repartition customers: 3', 'orders: 8'])
})

test('cut() lets rows and those that they name be in as many partitions as they are', () => {
  const { parts, repartitionTopics } = cutOf({ orders: 8, customers: 3 }, (sources) => {
    const on = ({ customer }: Order): string => customer
    sources.table<Order>('orders').join(sources.table('customers'), { on, name: 'named' }).to('out')
  })
  assert.deepEqual(repartitionTopics, {
    'app-named-subscribe-repartition': 3,
    'app-named-answer-repartition': 8,
  })
  assert.deepEqual(parts.toSorted(), [
    'app-named-answer-repartition orders: 8',
    'app-named-subscribe-repartition customers: 3',
  ])
})

test('cut() refuses inputs of a join that are not partitioned alike', () => {
  const build = (sources: StreamSources): void => {
    sources.stream('orders').join(sources.table('customers')).to('joined')
  }
  assert.throws(() => cutOf({ orders: 8, customers: 3 }, build), {
    name: 'InvalidTopologyError',
    message: /must have as many partitions: customers has 3, orders has 8/,
  })
})

test('cut() refuses steps whose topics would have one name', () => {
  const build = (sources: StreamSources): void => {
    for (const name of ['by/customer', 'by-customer']) {
      const orders = sources.stream<Order>('orders').groupBy(({ customer }) => customer, { name })
      orders.count().to('counts')
    }
  }
  assert.throws(() => cutOf({ orders: 2 }, build), {
    name: 'InvalidTopologyError',
    message: "two steps write to 'app-by-customer-repartition': give one another `name`",
  })
})
