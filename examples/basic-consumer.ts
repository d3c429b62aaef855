/** Everything that a record has. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').send(orders[0]!, { key: 'ann', headers: { source: 'web' } })
  for await (const record of kafka.consumer<Order>('orders', { group: 'order-processor' })) {
    const { topic, partition, offset, key, value, timestamp, headers } = record
    await record.commit()
    return { topic, partition, offset, key, value, isNew: timestamp instanceof Date, headers }
  }
  return undefined
}

if (import.meta.main) await run(example)
