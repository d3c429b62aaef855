/** Records side by side, in order for each key, with retries and dead letters. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka
    .producer<Order>('orders')
    .sendBatch(orders.map((order) => ({ key: order.customerId, value: order, headers: {} })))
  const processed: string[] = []
  const controller = new AbortController()
  await kafka.consumer<Order>('orders', { group: 'parallel-processor' }).process(
    ({ value }) => {
      processed.push(value.orderId)
      if (processed.length === orders.length) controller.abort()
    },
    { concurrency: 10, ordered: 'key', retry: { maxAttempts: 3 }, signal: controller.signal },
  )
  return processed.toSorted()
}

if (import.meta.main) await run(example)
