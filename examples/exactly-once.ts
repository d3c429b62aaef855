/** Consume, transform, produce: offsets are committed with what was made of them. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  await kafka
    .consumer<Order>('orders', { group: 'invoices' })
    .take(orders.length)
    .forEach((record) =>
      kafka.transaction('invoices', async (tx) => {
        await tx.send({ invoiceOf: record.value.orderId })
        await tx.send(`invoiced ${record.value.orderId}`, { topic: 'audit' })
        tx.commit(record)
      }),
    )
  return kafka
    .consumer('invoices')
    .take(3)
    .map(({ value }) => value)
    .toArray()
}

if (import.meta.main) await run(example)
