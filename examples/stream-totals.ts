/** What each customer has spent: a table that every order changes. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const seen: unknown[] = []
  const enough = Promise.withResolvers<void>()
  const totals = kafka
    .stream<Order>('orders')
    .groupBy((order) => order.customerId)
    .reduce(0, (total, order) => total + order.amount)
    .forEach((customerId, total) => {
      seen.push([customerId, Math.round(total!)])
      if (seen.length === orders.length) enough.resolve()
    })
  await enough.promise
  await totals.close()
  return seen
}

if (import.meta.main) await run(example)
