/** How many orders each customer has in five minutes. */

import { Window } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const timestamp = Date.UTC(2026, 0, 1, 12, 1)
  await kafka
    .producer<Order>('orders')
    .sendBatch(orders.map((value) => ({ value, timestamp, headers: {} })))
  const counts = kafka
    .stream<Order>('orders')
    .window(Window.tumbling('5m'))
    .groupBy((order) => order.customerId)
    .count()
  const time = (at: number): string => new Date(at).toISOString().slice(11, 16)
  for await (const [customerId, window] of counts) {
    console.log(`${customerId}: ${window.value} in ${time(window.start)}–${time(window.end)}`)
    if (window.value === 2) return customerId
  }
  return undefined
}

if (import.meta.main) await run(example)
