/** @kafkats/client: runEach; it commits by itself before partitions are given up. */

import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import {
  CompressionType,
  KafkaClient,
  compressionCodecs,
  createLz4Codec,
  createSnappyCodec,
  createZstdCodec,
  strict,
} from '@kafkats/client'
import lz4 from 'lz4-napi'
import snappy from 'snappyjs'
import * as scenario from './scenario.mjs'

const { topic, group } = scenario
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
compressionCodecs.register(CompressionType.Snappy, createSnappyCodec(snappy))
compressionCodecs.register(CompressionType.Lz4, createLz4Codec(lz4))
compressionCodecs.register(
  CompressionType.Zstd,
  createZstdCodec({
    compress: (bytes) => compress(bytes),
    decompress: (bytes) => decompress(bytes),
  }),
)

const newClient = (clientId) => new KafkaClient({ brokers: [scenario.bootstrap], clientId })
const client = newClient('producer')
const producers = codecs.map((compression) => client.producer({ compression, idempotent: true }))

async function createTopic() {
  await client.connect()
  await client.createTopics([{ name: topic, numPartitions: 4, replicationFactor: 1 }])
  await producers[0].send(topic, scenario.tombstone)
}

async function produce(from, to) {
  for (const { codec, records } of scenario.chunks(from, to, codecs)) {
    const messages = records.map((record) => ({ ...record, value: Buffer.from(record.value) }))
    await producers[codecs.indexOf(codec)].send(topic, messages)
  }
}

async function join(member) {
  // A client of its own, as in a process of its own: on a shared connection the JoinGroup of one
  // member, which waits for the other, would hold up the heartbeats of that other.
  const memberClient = newClient(member)
  await memberClient.connect()
  const consumer = memberClient.consumer({
    groupId: group,
    autoOffsetReset: 'earliest',
    sessionTimeoutMs: 10_000,
    heartbeatIntervalMs: 500,
    maxWaitMs: 500,
  })
  consumer.on('error', scenario.fail)
  const handle = async ({ partition, offset, value, headers }) => {
    scenario.consumed(member, {
      partition,
      offset,
      value: value?.toString(),
      header: headers.seq?.toString(),
    })
    await scenario.pace(member)
  }
  // Without a priority, 0.12.0 puts what a poll leaves over of a fetch behind later fetches of the
  // same partition, whichever the broker: its records then come out of order.
  const running = consumer.runEach(topic, handle, { priority: strict({ order: [topic] }) })
  running.catch(scenario.fail)
  return async () => {
    consumer.stop()
    await running
    await memberClient.disconnect()
  }
}

async function close() {
  await Promise.all(producers.map((producer) => producer.disconnect()))
  await client.disconnect()
}

await scenario.play({ createTopic, produce, join, codecs, close })
