/**
 * @platformatic/kafka: the scenario of transactions. A stream of it reads ahead, and cannot go back: what is
 * aborted is done again with the messages in hand.
 *
 * Its filter for READ_COMMITTED (2.12.1) knows one aborted transaction of a producer in a fetch, and
 * only where the marker is in the same fetch: it hands out what was aborted, whichever the broker. So
 * the input has nothing aborted in it (that goes to the output), and kafkajs reads the output.
 */

import {
  Admin,
  Consumer,
  FetchIsolationLevels,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import * as copy from './copy-scenario.mjs'

const { group, input, output } = copy
const options = { clientId: 'conformance', bootstrapBrokers: [copy.bootstrap] }

async function createTopics() {
  const admin = new Admin(options)
  const topics = [input, output]
  await admin.createTopics({ topics, partitions: copy.partitions, replicas: 1 })
  await admin.close()
}

function newProducer(name) {
  const transactionalId = `${group}-${name}`
  // By default 2.12.1 says that it is producer 0 in epoch 0, and cannot take over an id that another one
  // has had, whichever the broker.
  const nobody = { producerId: -1n, producerEpoch: -1 }
  return new Producer({
    ...options,
    ...nobody,
    transactionalId,
    serializers: stringSerializers,
    idempotent: true,
  })
}

function withTopic(messages, topic) {
  return messages.map((message) => ({ ...message, topic }))
}

async function fill(chunks) {
  const producer = newProducer('fill')
  for (const { messages, isAborted } of chunks) {
    const transaction = await producer.beginTransaction()
    await transaction.send({ messages: withTopic(messages, isAborted ? output : input) })
    await (isAborted ? transaction.abort() : transaction.commit())
  }
  await producer.close()
}

async function openStream() {
  const consumer = new Consumer({
    ...options,
    groupId: group,
    groupProtocol: 'classic',
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    deserializers: stringDeserializers,
    autocommit: false,
    maxWaitTime: 100,
    isolationLevel: FetchIsolationLevels.READ_COMMITTED,
  })
  const stream = await consumer.consume({
    topics: [input],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
  })
  return { consumer, stream }
}

/** Copies until all is copied, or, where `isLeftOpen` says so, until a transaction is left open. */
async function copyAll({ isAborted, isLeftOpen }) {
  const producer = newProducer('copy')
  const { consumer, stream } = await openStream()
  /** Copies what is read until the stream has nothing in hand. Returns whether that was the last. */
  async function copyBatch(read) {
    const messages = read.map(({ key, value, partition }) => ({
      topic: output,
      key,
      value,
      partition,
    }))
    const lasts = new Map(read.map((message) => [message.partition, message]))
    for (;;) {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages })
      await transaction.addConsumer(consumer)
      for (const message of lasts.values()) await transaction.addOffset(message)
      if (isLeftOpen()) return true
      if (isAborted()) await transaction.abort()
      else {
        await transaction.commit()
        return copy.copied(messages.length)
      }
    }
  }
  let batch = []
  for await (const message of stream) {
    batch.push(message)
    if (batch.length < copy.copiedMax && stream.readableLength > 0) continue
    if (await copyBatch(batch)) break
    batch = []
  }
  await stream.close()
  await consumer.close(true)
}

async function readOutput(onRecord) {
  const { Kafka, logLevel } = kafkajs
  const kafka = new Kafka({ brokers: [copy.bootstrap], logLevel: logLevel.ERROR })
  const groupId = `${group}-check`
  const consumer = kafka.consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: output, fromBeginning: true })
  const done = Promise.withResolvers()
  await consumer.run({
    eachMessage: async ({ partition, message: { offset, value } }) => {
      if (onRecord(partition, offset, value.toString())) done.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
}

await copy.play({ createTopics, fill, copyAll, readOutput })
// The producer that was left in the middle of a transaction keeps its connections.
process.stdout.write('', () => process.exit(0))
