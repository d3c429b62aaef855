/** What cannot be processed is put aside, with where it came from and what went wrong. */

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

  const letter = (await kafka.consumer<Order>('orders-dlq').first())!
  return {
    originalRecord: letter.value.orderId,
    error: letter.headers['error'],
    hasTime: letter.timestamp <= new Date(),
    topic: letter.headers['original-topic'],
    partition: letter.headers['original-partition'],
    offset: letter.headers['original-offset'],
  }
}

if (import.meta.main) await run(example)
