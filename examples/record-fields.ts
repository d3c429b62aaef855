/** Everything that a record has, and the two ways to commit it. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  await producer.send(orders[0]!, { key: 'ann', headers: { source: 'web' } })
  await producer.send(orders[1]!)

  const seen: unknown[] = []
  for await (const record of kafka.consumer<Order>('orders', { group: 'order-processor' })) {
    if (record.offset === 0) {
      seen.push(record.topic, record.partition, record.offset, record.key, record.value)
      seen.push(record.timestamp instanceof Date, record.headers)
      await record.commit()
    } else {
      record.commitAsync()
      break
    }
  }
  return seen
}

if (import.meta.main) await run(example)
