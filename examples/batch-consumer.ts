/** Several records at a time. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const batches = kafka.batchConsumer<Order>('orders', {
    group: 'batch-processor',
    batchSize: 3,
    batchTimeout: '5s',
  })
  for await (const batch of batches) {
    const amounts = [...batch].map(({ value }) => value.amount)
    await batch.commit()
    return amounts
  }
  return undefined
}

if (import.meta.main) await run(example)
