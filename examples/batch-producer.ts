/** Several records at once: values, or messages with keys and headers. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  await producer.sendBatch(orders)
  const places = await producer.sendBatch([
    { key: 'cust-1', value: orders[0]! },
    { key: 'cust-2', value: orders[1]! },
  ])
  return places.map(({ topic, partition, offset }) => `${topic}-${partition} at ${offset}`)
}

if (import.meta.main) await run(example)
