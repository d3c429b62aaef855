/** One value becomes any number of values. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const events = kafka
    .stream<Order>('orders')
    .flatMap((order) => (order.amount > 90 ? [`pack ${order.orderId}`, 'insure it'] : []))
  const seen: string[] = []
  for await (const event of events) {
    seen.push(event)
    if (seen.length === 4) break
  }
  return seen
}

if (import.meta.main) await run(example)
