/** Options of a producer. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders', {
    batchSize: 16384,
    lingerMs: 5,
    compression: 'gzip',
    acks: 'all',
    retries: 3,
    retryBackoffMs: 100,
  })
  const { topic, partition, offset } = await producer.send(orders[0]!)
  return `${topic}-${partition} at ${offset}`
}

if (import.meta.main) await run(example)
