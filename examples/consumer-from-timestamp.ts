/** A new group replays what came since a time. */

import { Offset } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

const day = 24 * 60 * 60 * 1000

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  await producer.send(orders[0]!, { timestamp: new Date(Date.now() - 2 * day) })
  await producer.sendBatch(orders.slice(1))

  const yesterday = new Date(Date.now() - day)
  const consumer = kafka.consumer<Order>('orders', {
    group: 'replay',
    offset: Offset.timestamp(yesterday),
  })
  const replayed = await consumer
    .take(2)
    .map(({ value }) => value.orderId)
    .toArray()

  // A date will do.
  const again = kafka.consumer<Order>('orders', { group: 'replay-again', offset: yesterday })
  return [...replayed, (await again.first())?.value.orderId]
}

if (import.meta.main) await run(example)
