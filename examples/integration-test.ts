/** End to end, on the cluster that the environment names, with a topic of its own. */

import assert from 'node:assert/strict'
import { Kafka } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async () => {
  const apiKey = process.env['TEST_KAFKA_API_KEY']
  await using kafka = new Kafka({
    url: process.env['TEST_KAFKA_URL'] ?? 'memory:',
    ...(apiKey === undefined ? {} : { apiKey }),
  })
  const topic = `test-orders-${crypto.randomUUID()}`
  try {
    await kafka.producer<Order>(topic).send(orders[0]!)
    const record = await kafka.consumer<Order>(topic, { group: 'test' }).first()
    assert.equal(record?.value.orderId, '123')
    return 'passed'
  } finally {
    await kafka.admin.deleteTopic(topic)
  }
}

if (import.meta.main) await run(example)
