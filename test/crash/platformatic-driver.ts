/** @platformatic/kafka: not idempotent, without retries; classic groups, whose generation it tells. */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  Consumer,
  FetchIsolationLevels,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
} from '@platformatic/kafka'
import { Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import type { ConsumeOptions, Driver, DriverOptions, OpenProducer, Received } from './driver.ts'

const closeMs = 300

export function platformaticDriver({ bootstrap, topic }: DriverOptions): Driver {
  const options = { clientId: 'crash', bootstrapBrokers: [bootstrap], retries: 0, timeout: 5000 }

  return {
    // Where a fetch has several transactions of one producer, of which some were aborted, its filter
    // hands over what was aborted and leaves out what was committed: so it is told to hand over all.
    isolation: 'read_uncommitted',

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
        isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
        autocommit: false,
        maxWaitTime: 200,
        // A static member has its place back at once after a crash; others wait for it to be missed.
        groupInstanceId: `${group}-instance`,
        sessionTimeout: 6000,
        rebalanceTimeout: 6000,
        heartbeatInterval: 300,
      })
      const pending: Received[] = []
      let arrived = Promise.withResolvers<void>()
      let failure: Error | undefined
      const fail = (error: Error): void => {
        failure ??= error
        arrived.resolve()
      }
      try {
        consumer.on('consumer:group:join', ({ generationId }) => onAssign(generationId))
        const stream = await consumer.consume({
          topics: [topic],
          mode: MessagesStreamModes.COMMITTED,
          fallbackMode: MessagesStreamFallbackModes.EARLIEST,
        })
        stream.on('error', fail)
        stream.on('close', () => fail(new Error('the stream ended')))
        signal.addEventListener('abort', () => arrived.resolve(), { once: true })
        stream.on('data', ({ partition, offset, value }) => {
          pending.push({ partition, offset: Number(offset), value })
          arrived.resolve()
        })
        while (!signal.aborted) {
          await arrived.promise
          if (failure) throw failure
          arrived = Promise.withResolvers()
          const records = pending.splice(0)
          if (records.length === 0) continue
          await onRecords(records, async (offsets) => {
            const places = [...offsets].map(([partition, offset]) => ({
              topic,
              partition,
              leaderEpoch: -1,
              offset: BigInt(offset),
            }))
            await consumer.commit({ offsets: places })
          })
        }
      } finally {
        // Where the broker is gone it may never be done.
        await Promise.race([consumer.close(true), sleep(closeMs)])
      }
    },

    close: () => Promise.resolve(),
  }
}
