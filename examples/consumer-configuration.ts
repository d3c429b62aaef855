/** Options of a consumer, and where it begins. */

import { Offset } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.consumer<Order>('orders', {
    group: 'processor',
    offset: Offset.earliest,
    autoCommit: true,
    fetchMinBytes: 1,
    fetchMaxWaitMs: 500,
    maxPollRecords: 100,
    sessionTimeout: '30s',
    heartbeatInterval: '3s',
  })
  // Committed by itself: a record is processed once the next one is asked for.
  const ids = consumer.take(2).map(({ value }) => value.orderId)
  const first = await ids.toArray()

  // Only what comes from now on; without a group nothing is remembered.
  await using late = kafka.consumer<Order>('orders', { offset: Offset.latest })
  const next = late.next()
  await new Promise<void>((resolve) => late.onStatus((status) => status === 'live' && resolve()))
  await kafka.produce('orders', { ...orders[0]!, orderId: '126' })
  return [...first, (await next)?.value.orderId]
}

if (import.meta.main) await run(example)
