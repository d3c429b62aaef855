/** @platformatic/kafka: not idempotent, without retries; classic groups, whose generation it tells. */

import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes } from '@platformatic/kafka'
import { Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import type { ConsumeOptions, Driver, DriverOptions, OpenProducer, Received } from './driver.ts'

export function platformaticDriver({ bootstrap, topic }: DriverOptions): Driver {
  const options = { clientId: 'crash', bootstrapBrokers: [bootstrap], retries: 0, timeout: 5000 }

  return {
    openProducer(): Promise<OpenProducer> {
      const serializers = stringSerializers
      const producer = new Producer({ ...options, serializers, idempotent: false })
      return Promise.resolve({
        async send(partition, values) {
          const messages = values.map((value) => ({ topic, partition, value }))
          const { offsets } = await producer.send({ messages, acks: -1 })
          return Number(offsets![0]!.offset)
        },
        close: () => producer.close(),
      })
    },

    async consume({ group, signal, onAssign, onRecords }: ConsumeOptions): Promise<void> {
      const consumer = new Consumer({
        ...options,
        groupId: group,
        deserializers: stringDeserializers,
        autocommit: false,
        maxWaitTime: 200,
        ...{ sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 500 },
      })
      const pending: Received[] = []
      let arrived = Promise.withResolvers<void>()
      try {
        consumer.on('consumer:group:join', ({ generationId }) => onAssign(generationId))
        const stream = await consumer.consume({
          topics: [topic],
          mode: MessagesStreamModes.COMMITTED,
          fallbackMode: MessagesStreamFallbackModes.EARLIEST,
        })
        stream.on('error', (error) => arrived.reject(error))
        stream.on('close', () => arrived.reject(new Error('the stream ended')))
        signal.addEventListener('abort', () => arrived.resolve(), { once: true })
        stream.on('data', ({ partition, offset, value }) => {
          pending.push({ partition, offset: Number(offset), value })
          arrived.resolve()
        })
        while (!signal.aborted) {
          await arrived.promise
          arrived = Promise.withResolvers()
          const records = pending.splice(0)
          if (records.length === 0) continue
          await onRecords(records, async (offsets) => {
            const places = [...offsets].map(([partition, offset]) => ({
              ...{ topic, partition, leaderEpoch: -1 },
              offset: BigInt(offset),
            }))
            await consumer.commit({ offsets: places })
          })
        }
      } finally {
        arrived.promise.catch(() => 'what comes after the end does not matter')
        await consumer.close(true)
      }
    },

    close: () => Promise.resolve(),
  }
}
