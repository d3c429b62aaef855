/** Producers: what compiles, and what must not. It is for the compiler, and not run. */

import { bytes, Kafka, withRetry, type DeliveryReport, type RecordMetadata } from 'kafka.do'
import { exactly } from './exactly.ts'
import { order, type Order } from './orders.ts'

export async function clients(): Promise<void> {
  await using kafka = new Kafka()
  void new Kafka({ url: 'kafka://b1:9092,b2:9092', apiKey: 'key', timeout: '30s', retries: 3 })
  exactly<string>()(kafka.url)
  // @ts-expect-error -- durations have units
  void new Kafka({ timeout: '30' })
  // @ts-expect-error -- there is no such option
  void new Kafka({ brokers: ['localhost:9092'] })
  // @ts-expect-error -- a URL is text
  void new Kafka({ url: 9092 })
}

export async function producers(kafka: Kafka): Promise<void> {
  const orders = kafka.producer<Order>('orders', { compression: 'zstd', acks: 'all', lingerMs: 5 })
  const sent = await orders.send(order, { key: 'ann', headers: { trace: 'abc' }, timeout: '5s' })
  exactly<RecordMetadata>()(sent)
  exactly<number>()(sent.offset)
  exactly<RecordMetadata[]>()(await orders.sendBatch([order, { key: 'ann', value: order }]))
  await orders.send(null, { key: 'ann' })
  // @ts-expect-error -- a field is missing
  await orders.send({ orderId: '1' })
  // @ts-expect-error -- there is no such field
  await orders.send({ ...order, price: 2 })
  // @ts-expect-error -- one of them is not an order
  await orders.sendBatch([order, 'order'])
  await orders.sendBatch([
    { key: null, value: order, partition: 1 },
    { headers: {}, value: null },
  ])
  // @ts-expect-error -- without a key or headers it would be sent as it is, and not the order in it
  await orders.sendBatch([{ value: order, partition: 1 }])
  // @ts-expect-error -- keys are text unless said otherwise
  await orders.send(order, { key: 5 })
  // @ts-expect-error -- partitions have numbers
  await orders.send(order, { partition: 'first' })
  // @ts-expect-error -- there is no such compression
  kafka.producer('orders', { compression: 'brotli' })
  // @ts-expect-error -- all, the leader, or nobody
  kafka.producer('orders', { acks: 2 })
  await kafka.produce('orders', order, { key: 'ann', acks: 1 })
}

export async function keys(kafka: Kafka): Promise<void> {
  const byBytes = kafka.producer<Order, Uint8Array>('orders', { key: 'bytes' })
  await byBytes.send(order, { key: new Uint8Array(4) })
  // @ts-expect-error -- keys are bytes here
  await byBytes.send(order, { key: 'ann' })
  await kafka.producer('orders', { key: bytes }).send(order, { key: new Uint8Array(4) })
}

export async function reports(kafka: Kafka): Promise<void> {
  const producer = kafka.asyncProducer<Order>('orders')
  void producer.send(order)
  // @ts-expect-error -- a field is missing
  void producer.send({ orderId: '1' })
  for await (const report of producer.reports()) {
    exactly<DeliveryReport<Order>>()(report)
    if (report.error === undefined) exactly<number>()(report.offset)
    exactly<Order | null>()(report.record.value)
    // @ts-expect-error -- where it is, is known only where it was not refused
    report.offset.toFixed()
  }
}

export async function transactions(kafka: Kafka): Promise<void> {
  const count = await kafka.transaction<Order, string, number>('orders', async (tx) => {
    await tx.send(order, { key: 'ann' })
    await tx.send('text', { topic: 'notes', serde: 'string' })
    await tx.sendBatch([1, 2], { topic: 'numbers' })
    // @ts-expect-error -- a field is missing
    await tx.send({ orderId: '1' })
    // @ts-expect-error -- a topic to send to cannot be undefined and have a serde
    await tx.send(order, { serde: 'string' })
    for await (const record of kafka.consumer('orders', { group: 'g' })) tx.commit(record)
    // @ts-expect-error -- it is for records to be committed
    tx.commit(5)
    exactly<AbortSignal>()(tx.signal)
    return 5
  })
  exactly<number>()(count)
  // @ts-expect-error -- the result is a number
  exactly<string>()(count)
  // @ts-expect-error -- a transaction is acknowledged by all
  await kafka.transaction('orders', () => undefined, { acks: 1 })
}

export async function retries(): Promise<void> {
  exactly<number>()(await withRetry(async () => 5, { maxAttempts: 3, baseDelay: '1s' }))
  // @ts-expect-error -- it calls a function
  await withRetry(5)
}
