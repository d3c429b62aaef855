/** Sending: a value, with a key, with headers, to a partition. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.admin.createTopic('orders', { partitions: 3 })
  const producer = kafka.producer<Order>('orders')
  const order = orders[0]!
  await producer.send(order)
  await producer.send(order, { key: 'customer-456' })
  await producer.send(order, { key: 'customer-456', headers: { 'correlation-id': 'abc-123' } })
  const { topic, partition, offset } = await producer.send(order, { partition: 2 })
  return { topic, partition, isStored: offset >= 0 }
}

if (import.meta.main) await run(example)
