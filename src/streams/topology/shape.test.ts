import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsOf, type StreamSources } from '../dsl/stream-source.ts'
import { Window } from '../window.ts'
import { Task } from './task.ts'
import { lossesOf, shapeOf, type TopologyShape } from './shape.ts'
import { cut } from './sub-topologies.ts'

interface Order {
  readonly customer: string
}

function shape(build: (sources: StreamSources) => void, partitions = 3): TopologyShape {
  const ends = endsOf(build)
  const ownTopic = (name: string): string => `shop-${name}`.replaceAll('/', '-')
  const context = { partition: 0, drop() {}, late() {}, send() {}, wait() {}, hold() {} }
  return shapeOf({
    ...cut(ends, { ownTopic, countOf: () => partitions }),
    statesOf: (part) => new Task(part.ends, () => context).stateNames,
    changelogOf: ({ name }) => `${name}-changelog`,
  })
}

function counts(sizeMs: number, options: { grace?: number; name?: string; peeks?: boolean } = {}) {
  const { grace = 0, name, peeks = false } = options
  return (sources: StreamSources): void => {
    const orders = sources.stream<Order>('orders')
    const seen = peeks ? orders.peek(() => {}) : orders
    seen
      .window(Window.tumbling(sizeMs, { grace }))
      .groupBy(({ customer }) => customer)
      .count(name === undefined ? {} : { name })
      .to('counts')
  }
}

test('lossesOf() finds none where nothing has changed, or only what may', () => {
  const before = shape(counts(10))
  assert.deepEqual(lossesOf(before, shape(counts(10))), [])
  assert.deepEqual(lossesOf(before, shape(counts(10, { grace: 5 }))), [])
  const more = shape((sources) => {
    counts(10)(sources)
    sources.table('customers').to('copies')
  })
  assert.deepEqual(lossesOf(before, more), [], 'what is new takes nothing from what was there')
  assert.deepEqual(lossesOf(JSON.parse(JSON.stringify(before)) as TopologyShape, before), [])
})

test('lossesOf() finds none where a join may compare more', () => {
  const scan = (maxScan: number): TopologyShape =>
    shape((sources) => {
      const on = (one: Order, other: Order): boolean => one.customer > other.customer
      const [ones, others] = ['ones', 'others'].map((topic) => sources.stream<Order>(topic))
      ones!.join(others!, { on, maxScan, window: 10 }).pairs().to('out')
    })
  assert.deepEqual(lossesOf(scan(10), scan(20)), [])
})

test('lossesOf() says which window, how many partitions, which serde', () => {
  const before = shape(counts(10))
  assert.deepEqual(lossesOf(before, shape(counts(20))), [
    "'orders/groupBy/count': advanceMs was 10, is 20",
    "'orders/groupBy/count': sizeMs was 10, is 20",
  ])
  assert.deepEqual(lossesOf(before, shape(counts(10), 4)), [
    "'orders/groupBy/count': partitions was 3, is 4",
    "topic 'shop-orders-groupBy-repartition' has 3 partitions, and should have 4",
  ])
  const table = (value: 'json' | 'string') =>
    shape((sources) => void sources.table('rows', { value }).to('out'))
  assert.deepEqual(lossesOf(table('json'), table('string')), ["'rows': value was json, is string"])
})

test('lossesOf() says what would be read as something else', () => {
  const totals = (value: 'json' | 'bytes') => (sources: StreamSources) => {
    const lengths = sources.stream('orders').map(() => Uint8Array.of(1), { value })
    const groups = lengths.groupBy(([first]) => first)
    groups.reduce((one) => one).to('totals')
  }
  assert.deepEqual(lossesOf(shape(totals('json')), shape(totals('bytes'))), [
    "'orders/map/groupBy/reduce': value was json, is bytes",
    "topic 'shop-orders-map-groupBy-repartition' had keys: json, values: json, now keys: json, " +
      'values: bytes',
  ])
})

test('lossesOf() says what has another name, which a `name` keeps', () => {
  assert.deepEqual(lossesOf(shape(counts(10)), shape(counts(10, { peeks: true }))), [
    "'orders/groupBy/count' (count) is gone; is it 'orders/peek/groupBy/count' now, without its " +
      '`name`?',
    "topic 'shop-orders-groupBy-repartition' is not read any more",
  ])
  const named = shape((sources) => {
    const orders = sources.stream<Order>('orders').peek(() => {})
    orders
      .groupBy(({ customer }) => customer, { name: 'by-customer' })
      .count({ name: 'per-customer' })
      .to('counts')
  })
  const moved = shape((sources) => {
    sources
      .stream<Order>('orders')
      .groupBy(({ customer }) => customer, { name: 'by-customer' })
      .count({ name: 'per-customer' })
      .to('counts')
  })
  assert.deepEqual(lossesOf(named, moved), [])
})
