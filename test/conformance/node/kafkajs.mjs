/** kafkajs: eachMessage with its automatic commits, which it also makes when a rebalance begins. */

import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappyjs'
import * as scenario from './scenario.mjs'

const { CompressionCodecs, CompressionTypes, Kafka, Partitioners, logLevel } = kafkajs
const { topic } = scenario

/** kafkajs brings gzip only; its users register the others. */
function register(type, compress, decompress) {
  CompressionCodecs[type] = () => ({
    compress: async (encoder) => Buffer.from(await compress(encoder.buffer)),
    decompress: async (bytes) => Buffer.from(await decompress(bytes)),
  })
}
register(CompressionTypes.Snappy, snappy.compress, snappy.uncompress)
register(CompressionTypes.LZ4, lz4.compressFrame, lz4.decompressFrame)
register(CompressionTypes.ZSTD, promisify(zstdCompress), promisify(zstdDecompress))

const compressions = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}
const codecs = Object.keys(compressions)

const kafka = new Kafka({ brokers: [scenario.bootstrap], logLevel: logLevel.ERROR })
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })

async function createTopic() {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true })
  await admin.disconnect()
  await producer.connect()
  await producer.send({ topic, messages: [scenario.tombstone] })
}

async function produce(from, to) {
  for (const { codec, records } of scenario.chunks(from, to, codecs)) {
    await producer.send({ topic, messages: records, compression: compressions[codec] })
  }
}

async function join(member) {
  const consumer = kafka.consumer({
    groupId: scenario.group,
    sessionTimeout: 10_000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      const { offset, value, headers } = message
      scenario.consumed(member, {
        partition,
        offset,
        value: value?.toString(),
        header: headers?.seq?.toString(),
      })
      await scenario.pace(member)
    },
  })
  return () => consumer.disconnect()
}

await scenario.play({ createTopic, produce, join, codecs, close: () => producer.disconnect() })
