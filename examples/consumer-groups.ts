/** Groups: list, describe, and have them begin elsewhere. */

import { Offset } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.consumer<Order>('orders', { group: 'order-processor' })
  await (await consumer.next())?.commit()

  const { admin } = kafka
  const seen: string[] = []
  for await (const group of admin.listGroups()) seen.push(`${group.id}: ${group.memberCount}`)
  const info = await admin.describeGroup('order-processor')
  seen.push(`${info.state}, ${info.members.length} member, ${info.totalLag} behind`)
  await consumer.close()

  await admin.resetOffsets('order-processor', 'orders', Offset.earliest)
  seen.push(`${(await admin.describeGroup('order-processor')).totalLag} behind`)
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
  await admin.resetOffsets('order-processor', 'orders', Offset.timestamp(yesterday))
  return seen
}

if (import.meta.main) await run(example)
