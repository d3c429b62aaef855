/** All or nothing: committed on return, aborted on throw. */

import type { Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.transaction<Order>('orders', async (tx) => {
    const order = { orderId: '123', customerId: 'ann', amount: 99.99 }
    await tx.send({ ...order, status: 'created' })
    await tx.send({ ...order, status: 'validated' })
  })
  return kafka
    .consumer<Order>('orders')
    .take(2)
    .map(({ value }) => value.status)
    .toArray()
}

if (import.meta.main) await run(example)
