/** A send that nobody waits for. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.producer<Order>('orders')
  const failures: string[] = []
  const note = (error: Error): void => void failures.push(error.message)
  producer.send(orders[0]!).catch(note)
  producer.send(orders[1]!, { partition: 99 }).catch(note)

  // At the end of a program: until all that was sent is settled.
  await producer.flush()
  const { length } = await kafka.consumer('orders').take(1).toArray()
  return { sent: length, failures }
}

if (import.meta.main) await run(example)
