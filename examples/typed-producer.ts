/** A schema gives values their type, and refuses others before they are sent. */

import type { StandardSchema } from '../src/index-node.ts'
import type { Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  // Any Standard Schema will do: zod, valibot, arktype, or one by hand.
  const orderSchema: StandardSchema<unknown, Order> = {
    '~standard': {
      version: 1,
      vendor: 'example',
      validate: (value) =>
        typeof (value as Order).amount === 'number'
          ? { value: value as Order }
          : { issues: [{ message: 'amount is not a number' }] },
    },
  }
  const producer = kafka.producer('orders', { value: orderSchema })
  await producer.send({ orderId: '123', customerId: 'ann', amount: 99.99 })
  return producer
    .send({ orderId: '124', customerId: 'bob' } as Order)
    .catch((error: Error) => error.message)
}

if (import.meta.main) await run(example)
