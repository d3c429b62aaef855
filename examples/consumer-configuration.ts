/** Options of a consumer. */

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
  return consumer
    .take(2)
    .map(({ value }) => value.orderId)
    .toArray()
}

if (import.meta.main) await run(example)
