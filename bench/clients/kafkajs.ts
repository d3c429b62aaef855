/** kafkajs: one record at a time by `eachMessage`, many by `eachBatch`. */

import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { SampleEvent } from '../sample-events.ts'
import { runClient, type Message } from './client.ts'

await runClient(async ({ bootstrap, topic }) => {
  const kafka = new Kafka({ clientId: 'bench', brokers: [bootstrap], logLevel: logLevel.ERROR })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const send = (messages: readonly Message[]) =>
    producer.send({
      topic,
      acks: -1,
      messages: messages.map(({ key, value }) => ({ key, value: JSON.stringify(value) })),
    })
  const subscribe = async (groupId: string) => {
    const consumer = kafka.consumer({ groupId })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    return consumer
  }
  const parse = (value: Buffer | null) => JSON.parse(value!.toString()) as SampleEvent
  return {
    send: (message) => send([message]),
    sendBatch: send,
    async consume(group, onEvent) {
      const consumer = await subscribe(group)
      await consumer.run({ eachMessage: async ({ message }) => onEvent(parse(message.value)) })
    },
    async consumeBatches(group, onEvent) {
      const consumer = await subscribe(group)
      await consumer.run({
        eachBatch: async ({ batch }) => {
          for (const { value } of batch.messages) onEvent(parse(value))
        },
      })
    },
  }
})
