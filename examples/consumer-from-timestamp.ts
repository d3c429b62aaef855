/** A new group replays what came since a time. */

import { Offset } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
  return kafka
    .consumer<Order>('orders', { group: 'replay', offset: Offset.timestamp(yesterday) })
    .take(orders.length)
    .map(({ value }) => value.orderId)
    .toArray()
}

if (import.meta.main) await run(example)
