/** End to end, with a topic of its own. */

import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const topic = `test-orders-${crypto.randomUUID()}`
  try {
    await kafka.producer<Order>(topic).send(orders[0]!)
    const record = await kafka.consumer<Order>(topic, { group: 'test' }).first()
    return record?.value.orderId
  } finally {
    await kafka.admin.deleteTopic(topic)
  }
}

if (import.meta.main) await run(example)
