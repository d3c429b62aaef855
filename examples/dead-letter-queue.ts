/** What cannot be processed is put aside, with where it came from. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const controller = new AbortController()
  let seenCount = 0
  await kafka.consumer<Order>('orders', { group: 'processor' }).process(
    ({ value }) => {
      if (++seenCount === orders.length) controller.abort()
      if (value.amount < 50) throw new Error('too little')
    },
    { deadLetter: 'orders-dlq', retry: { maxAttempts: 1 }, signal: controller.signal },
  )
  const letter = await kafka.consumer<Order>('orders-dlq').first()
  return { orderId: letter?.value.orderId, from: letter?.headers['original-topic'] }
}

if (import.meta.main) await run(example)
