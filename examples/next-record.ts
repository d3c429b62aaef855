/** Asking for records by hand, when there is time for the next one. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.consumer<Order>('orders', { group: 'async-processor' })
  const processed: string[] = []
  while (processed.length < orders.length) {
    const record = await consumer.next()
    if (!record) break
    processed.push(record.value.orderId)
    await record.commit()
  }
  await consumer.close()
  return processed
}

if (import.meta.main) await run(example)
