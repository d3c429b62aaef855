/** Several records at a time: as many as fit a batch, or as came in time. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.batchConsumer<Order>('orders', {
    group: 'batch-processor',
    batchSize: 3,
    batchTimeout: '5s',
  })
  const amounts: number[] = []
  for await (const batch of consumer) {
    for (const record of batch) amounts.push(record.value.amount)
    await batch.commit()
    if (amounts.length === orders.length) break
  }
  return amounts
}

if (import.meta.main) await run(example)
