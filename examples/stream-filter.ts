/** A stream that keeps what is wanted, changes it, and writes it to another topic. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  kafka
    .stream<Order>('orders')
    .filter((order) => order.amount > 100)
    .map((order) => ({ ...order, tier: 'premium' }))
    .to('high-value-orders')
  const record = await kafka.consumer<Order & { tier: string }>('high-value-orders').first()
  return record && [record.value.orderId, record.value.tier]
}

if (import.meta.main) await run(example)
