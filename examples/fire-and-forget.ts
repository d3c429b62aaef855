/** A send that nobody waits for. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  producer.send(orders[0]!).catch((error: Error) => console.error('not sent', error))
  await producer.flush()
  return 'sent'
}

if (import.meta.main) await run(example)
