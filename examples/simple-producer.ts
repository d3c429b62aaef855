/** Sending: a value, with a key, with headers. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  const [order] = orders
  await producer.send(order!)
  await producer.send(order!, { key: order!.customerId })
  return producer.send(order!, {
    key: order!.customerId,
    headers: { 'correlation-id': 'abc-123' },
  })
}

if (import.meta.main) await run(example)
