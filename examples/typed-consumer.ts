/** Types of values: by a type argument, which is believed, or by a schema, which is checked. */

import { SerializationError } from '../src/index-node.ts'
import { orderSchema, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').send({ orderId: '123', customerId: 'ann', amount: 99.99 })
  await kafka.produce('orders', { orderId: '124' })

  const believed = await kafka.consumer<Order>('orders').first()
  const amounts: unknown[] = [believed?.value.amount.toFixed(1)]
  // What the schema refuses is an error where it is looked at; the consumer goes on.
  for await (const record of kafka.consumer('orders', { value: orderSchema })) {
    try {
      amounts.push(record.value.amount)
    } catch (error) {
      amounts.push(error instanceof SerializationError && error.offset)
      break
    }
  }
  return amounts
}

if (import.meta.main) await run(example)
