/** How many orders each customer has in five minutes. */

import { Window } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const counts = kafka
    .stream<Order>('orders')
    .window(Window.tumbling('5m'))
    .groupBy((order) => order.customerId)
    .count()
  for await (const [customerId, window] of counts) {
    console.log(`${customerId}: ${window.value} orders in ${window.start}-${window.end}`)
    if (customerId === 'ann') return (window.end - window.start) / 60_000
  }
  return undefined
}

if (import.meta.main) await run(example)
