/** Joins and groups of tables by two workers on a real broker, in this process, exactly once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { ordersByCustomer, type Order } from './orders.ts'

const customers = Array.from({ length: 8 }, (_, number) => `customer-${number}`)

test('two workers join by a foreign key and group a table, each change once', async (t) => {
  const kafka = new MockKafka({ broker: { groups: { consumerHeartbeatIntervalMs: 50 } } })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('orders', { partitions: 4 })
  await kafka.admin.createTopic('customers', { partitions: 3 })
  await kafka.admin.createTopic('named', { partitions: 1 })
  await kafka.admin.createTopic('totals', { partitions: 1 })
  const options = { guarantee: 'exactlyOnce', commitInterval: '10ms' } as const
  const runs = [1, 2].map(() => kafka.streams('shop', ordersByCustomer, options))
  await Promise.all(runs.map(({ started }) => started))
  await kafka.seed(
    'customers',
    customers.map((key) => ({ key, value: key.toUpperCase() })),
  )
  const orders = new Map<string, Order>()
  for (let round = 0; round < 5; round++) {
    const changed = Array.from({ length: 20 }, (_, number) => ({
      key: `order-${number}`,
      value: { customer: customers[(number * 3 + round * 5) % 8]!, amount: number + round },
    }))
    for (const { key, value } of changed) orders.set(key, value)
    await kafka.seed('orders', changed)
  }
  const wanted = {
    named: tableOf(
      [...orders].map(([key, { customer, amount }]) => {
        return [key, `${amount} by ${customer.toUpperCase()}`]
      }),
    ),
    totals: tableOf(
      customers.map((key) => {
        const amounts = [...orders.values()].filter((one) => one.customer === key)
        return [key, amounts.reduce((total, { amount }) => total + amount, 0)]
      }),
    ),
  }
  for (const topic of ['named', 'totals'] as const) {
    const found = new Map<string, unknown>()
    for await (const { key, value } of kafka.consumer(topic)) {
      if (value === null) found.delete(key!)
      else found.set(key!, value)
      if (isSame(tableOf([...found]), wanted[topic])) break
    }
  }
  await Promise.all(runs.map((run) => run.close()))
  await Promise.all(runs.map(({ finished }) => finished))
  for (const topic of ['named', 'totals'] as const) {
    const last = new Map<string, unknown>()
    for (const { key, value } of await kafka.getMessages(topic)) last.set(key!, value)
    assert.deepEqual(tableOf([...last]), wanted[topic])
  }
})

type Row = readonly [key: string, value: unknown]

function tableOf(rows: readonly Row[]): Row[] {
  return rows.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function isSame(one: readonly Row[], other: readonly Row[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
