/** Each order goes to the first topic whose test it passes. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  kafka.stream<Order>('orders').branch([
    [(order) => order.customerId === 'ann', 'orders-of-ann'],
    [(order) => order.customerId === 'bob', 'orders-of-bob'],
    [() => true, 'other-orders'],
  ])
  const ofAnn = await kafka.consumer<Order>('orders-of-ann').take(2).toArray()
  const ofBob = await kafka.consumer<Order>('orders-of-bob').first()
  return [...ofAnn.map(({ value }) => value.orderId), ofBob?.value.orderId]
}

if (import.meta.main) await run(example)
