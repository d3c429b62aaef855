/**
 * Fills the log of any broker with what a log can hold: all codecs, headers, tombstones, timestamps
 * out of order, idempotent producers, transactions that commit and abort, keys to compact; in many
 * small segments. Topics are `mixed`, `stamped`, `transactional` and `compacted`.
 */

import kafkajs, { type Producer as KafkaJsProducer } from 'kafkajs'
import { Kafka } from '../../src/index-node.ts'
import { compressionNames } from '../../src/record/compression.ts'

export interface LogWorkload {
  /** `host:port` */
  readonly bootstrap: string
  /** Batches that go to each partition of `mixed`. */
  readonly batchesPerPartition: number
  /** Bytes of a segment; Apache Kafka 4.3 allows no less than 1 MiB, but for its internal config. */
  readonly segmentBytes: number
  readonly segmentConfig: string
}

export const mixedPartitions = 4
const recordsPerBatch = 6

export async function fillLog(workload: LogWorkload): Promise<void> {
  const kafka = new Kafka({ url: `kafka://${workload.bootstrap}` })
  try {
    await createTopics(kafka, workload)
    await fillMixed(kafka, workload)
    await fillCompacted(kafka, workload)
  } finally {
    await kafka.close()
  }
  await fillTransactional(workload)
}

async function createTopics(kafka: Kafka, workload: LogWorkload): Promise<void> {
  const { segmentBytes, segmentConfig } = workload
  const small = { [segmentConfig]: String(segmentBytes), 'index.interval.bytes': '300' }
  const stamped = { ...small, 'message.timestamp.type': 'LogAppendTime' }
  const compacted = {
    ...small,
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.01',
    'delete.retention.ms': '0',
    'file.delete.delay.ms': '0',
  }
  await kafka.admin.createTopic('mixed', { partitions: mixedPartitions, configs: small })
  await kafka.admin.createTopic('stamped', { configs: stamped })
  await kafka.admin.createTopic('transactional', { partitions: 2, configs: small })
  await kafka.admin.createTopic('compacted', { configs: compacted })
}

async function fillMixed(kafka: Kafka, { batchesPerPartition }: LogWorkload): Promise<void> {
  const nowMs = Date.now()
  await Promise.all(
    compressionNames.flatMap((compression, codec) => {
      const options = { compression, value: 'string', key: 'string', lingerMs: 0 } as const
      // Those that are not idempotent have batches without a producer id.
      const idempotent = codec % 2 === 0
      const mixed = kafka.producer<string>('mixed', { ...options, idempotent })
      const stamped = kafka.producer<string>('stamped', options)
      return Array.from({ length: mixedPartitions }, async (_, partition) => {
        const count = Math.ceil(batchesPerPartition / compressionNames.length)
        for (let batch = 0; batch < count; batch++) {
          const records = Array.from({ length: recordsPerBatch }, (_, at) => ({
            value: at === 3 ? null : `${compression} ${batch}.${at} ${'x'.repeat(batch % 60)}`,
            key: at === 1 ? null : `key-${(batch * 7 + at) % 50}`,
            partition,
            // Mostly forward, now and then back.
            timestamp: nowMs - 1_000_000 + batch * 10 - (at % 3) * 1000,
            headers: at === 2 ? { trace: `t-${batch}`, codec: compression } : {},
          }))
          await mixed.sendBatch(records)
          if (partition === 0) await stamped.sendBatch(records)
        }
      })
    }),
  )
}

async function fillCompacted(kafka: Kafka, { batchesPerPartition }: LogWorkload): Promise<void> {
  const producers = compressionNames.map((compression) =>
    kafka.producer<string>('compacted', { compression, value: 'string', key: 'string' }),
  )
  for (let batch = 0; batch < batchesPerPartition; batch++) {
    const records = Array.from({ length: recordsPerBatch }, (_, at) => ({
      key: `key-${(batch * 11 + at * 5) % 97}`,
      value: (batch + at) % 17 === 0 ? null : `${batch}.${at} ${'y'.repeat(batch % 80)}`,
    }))
    await producers[batch % producers.length]!.sendBatch(records)
  }
}

async function fillTransactional(workload: LogWorkload): Promise<void> {
  const { bootstrap, batchesPerPartition } = workload
  const { CompressionTypes, Kafka: KafkaJs, Partitioners, logLevel } = kafkajs
  const kafka = new KafkaJs({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const producers: KafkaJsProducer[] = []
  for (const name of ['a', 'b']) {
    const producer = kafka.producer({
      transactionalId: `workload-${name}`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    producers.push(producer)
  }
  // Two at a time, so that transactions overlap.
  const run = async (producer: KafkaJsProducer, name: string): Promise<void> => {
    for (let at = 0; at < Math.ceil(batchesPerPartition / 8); at++) {
      const transaction = await producer.transaction()
      for (const partition of [0, 1]) {
        const messages = Array.from({ length: 3 }, (_, record) => ({
          key: `${name}-${at}`,
          value: `${at % 3 === 1 ? 'aborted' : 'committed'} ${name} ${at}.${record}`,
          partition,
        }))
        const compression = at % 2 === 0 ? CompressionTypes.GZIP : CompressionTypes.None
        await transaction.send({ topic: 'transactional', messages, compression })
      }
      await (at % 3 === 1 ? transaction.abort() : transaction.commit())
    }
  }
  try {
    await Promise.all(producers.map((producer, at) => run(producer, at === 0 ? 'a' : 'b')))
  } finally {
    await Promise.all(producers.map((producer) => producer.disconnect()))
  }
}
