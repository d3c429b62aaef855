/** Several records at once. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  await producer.sendBatch(orders)
  return producer.sendBatch(
    orders.map((order) => ({ key: order.customerId, value: order, headers: {} })),
  )
}

if (import.meta.main) await run(example)
