/** Sending without waiting, with reports of what became of each record. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.asyncProducer<Order>('orders')
  for (const order of orders) void producer.send(order)
  const offsets: number[] = []
  for await (const report of producer.reports()) {
    if (report.error) console.error('not sent', report.error)
    else offsets.push(report.offset)
    if (offsets.length === orders.length) break
  }
  await producer.close()
  return offsets
}

if (import.meta.main) await run(example)
