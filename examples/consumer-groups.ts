/** Groups: list, describe, reset. */

import { Offset } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.consumer<Order>('orders', { group: 'order-processor' })
  await (await consumer.next())?.commit()
  await consumer.close()

  const { admin } = kafka
  const ids: string[] = []
  for await (const group of admin.listGroups()) ids.push(group.id)
  const { totalLag } = await admin.describeGroup('order-processor')
  await admin.resetOffsets('order-processor', 'orders', Offset.earliest)
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
  await admin.resetOffsets('order-processor', 'orders', Offset.timestamp(yesterday))
  return { ids, totalLag, afterReset: (await admin.describeGroup('order-processor')).totalLag }
}

if (import.meta.main) await run(example)
