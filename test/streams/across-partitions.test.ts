/**
 * Topologies over several partitions: the cases of Kafka Streams whose results do not depend on how
 * records are spread, and joins and groups whose records overtake each other on the way between
 * tasks. Random ones say their seed, and take `SEED`.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { seededRandom } from '../support/random.ts'
import { driverOf, keyText } from './case-topology.ts'
import { kafkaStreamsCases, type Output } from './kafka-streams-cases.ts'

const partitions = 3
/** Windows close by what comes in their own partition; here, all that is equal in each. */
const kinds = ['count', 'reduce', 'tableGroupByCount', 'foreignKeyJoin', 'tableTableJoin']

/** Returns what a table is after the changes that were written; deletions are `null`. */
function tableOf(outputs: readonly Output[]): Map<string, string> {
  const table = new Map<string, string>()
  for (const [key, value] of outputs) {
    if (value === null) table.delete(key)
    else table.set(key, value)
  }
  return table
}

for (const { name, operation, steps } of kafkaStreamsCases()) {
  if (!kinds.includes(operation.kind)) continue
  test(`${name} over ${partitions} partitions: the table of Kafka Streams after each step`, () => {
    const driver = driverOf(operation, { partitions })
    const [ours, theirs]: Output[][] = [[], []]
    for (const [[topic, key, value, timestamp], outputs] of steps) {
      driver.send(topic, { key, value, timestamp })
      for (const record of driver.take('out')) {
        const text = (record.value as { toString(): string } | undefined)?.toString() ?? null
        ours!.push([keyText(record.key, operation), text, record.timestamp])
      }
      theirs!.push(...outputs)
      assert.deepEqual(tableOf(ours!), tableOf(theirs!), JSON.stringify([key, value]))
    }
  })
}

interface Order {
  readonly customer: string | null
  readonly amount: number
}

const seed = Number(process.env['SEED'] ?? 20_261_121)

/** What tables are made of random orders and customers, and what they should be. */
function shop(order: 'in order' | 'overtaking', number: number) {
  const random = seededRandom(seed + number)
  const driver = new StreamDriver(
    (sources) => {
      const orders = sources.table<Order>('orders')
      const customers = sources.table<string>('customers')
      const on = ({ customer }: Order) => customer
      const select = ({ amount }: Order, name?: string) => `${amount} by ${name ?? 'nobody'}`
      orders.join(customers, { on, select }).to('inner')
      orders.leftJoin(customers, { on, select }).to('left')
      const groups = orders.groupBy(({ customer }) => customer)
      groups.count().to('counts')
      groups
        .aggregate({
          initial: 0,
          add: (total, { amount }) => total + amount,
          subtract: (total, { amount }) => total - amount,
        })
        .to('totals')
    },
    { partitions },
  )
  const orders = new Map<string, Order>()
  const customers = new Map<string, string>()
  for (let timestamp = 0; timestamp < 60; timestamp++) {
    const isDeleted = random.below(5) === 0
    if (random.below(3) === 0) {
      const key = `c${random.below(4)}`
      const value = isDeleted ? null : `name-${timestamp}`
      if (value === null) customers.delete(key)
      else customers.set(key, value)
      driver.post('customers', { key, value, timestamp })
    } else {
      const key = `o${random.below(6)}`
      const customer = random.below(5) === 0 ? null : `c${random.below(4)}`
      const value = isDeleted ? null : { customer, amount: random.below(100) }
      if (value === null) orders.delete(key)
      else orders.set(key, value)
      driver.post('orders', { key, value, timestamp })
    }
    const steps = order === 'in order' ? Infinity : random.below(4)
    for (let step = 0; step < steps; step++) if (!driver.step(random.below(1000))) break
  }
  while (driver.step(random.below(1000)));
  return { driver, orders, customers }
}

function written(driver: StreamDriver, topic: string): Map<string, unknown> {
  const table = new Map<string, unknown>()
  for (const { key, value } of driver.take(topic)) {
    if (value === undefined) {
      assert.ok(
        table.delete(key as string),
        `${topic}: ${String(key)} is deleted but was not there`,
      )
    } else table.set(key as string, value)
  }
  return table
}

