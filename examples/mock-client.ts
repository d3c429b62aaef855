/** Tests without a server: the real broker, in memory. */

import { MockKafka } from '../src/testing/index.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  void kafka
  await using mock = new MockKafka()
  await mock.seed('orders', orders)
  const processed = await mock
    .consumer<Order>('orders', { group: 'test' })
    .take(2)
    .map(({ value }) => value.orderId)
    .toArray()
  await mock.producer<Order>('invoices').send(orders[0]!)
  const messages = await mock.getMessages<Order>('invoices')
  return { processed, invoices: messages.length }
}

if (import.meta.main) await run(example)
