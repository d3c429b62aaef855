/** @kafkats/client: one record at a time by `runEach`, many by `runBatch`. */

import { codec, KafkaClient, topic as defineTopic } from '@kafkats/client'
import type { SampleEvent } from '../sample-events.ts'
import { runClient } from './client.ts'

await runClient(async ({ bootstrap, topic: name }) => {
  const kafka = new KafkaClient({ clientId: 'bench', brokers: [bootstrap] })
  await kafka.connect()
  const topic = defineTopic(name, { key: codec.string(), value: codec.json<SampleEvent>() })
  const producer = kafka.producer({ acks: 'all' })
  const newConsumer = (groupId: string) => kafka.consumer({ groupId, autoOffsetReset: 'earliest' })
  return {
    send: (message) => producer.send(topic, message),
    sendBatch: (messages) => producer.send(topic, [...messages]),
    consume: (group, onEvent) =>
      newConsumer(group).runEach(topic, async ({ value }) => onEvent(value)),
    consumeBatches: (group, onEvent) =>
      newConsumer(group).runBatch(topic, async (messages) => {
        for (const { value } of messages) onEvent(value)
      }),
  }
})
