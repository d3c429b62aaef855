/** Orders, each with the customer who made it. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

interface Customer {
  readonly id: string
  readonly name: string
}

export const example: Example = async (kafka) => {
  await kafka.producer<Customer>('customers').send({ id: 'bob', name: 'Bob' })
  await kafka.producer<Order>('orders').sendBatch(orders)
  const customers = kafka.stream<Customer>('customers')
  const joined = kafka
    .stream<Order>('orders')
    .join(customers, { on: (order, customer) => order.customerId === customer.id, window: '1h' })
  for await (const [order, customer] of joined) return `order ${order.orderId} by ${customer.name}`
  return undefined
}

if (import.meta.main) await run(example)
