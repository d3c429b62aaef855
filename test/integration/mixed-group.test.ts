/** A group of an application that moves to the SDK: consumers of both protocols, side by side. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Kafka as KafkaJs, logLevel } from 'kafkajs'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

const partitions = 4
let server: KafkaServer
let kafka: Kafka

before(async () => {
  server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
  kafka = new Kafka({ url: server.url })
})
after(async () => {
  await kafka.close()
  await server.close()
})

/** Numbers that were read, and who waits for all up to one of them. */
class Reads {
  readonly #counts = new Map<number, number>()
  #onRead: () => void = () => {}

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
    this.#onRead()
  }

  has(value: number): boolean {
    return this.#counts.has(value)
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      await new Promise<void>((resolve) => {
        this.#onRead = resolve
      })
    }
  }
}

async function startKafkaJs(topic: string, reads: Reads) {
  const { host, port } = server.address
  const client = new KafkaJs({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING })
  // It looks for rebalances between fetches.
  const often = { heartbeatInterval: 100, maxWaitTimeInMs: 100 }
  const consumer = client.consumer({ groupId: 'g', sessionTimeout: 6000, ...often })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      reads.add(Number(message.value?.toString()))
      return Promise.resolve()
    },
  })
  return consumer
}

test('kafkajs and the SDK share the partitions of a group, and lose no record of it', async () => {
  const topic = 'moving'
  await kafka.admin.createTopic(topic, { partitions })
  const producer = kafka.producer<number>(topic)
  let count = 0
  const send = async (): Promise<void> => {
    for (let partition = 0; partition < partitions; partition++) {
      await producer.send(count++, { partition })
    }
  }
  const [byKafkaJs, bySdk] = [new Reads(), new Reads()]
  const isRead = (value: number): boolean => byKafkaJs.has(value) || bySdk.has(value)
  /** Sends until both have got some, or one alone all, of what is sent at once. */
  const sendUntil = async (isEnough: (values: readonly number[]) => boolean): Promise<void> => {
    for (;;) {
      const first = count
      await send()
      const values = Array.from({ length: partitions }, (_, index) => first + index)
      const areRead = (): boolean => values.every(isRead)
      await Promise.race([byKafkaJs.until(areRead), bySdk.until(areRead)])
      if (isEnough(values)) return
    }
  }

  const former = await startKafkaJs(topic, byKafkaJs)
  await sendUntil((values) => values.every((value) => byKafkaJs.has(value)))

  const consumer = kafka.consumer<number>(topic, { group: 'g', autoCommit: true })
  const consuming = consumer.forEach(({ value }) => bySdk.add(value))
  await sendUntil((values) => {
    return values.some((each) => byKafkaJs.has(each)) && values.some((each) => bySdk.has(each))
  })

  await former.disconnect()
  await sendUntil((values) => values.every((value) => bySdk.has(value)))
  const again = await startKafkaJs(topic, byKafkaJs)
  await sendUntil((values) => values.some((value) => byKafkaJs.has(value)))
  await consumer.close()
  await consuming
  await sendUntil((values) => values.every((value) => byKafkaJs.has(value)))
  await again.disconnect()
  await producer.close()
  const lost = Array.from({ length: count }, (_, value) => value).filter((each) => !isRead(each))
  assert.deepEqual(lost, [])
})
