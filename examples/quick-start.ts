/** Quick start: one record out, and in. */

import type { Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  await producer.send({ orderId: '123', customerId: 'ann', amount: 99.99 })

  for await (const record of kafka.consumer<Order>('orders', { group: 'my-processor' })) {
    await record.commit()
    return record.value
  }
  return undefined
}

if (import.meta.main) await run(example)
