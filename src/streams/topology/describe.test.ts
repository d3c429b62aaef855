import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamDriver } from '../stream-driver.ts'
import { Window } from '../window.ts'

interface Order {
  readonly customerId: string
}

function describe(what: 'text' | 'mermaid'): string {
  let shown = ''
  const driver = new StreamDriver((sources) => {
    const customers = sources.stream<{ id: string }>('customers')
    const joined = sources
      .stream<Order>('orders')
      .filter(() => true)
      .join(customers, { on: (order, customer) => order.customerId === customer.id, window: '1h' })
    const counts = joined
      .map((order) => order)
      .window(Window.tumbling('5m'))
      .groupBy((order) => order.customerId)
      .count()
      .final()
    const description = counts.describe()
    shown = what === 'text' ? String(description) : description.toMermaid()
  })
  assert.deepEqual(driver.drops, [])
  return shown
}

test('describe shows each step, the strategy of a join, and windows', () => {
  assert.deepEqual(describe('text').split('\n'), [
    'orders: stream orders',
    'orders/filter: filter <- orders',
    'orders/filter/joinKey: joinKey <- orders/filter',
    'customers: stream customers',
    'customers/joinKey: joinKey <- customers',
    'orders/filter/joinKey/innerJoin: innerJoin (strategy: customerId = id, beforeMs: 3600000, ' +
      'afterMs: 3600000, graceMs: 0) <- orders/filter/joinKey, customers/joinKey',
    'orders/filter/joinKey/innerJoin/map: map <- orders/filter/joinKey/innerJoin',
    'orders/filter/joinKey/innerJoin/map/groupBy: groupBy <- orders/filter/joinKey/innerJoin/map',
    'orders/filter/joinKey/innerJoin/map/groupBy/count-final: count (window: time, ' +
      'sizeMs: 300000, advanceMs: 300000, graceMs: 0, emission: close) ' +
      '<- orders/filter/joinKey/innerJoin/map/groupBy',
  ])
})

test('toMermaid draws an arrow for each input', () => {
  const lines = describe('mermaid').split('\n')
  assert.equal(lines[0], 'flowchart LR')
  assert.equal(lines.filter((line) => line.includes('-->')).length, 8)
  assert.ok(lines.includes('  n0["stream orders"]'))
})
