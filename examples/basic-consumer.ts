/** One record after the other, each committed when it is processed. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.consumer<Order>('orders', { group: 'order-processor' })
  const processed: string[] = []
  for await (const record of consumer) {
    processed.push(record.value.orderId)
    await record.commit()
    if (processed.length === orders.length) break
  }
  return processed
}

if (import.meta.main) await run(example)
