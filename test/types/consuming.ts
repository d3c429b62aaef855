/** Consumers: what compiles, and what must not. It is for the compiler, and not run. */

import { Kafka, KafkaError, Offset, TopicNotFoundError, bytes } from 'kafka.do'
import type { Batch, ConsumerStatus, KafkaRecord, RecordStream, Serde } from 'kafka.do'
import type { ConsumerPosition, TopicPartition } from 'kafka.do'
import { exactly } from './exactly.ts'
import type { Order } from './orders.ts'

export async function records(kafka: Kafka): Promise<void> {
  const orders = kafka.consumer<Order>('orders', { group: 'billing', autoCommit: true })
  for await (const record of orders) {
    exactly<KafkaRecord<Order>>()(record)
    exactly<Order>()(record.value)
    exactly<string | null>()(record.key)
    exactly<Date>()(record.timestamp)
    await record.commit({ timeout: '5s' })
    // @ts-expect-error -- an order has no such field
    void record.value.price
    // @ts-expect-error -- records are not changed
    record.offset = 5
  }
  exactly<KafkaRecord<Order> | undefined>()(await orders.next())
  exactly<ConsumerStatus>()(orders.status)
  kafka.consumer<Order>(['orders', 'returns'])
  for await (const record of kafka.consumer('anything')) {
    exactly<unknown>()(record.value)
    // @ts-expect-error -- nobody has said what the values are
    void record.value.amount
  }
}

export function partitions(kafka: Kafka): void {
  const orders = kafka.consumer<Order>('orders', {
    group: 'billing',
    onAssigned: async (partitions) => exactly<readonly TopicPartition[]>()(partitions),
    async onRevoked([place]) {
      if (place) await orders.seek({ ...place, offset: 0 })
    },
    // @ts-expect-error -- partitions are not changed
    onLost: (partitions) => partitions.push({ topic: 'orders', partition: 0 }),
  })
  for (const position of orders.positions()) {
    exactly<ConsumerPosition>()(position)
    exactly<number | null>()(position.lag)
  }
  // @ts-expect-error -- it is to be called
  kafka.consumer('orders', { onAssigned: 'cache' })
}

export async function chains(kafka: Kafka): Promise<void> {
  const amounts = kafka
    .consumer<Order>('orders')
    .filter(({ value }) => value.amount > 10)
    .map(async ({ value }) => value.amount)
    .take(5)
  exactly<RecordStream<number>>()(amounts)
  exactly<number[]>()(await amounts.toArray())
  const words = kafka.consumer<string>('lines').flatMap(({ value }) => value.split(' '))
  exactly<RecordStream<string>>()(words)
  words.subscribe({ next: (word) => word.length, error: (error: unknown) => error })
  // @ts-expect-error -- it is a word, not a number
  words.subscribe((word: number) => word)
  const text = kafka
    .consumer<string | number>('mixed')
    .map(({ value }) => value)
    .filter((value): value is string => typeof value === 'string')
  exactly<RecordStream<string>>()(text)
}

export function places(kafka: Kafka): void {
  for (const offset of [
    'earliest',
    Offset.latest,
    Offset.timestamp(new Date(0)),
    new Date(0),
  ] as const) {
    kafka.consumer('orders', { offset })
  }
  // @ts-expect-error -- there is no such place
  kafka.consumer('orders', { offset: 'newest' })
  // @ts-expect-error -- transactions are seen, or they are not
  kafka.consumer('orders', { isolation: 'serializable' })
  // @ts-expect-error -- there is no such unit
  kafka.consumer('orders', { sessionTimeout: '5 fortnights' })
  kafka.consumer(/orders/)
  // @ts-expect-error -- topics have names
  kafka.consumer([/orders/])
}

export async function batches(kafka: Kafka): Promise<void> {
  const consumer = kafka.batchConsumer<Order>('orders', { batchSize: 100, batchTimeout: '5s' })
  for await (const batch of consumer) {
    exactly<Batch<Order>>()(batch)
    exactly<number>()(batch.length)
    for (const { value } of batch) exactly<Order>()(value)
    await batch.commit()
  }
  // @ts-expect-error -- it is a number of records
  kafka.batchConsumer('orders', { batchSize: '100' })
}

export async function processing(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer<Order>('orders', { group: 'billing' })
  await consumer.process(
    async ({ value }, { signal, attempt }) => {
      exactly<Order>()(value)
      exactly<AbortSignal>()(signal)
      exactly<number>()(attempt)
    },
    { concurrency: 20, ordered: 'key', retry: { maxAttempts: 3 }, deadLetter: 'failed' },
  )
  // @ts-expect-error -- by key, by partition, or not at all
  await consumer.process(() => undefined, { ordered: 'topic' })
  // @ts-expect-error -- dead letters go to a topic
  await consumer.process(() => undefined, { deadLetter: true })
  await kafka.consume<Order>('orders', { group: 'billing' }, ({ value }) => value.amount)
}

export async function serdes(kafka: Kafka): Promise<void> {
  exactly<Uint8Array | undefined>()((await kafka.consumer('raw', { value: bytes }).first())?.value)
  const byBytes = await kafka.consumer('raw', { key: bytes }).first()
  exactly<Uint8Array | null | undefined>()(byBytes?.key)
  const dates: Serde<Date> = {
    serialize: (date) => date.toISOString(),
    deserialize: (given) => new Date(new TextDecoder().decode(given)),
  }
  for await (const { value } of kafka.consumer('dates', { value: dates })) exactly<Date>()(value)
  // @ts-expect-error -- dates are not numbers
  await kafka.producer('dates', { value: dates }).send(5)
  // @ts-expect-error -- what writes must be able to read
  kafka.consumer('dates', { value: { serialize: () => '' } })
  // @ts-expect-error -- there is no such serde
  kafka.consumer('dates', { value: 'avro' })
}

export function errors(error: unknown): void {
  if (KafkaError.is(error)) {
    exactly<string>()(error.code)
    exactly<boolean>()(error.maybeApplied)
    exactly<string | undefined>()(error.topic)
  }
  if (error instanceof TopicNotFoundError) exactly<'topic_not_found'>()(error.code)
}
