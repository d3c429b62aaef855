/**
 * node-rdkafka: librdkafka in Node, with its own threads. It is native code that npm compiles for the
 * Node that runs npm; see `../node-rdkafka.ts`.
 */

import { createRequire } from 'node:module'
import type { SampleEvent } from '../sample-events.ts'
import { runClient, type Message } from './client.ts'

const { KafkaConsumer, Producer } = createRequire(process.env['NODE_RDKAFKA']!)(
  'node-rdkafka',
) as Rdkafka

/** As much of it as is used here. */
interface Rdkafka {
  readonly Producer: new (config: object) => {
    connect(options: object, onDone: (error: Error | null) => void): void
    setPollInterval(ms: number): void
    on(event: 'delivery-report', onReport: (error: Error | null, report: Report) => void): void
    produce(
      topic: string,
      partition: number | null,
      value: Buffer,
      key: string,
      timestamp: number,
      opaque: unknown,
    ): void
  }
  readonly KafkaConsumer: new (
    config: object,
    topicConfig: object,
  ) => {
    connect(): void
    subscribe(topics: readonly string[]): void
    consume(): void
    on(event: 'ready', onReady: () => void): void
    on(event: 'event.error', onError: (error: Error) => void): void
    on(event: 'data', onRecord: (record: { readonly value: Buffer | null }) => void): void
  }
}

interface Report {
  readonly opaque: unknown
}

/** What librdkafka says where its queue is full. */
const queueFull = -184

// The Node that npm runs in may be too old to have it.
function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: PromiseWithResolvers<Value>['resolve']
  let reject!: PromiseWithResolvers<Value>['reject']
  const promise = new Promise<Value>((onDone, onError) => {
    resolve = onDone
    reject = onError
  })
  return { promise, resolve, reject }
}
if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers })

await runClient(async ({ bootstrap, topic }) => {
  const producer = new Producer({ 'metadata.broker.list': bootstrap, acks: -1, dr_cb: true })
  await new Promise<void>((resolve, reject) => {
    producer.connect({}, (error) => (error ? reject(error) : resolve()))
  })
  // Its README has 100, with which no record would be acknowledged in less.
  producer.setPollInterval(1)
  producer.on('delivery-report', (error, { opaque }) => {
    const { resolve, reject } = opaque as PromiseWithResolvers<void>
    if (error) reject(error)
    else resolve()
  })
  const produce = async ({ key, value }: Message): Promise<void> => {
    const opaque = Promise.withResolvers<void>()
    const bytes = Buffer.from(JSON.stringify(value))
    for (;;) {
      try {
        producer.produce(topic, null, bytes, key, Date.now(), opaque)
        return opaque.promise
      } catch (error) {
        if ((error as { code?: number }).code !== queueFull) throw error
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
  }
  return {
    send: produce,
    sendBatch: (messages) => Promise.all(messages.map(produce)),
    consume: (group, onEvent) =>
      new Promise((_, reject) => {
        const consumer = new KafkaConsumer(
          { 'metadata.broker.list': bootstrap, 'group.id': group },
          { 'auto.offset.reset': 'earliest' },
        )
        consumer.on('ready', () => {
          consumer.subscribe([topic])
          consumer.consume()
        })
        consumer.on('event.error', reject)
        consumer.on('data', ({ value }) => {
          onEvent(JSON.parse(value!.toString()) as SampleEvent)
        })
        consumer.connect()
      }),
  }
})
