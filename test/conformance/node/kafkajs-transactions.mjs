/** kafkajs: the scenario of transactions. */

import kafkajs from 'kafkajs'
import * as copy from './copy-scenario.mjs'

const { Kafka, Partitioners, logLevel } = kafkajs
const { group, input, output } = copy

const kafka = new Kafka({ brokers: [copy.bootstrap], logLevel: logLevel.ERROR })

async function createTopics() {
  const admin = kafka.admin()
  await admin.connect()
  const topics = [input, output].map((topic) => ({ topic, numPartitions: copy.partitions }))
  await admin.createTopics({ topics, waitForLeaders: true })
  await admin.disconnect()
}

async function newProducer(transactionalId) {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return producer
}

async function fill(chunks) {
  const producer = await newProducer(`${group}-fill`)
  for (const { messages, isAborted } of chunks) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: input, messages })
    await (isAborted ? transaction.abort() : transaction.commit())
  }
  await producer.disconnect()
}

/** Copies until all is copied, or, where `isLeftOpen` says so, until a transaction is left open. */
async function copyAll({ isAborted, isLeftOpen }) {
  const producer = await newProducer(`${group}-copy`)
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 100,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: input, fromBeginning: true })
  const ended = Promise.withResolvers()
  let isEnded = false
  const end = () => {
    isEnded = true
    ended.resolve()
  }
  const copyBatch = async ({ partition, messages: fetched }) => {
    const messages = fetched.slice(0, copy.copiedMax)
    const copies = messages.map(({ key, value }) => ({ key, value, partition }))
    const transaction = await producer.transaction()
    await transaction.send({ topic: output, messages: copies })
    const offset = String(BigInt(messages.at(-1).offset) + 1n)
    const topics = [{ topic: input, partitions: [{ partition, offset }] }]
    await transaction.sendOffsets({ consumerGroupId: group, topics })
    if (isLeftOpen()) return end()
    if (isAborted()) {
      await transaction.abort()
      return consumer.seek({ topic: input, partition, offset: messages[0].offset })
    }
    await transaction.commit()
    consumer.seek({ topic: input, partition, offset })
    if (copy.copied(messages.length)) end()
  }
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async (payload) => {
      const { batch } = payload
      if (!isEnded && !payload.isStale() && batch.messages.length > 0) await copyBatch(batch)
    },
  })
  await ended.promise
  await consumer.disconnect()
  await producer.disconnect()
}

async function readOutput(onRecord) {
  const consumer = kafka.consumer({
    groupId: `${group}-check`,
    readUncommitted: false,
    maxWaitTimeInMs: 100,
  })
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
