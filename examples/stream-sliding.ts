/** Windows that slide: how many orders a customer has within a minute of each other. */

import { Window } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  for (const [index, order] of orders.entries()) {
    await producer.send(order, { timestamp: 1_700_000_000_000 + index * 20_000 })
  }
  const counts = kafka
    .stream<Order>('orders')
    .window(Window.sliding('1m'))
    .groupBy((order) => order.customerId)
    .count()
  for await (const [customerId, window] of counts) {
    if (window.value === 2) return `${customerId}: 2 within ${window.end - window.start} ms`
  }
  return undefined
}

if (import.meta.main) await run(example)