for (const order of ['in order', 'overtaking'] as const) {
  test(`joins by a foreign key and groups of a table come out right, ${order}`, () => {
    for (let number = 0; number < 100; number++) {
      const { driver, orders, customers } = shop(order, number)
      const [inner, left] = [new Map<string, string>(), new Map<string, string>()]
      const groups = new Map<string, Order[]>()
      for (const [key, one] of orders) {
        const name = one.customer === null ? undefined : customers.get(one.customer)
        left.set(key, `${one.amount} by ${name ?? 'nobody'}`)
        if (name !== undefined) inner.set(key, left.get(key)!)
        if (one.customer === null) continue
        groups.set(one.customer, [...(groups.get(one.customer) ?? []), one])
      }
      const seeded = `SEED=${seed} number ${number}`
      const totals = new Map<string, number>()
      const counts = new Map<string, number>()
      for (const [key, list] of groups) {
        totals.set(
          key,
          list.reduce((sum, { amount }) => sum + amount, 0),
        )
        counts.set(key, list.length)
      }
      // Groups that nobody is in any more stay, with 0.
      const inUse = (table: Map<string, unknown>) =>
        new Map([...table].filter(([key]) => groups.has(key)))
      assert.deepEqual(sorted(written(driver, 'inner')), sorted(inner), seeded)
      assert.deepEqual(sorted(written(driver, 'left')), sorted(left), seeded)
      assert.deepEqual(sorted(inUse(written(driver, 'counts'))), sorted(counts), seeded)
      assert.deepEqual(sorted(inUse(written(driver, 'totals'))), sorted(totals), seeded)
    }
  })
}

function sorted<Value>(table: ReadonlyMap<string, Value>): [string, Value][] {
  return [...table].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

test('an answer to what a row was before is left out', () => {
  const driver = new StreamDriver(
    (sources) => {
      const on = ({ customer }: Order) => customer
      const select = ({ amount }: Order, name: string) => `${amount} by ${name}`
      sources
        .table<Order>('orders')
        .join(sources.table<string>('customers'), { on, select })
        .to('out')
    },
    { partitions },
  )
  const order = (customer: string | null, timestamp: number) => {
    driver.post('orders', { key: 'o', value: { customer, amount: timestamp }, timestamp })
  }
  driver.send('customers', { key: 'ann', value: 'Ann', timestamp: 1 })
  driver.send('customers', { key: 'bob', value: 'Bob', timestamp: 1 })
  order('ann', 2)
  // The order is processed, and Ann's task asked, but has not answered yet.
  driver.step()
  order('bob', 3)
  while (driver.step());
  assert.deepEqual(driver.take('out'), [{ key: 'o', value: '3 by Bob', timestamp: 3 }])
  order('ann', 4)
  driver.step()
  order(null, 5)
  while (driver.step(1));
  assert.deepEqual(driver.take('out'), [{ key: 'o', value: undefined, timestamp: 5 }])
})

test('records that get another key meet the rows of a table that nobody moved', () => {
  const keys = Array.from({ length: 30 }, (_, number) => `customer-${number}`)
  const driver = new StreamDriver(
    (sources) => {
      const customers = sources.table<string>('customers')
      const orders = sources.stream<Order>('orders')
      const rekeyed = orders.selectKey(({ customer }) => customer)
      rekeyed.join(customers).to('by key')
      orders.join(customers, { on: ({ customer }) => customer }).to('on')
      rekeyed.groupByKey().count().join(customers).to('counts')
    },
    { partitions },
  )
  for (const key of keys) driver.send('customers', { key, value: key, timestamp: 0 })
  keys.forEach((customer, number) => {
    driver.send('orders', { key: String(number), value: { customer, amount: 1 }, timestamp: 1 })
  })
  const found = (topic: string) => driver.take(topic).map(({ key, value }) => [key, value])
  const pairs = keys.map((customer) => [{ customer, amount: 1 }, customer])
  assert.deepEqual(
    found('by key'),
    keys.map((key, number) => [key, pairs[number]]),
  )
  assert.deepEqual(
    found('on'),
    keys.map((_, number) => [String(number), pairs[number]]),
  )
  assert.deepEqual(
    found('counts'),
    keys.map((key) => [key, [1, key]]),
  )
  assert.deepEqual(driver.drops, [])
})

for (const count of [1, partitions]) {
  test(`what has no value looks up no row, with ${count} partitions`, () => {
    const driver = new StreamDriver(
      (sources) => {
        const on = (order: Order | null) => order!.customer
        const orders = sources.changes(sources.table<Order>('orders'))
        orders.leftJoin(sources.table<string>('names'), { on }).pairs().to('out')
      },
      { partitions: count },
    )
    driver.send('names', { key: 'ann', value: 'Ann', timestamp: 1 })
    const order = { customer: 'ann', amount: 1 }
    driver.send('orders', { key: 'o', value: order, timestamp: 2 })
    driver.send('orders', { key: 'o', value: undefined, timestamp: 3 })
    assert.deepEqual(
      driver.take('out').map(({ value }) => value),
      [[order, 'Ann']],
    )
    assert.deepEqual(
      driver.drops.map(({ reason }) => reason),
      ['no value'],
    )
  })
}
