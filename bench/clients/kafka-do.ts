/** kafka.do's own SDK over TCP. */

import { Kafka } from '../../src/index-node.ts'
import type { SampleEvent } from '../sample-events.ts'
import { runClient } from './client.ts'

await runClient(async ({ bootstrap, topic }) => {
  const kafka = new Kafka({ url: `kafka://${bootstrap}` })
  const producer = kafka.producer<SampleEvent>(topic)
  return {
    send: ({ key, value }) => producer.send(value, { key }),
    sendBatch: (messages) => producer.sendBatch(messages),
    async consume(group, onEvent) {
      const records = kafka.consumer<SampleEvent>(topic, { group, offset: 'earliest' })
      for await (const record of records) onEvent(record.value)
    },
    async consumeBatches(group, onEvent) {
      const batches = kafka.batchConsumer<SampleEvent>(topic, { group, offset: 'earliest' })
      for await (const batch of batches) for (const record of batch) onEvent(record.value)
    },
  }
})
