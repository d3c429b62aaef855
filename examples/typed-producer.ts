/** A schema gives values their type, and refuses others before they are sent. */

import { orderSchema, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer('orders', { value: orderSchema })
  await producer.send({ orderId: '123', customerId: 'ann', amount: 99.99 })
  return producer
    .send({ orderId: '124', customerId: 'bob' } as Order)
    .catch((error: Error) => error.message)
}

if (import.meta.main) await run(example)
