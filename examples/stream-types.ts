/** Types follow the data: what a test knows of a value, the steps behind it know too. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

type PaidOrder = Order & { readonly status: 'paid' }

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch([...orders, { ...orders[0]!, status: 'paid' }])
  const statuses = kafka
    .stream<Order>('orders')
    .filter((order): order is PaidOrder => order.status === 'paid')
    .map((order) => order.status)
  for await (const status of statuses) return status satisfies 'paid'
  return undefined
}

if (import.meta.main) await run(example)
