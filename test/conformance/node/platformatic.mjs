/**
 * @platformatic/kafka: streams with manual commits, in both group protocols. The stream reads ahead
 * and keeps what it has read when partitions are given up, so a program that wants every record
 * once has to commit when a rebalance begins and to skip what is no longer, or twice, its own.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  Admin,
  Consumer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka'
import * as scenario from './scenario.mjs'

const { topic } = scenario
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const options = { clientId: 'conformance', bootstrapBrokers: [scenario.bootstrap] }
const producer = new Producer({ ...options, serializers: stringSerializers, idempotent: true })

async function createTopic() {
  const admin = new Admin(options)
  await admin.createTopics({ topics: [topic], partitions: 4, replicas: 1 })
  await admin.close()
  await producer.send({ messages: [{ ...scenario.tombstone, topic }] })
}

async function produce(from, to) {
  for (const { codec, records } of scenario.chunks(from, to, codecs)) {
    const messages = records.map((record) => ({ ...record, topic }))
    await producer.send({ messages, compression: codec })
  }
}

async function join(member) {
  const classic = { groupProtocol: 'classic', sessionTimeout: 10_000, heartbeatInterval: 500 }
  const consumer = new Consumer({
    ...options,
    groupId: scenario.group,
    ...(scenario.groupProtocol === 'classic' ? classic : { groupProtocol: 'consumer' }),
    deserializers: stringDeserializers,
    autocommit: false,
    maxWaitTime: 500,
  })

  /** The next offset to process, by partition. */
  const next = new Map()
  const owned = () => consumer.assignments?.find((owned) => owned.topic === topic)?.partitions ?? []
  async function commit() {
    const partitions = owned().filter((partition) => next.has(partition))
    const offsets = partitions.map((partition) => ({
      topic,
      partition,
      offset: next.get(partition),
      leaderEpoch: -1,
    }))
    if (offsets.length > 0) await consumer.commit({ offsets })
  }

  // Between the beginning of a rebalance and the new assignment nothing may be processed.
  let givingUp
  const isRebalancing = () => givingUp !== undefined && consumer.assignments === givingUp
  consumer.on('consumer:group:rebalance', () => {
    givingUp = consumer.assignments
    commit().catch(scenario.fail)
  })

  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
  })
  const consuming = (async () => {
    for await (const { partition, offset, value, headers } of stream) {
      while (isRebalancing()) await sleep(5)
      if (!owned().includes(partition)) {
        next.delete(partition)
        continue
      }
      if (offset < (next.get(partition) ?? 0n)) continue
      scenario.consumed(member, { partition, offset, value, header: headers.get('seq') })
      next.set(partition, offset + 1n)
      await scenario.pace(member)
    }
  })()
  consuming.catch(scenario.fail)

  return async () => {
    await commit()
    await stream.close()
    await consuming
    await consumer.close()
  }
}

await scenario.play({ createTopic, produce, join, codecs, close: () => producer.close() })
