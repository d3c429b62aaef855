/** All or nothing: committed on return, aborted on throw. */

import type { Order } from './order.ts'
import { run, type Example } from './run.ts'

const order: Order = { orderId: '123', customerId: 'ann', amount: 99.99 }

export const example: Example = async (kafka) => {
  const aborted = kafka.transaction<Order>('orders', async (tx) => {
    await tx.send({ ...order, status: 'never seen' })
    throw new Error('out of stock')
  })
  const reason = await aborted.catch((error: Error) => error.message)

  await kafka.transaction<Order>('orders', async (tx) => {
    await tx.send({ ...order, status: 'created' })
    await tx.send({ ...order, status: 'validated' })
  })
  const statuses = kafka.consumer<Order>('orders').map(({ value }) => value.status)
  return { reason, statuses: await statuses.take(2).toArray() }
}

if (import.meta.main) await run(example)
