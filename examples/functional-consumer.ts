/** Consumers are lazy: filter, map, take. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  return kafka
    .consumer<Order>('orders', { group: 'processor' })
    .filter(({ value }) => value.amount > 90)
    .map(({ value }) => value.orderId)
    .take(2)
    .toArray()
}

if (import.meta.main) await run(example)
