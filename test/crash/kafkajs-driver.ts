/**
 * kafkajs. Its producers are not idempotent and never send again (an idempotent one takes a batch
 * that failed for sent, and loses the next), but for those of transactions, of which it does those
 * from before KIP-890; its consumers use the classic group protocol.
 */

import { Kafka, logLevel } from 'kafkajs'
import type { ConsumeOptions, Driver, DriverOptions } from './driver.ts'
import type { OpenProducer, TransactionalProducer } from './driver.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

/** A transaction that nobody ends holds readers back for so long. */
const transactionTimeoutMs = 5000

export function kafkajsDriver({ bootstrap, topic }: DriverOptions): Driver {
  const kafka = new Kafka({
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    retry: { retries: 0, initialRetryTime: 20 },
  })

  return {
    async openProducer(): Promise<OpenProducer> {
      const producer = kafka.producer({ idempotent: false, retry: { retries: 0 } })
      await producer.connect()
      return {
        async send(partition, values) {
          const messages = values.map((value) => ({ value, partition }))
          const [metadata] = await producer.send({ topic, acks: -1, messages })
          return Number(metadata!.baseOffset)
        },
        close: () => producer.disconnect(),
      }
    },

    async openTransactions(transactionalId: string): Promise<TransactionalProducer> {
      const producer = kafka.producer({
        transactionalId,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionTimeout: transactionTimeoutMs,
        retry: { retries: 2, initialRetryTime: 20 },
      })
      await producer.connect()
      return {
        async run({ sends, end, onCommit }) {
          const transaction = await producer.transaction()
          const bases: number[] = []
          for (const { partition, values } of sends) {
            const messages = values.map((value) => ({ value, partition }))
            const [metadata] = await transaction.send({ topic, acks: -1, messages })
            bases.push(Number(metadata!.baseOffset))
          }
          if (end === 'commit') onCommit()
          await (end === 'commit' ? transaction.commit() : transaction.abort())
          return bases
        },
        close: () => producer.disconnect(),
      }
    },

    async consume({ group, signal, onAssign, onRecords }: ConsumeOptions): Promise<void> {
      const consumer = kafka.consumer({
        groupId: group,
        sessionTimeout: 6000,
        // How long a member that crashed is waited for, too.
        rebalanceTimeout: 300,
        heartbeatInterval: 100,
        maxWaitTimeInMs: 200,
        retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
      })
      const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
      consumer.on('consumer.group_join', () => onAssign())
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
      signal.addEventListener('abort', () => resolve(), { once: true })
      try {
        await consumer.connect()
        await consumer.subscribe({ topic, fromBeginning: true })
        await consumer.run({
          autoCommit: false,
          eachBatch: async (payload) => {
            if (payload.isStale() || !payload.isRunning()) return
            const { batch } = payload
            const records = batch.messages.map(({ offset, value }) => ({
              partition: batch.partition,
              offset: Number(offset),
              value: value?.toString() ?? '',
            }))
            await onRecords(records, (offsets) =>
              consumer.commitOffsets(
                [...offsets].map(([partition, offset]) => ({
                  topic,
                  partition,
                  offset: String(offset),
                })),
              ),
            )
          },
        })
        await ended
      } finally {
        await consumer.disconnect()
      }
    },

    close: () => Promise.resolve(),
  }
}
