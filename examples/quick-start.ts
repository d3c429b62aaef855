/** Quick start: one record out, and in. */

import type { Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  await producer.send({ orderId: '123', customerId: 'ann', amount: 99.99 })
  // Or, without a producer to keep:
  await kafka.produce<Order>('orders', { orderId: '124', customerId: 'bob', amount: 49.99 })

  const received: string[] = []
  for await (const record of kafka.consumer<Order>('orders', { group: 'my-processor' })) {
    received.push(record.value.orderId)
    await record.commit()
    if (received.length === 2) break
  }
  return received
}

if (import.meta.main) await run(example)
