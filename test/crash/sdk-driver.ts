/**
 * Our own SDK over TCP. Its producers are idempotent and send again what may have arrived, across
 * restarts of the broker; its consumers use the group protocol of KIP-848.
 */

import { Kafka } from '../../src/index-node.ts'
import type { ConsumeOptions, Driver, DriverOptions, OpenProducer } from './driver.ts'

export function sdkDriver({ bootstrap, topic }: DriverOptions): Driver {
  const kafka = new Kafka({ url: `kafka://${bootstrap}`, timeout: '20s', retries: 40 })

  return {
    // Producers of one client share batches: each has a client, so that each is one idempotent producer.
    async openProducer(): Promise<OpenProducer> {
      const own = new Kafka({ url: `kafka://${bootstrap}`, timeout: '20s', retries: 40 })
      const producer = own.producer<string>(topic, { value: 'string', retries: 40 })
      return {
        async send(partition, values) {
          const placed = await producer.sendBatch(
            values.map((value) => ({ key: null, value, partition })),
          )
          const base = placed[0]!.offset
          if (placed.some(({ offset }, index) => offset !== base + index)) {
            throw new Error(`not in one piece: ${placed.map(({ offset }) => offset).join()}`)
          }
          return base
        },
        close: () => own.close(),
      }
    },

    async consume({ group, signal, onAssign, onRecords }: ConsumeOptions): Promise<void> {
      const config = { group, value: 'string', batchSize: 500, batchTimeout: 20, signal } as const
      onAssign()
      for await (const batch of kafka.batchConsumer<string>(topic, config)) {
        const records = batch.records.map(({ partition, offset, value }) => ({
          partition,
          offset,
          value: value ?? '',
        }))
        await onRecords(records, async () => batch.commit())
      }
    },

    close: () => kafka.close(),
  }
}
