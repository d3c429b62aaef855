/** A function for each record, until it is enough. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const controller = new AbortController()
  const { signal } = controller
  const processed: string[] = []
  await kafka.consume<Order>('orders', { group: 'order-processor', signal }, (record) => {
    processed.push(record.value.orderId)
    if (processed.length === orders.length) controller.abort()
  })
  const { totalLag } = await kafka.admin.describeGroup('order-processor')
  return { processed, totalLag }
}

if (import.meta.main) await run(example)
