/** What each customer has spent: a table that every order changes. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const totals = kafka
    .stream<Order>('orders')
    .groupBy((order) => order.customerId)
    .reduce(0, (total, order) => total + order.amount)
  const seen: unknown[] = []
  for await (const [customerId, total] of totals) {
    seen.push([customerId, Math.round(total!)])
    if (seen.length === orders.length) break
  }
  return seen
}

if (import.meta.main) await run(example)
