/** Tests without a server: the real broker, in memory. */

import assert from 'node:assert/strict'
import { MockKafka } from '../src/testing/index.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

async function processesAllOrders(): Promise<void> {
  await using kafka = new MockKafka()
  await kafka.seed('orders', orders)
  const processed: Order[] = []
  const consumer = kafka.consumer<Order>('orders', { group: 'test' })
  await consumer.take(2).forEach(async (record) => {
    processed.push(record.value)
    await record.commit()
  })
  assert.equal(processed.length, 2)
  assert.equal(processed[0]!.orderId, '123')
}

async function sendsMessages(): Promise<void> {
  await using kafka = new MockKafka()
  await kafka.producer<Order>('orders').send(orders[2]!)
  const messages = await kafka.getMessages<Order>('orders')
  assert.equal(messages.length, 1)
  assert.equal(messages[0]!.value.orderId, '125')
}

export const example: Example = async () => {
  await processesAllOrders()
  await sendsMessages()
  return 'passed'
}

if (import.meta.main) await run(example)
