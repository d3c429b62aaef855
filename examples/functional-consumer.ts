/** Consumers are lazy: filter, map, take, for each. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)

  const highValues: string[] = []
  await kafka
    .consumer<Order>('orders', { group: 'high-values' })
    .filter((record) => record.value.amount > 90)
    .map((record) => record.value)
    .take(2)
    .forEach((order) => highValues.push(order.orderId))

  const processed: string[] = []
  const consumer = kafka.consumer<Order>('orders', { group: 'processor' })
  await consumer.take(2).forEach(async (record) => {
    processed.push(record.value.orderId)
    await record.commit()
  })
  return { highValues, processed }
}

if (import.meta.main) await run(example)
