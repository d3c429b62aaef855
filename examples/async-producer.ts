/** Sending without waiting, with reports of what became of each record. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const producer = kafka.asyncProducer<Order>('orders')
  for (const order of orders) void producer.send(order)

  // Who wants to know of one record may wait for it, or have a function called.
  const { partition } = await producer.send(orders[0]!)
  const called = producer.send(orders[1]!).then((metadata) => metadata.partition === partition)

  const offsets: number[] = []
  for await (const report of producer.reports()) {
    if (report.error) console.error('not sent', report.error)
    else if (report.partition === partition) offsets.push(report.offset)
    if (offsets.length === 5) break
  }
  await producer.close()
  return { offsets, called: await called }
}

if (import.meta.main) await run(example)
