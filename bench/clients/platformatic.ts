/** @platformatic/kafka: its stream of messages is the one way to consume. */

import {
  Consumer,
  jsonDeserializer,
  jsonSerializer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializer,
  stringSerializer,
} from '@platformatic/kafka'
import type { SampleEvent } from '../sample-events.ts'
import { runClient, type Message } from './client.ts'

await runClient(async ({ bootstrap, topic }) => {
  const options = { clientId: 'bench', bootstrapBrokers: [bootstrap] }
  const producer = new Producer<string, SampleEvent, string, string>({
    ...options,
    acks: ProduceAcks.ALL,
    serializers: {
      key: stringSerializer,
      value: jsonSerializer<SampleEvent>,
      headerKey: stringSerializer,
      headerValue: stringSerializer,
    },
  })
  const send = (messages: readonly Message[]) =>
    producer.send({ messages: messages.map(({ key, value }) => ({ topic, key, value })) })
  return {
    send: (message) => send([message]),
    sendBatch: send,
    async consume(groupId, onEvent) {
      const consumer = new Consumer<string, SampleEvent, string, string>({
        ...options,
        groupId,
        deserializers: {
          key: stringDeserializer,
          value: jsonDeserializer<SampleEvent>,
          headerKey: stringDeserializer,
          headerValue: stringDeserializer,
        },
      })
      const stream = await consumer.consume({
        topics: [topic],
        mode: MessagesStreamModes.COMMITTED,
        fallbackMode: MessagesStreamFallbackModes.EARLIEST,
        autocommit: true,
      })
      // Its README reads the stream by its events; `for await` takes longer.
      stream.on('data', ({ value }) => onEvent(value))
    },
  }
})
