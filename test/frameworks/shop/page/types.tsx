/** Hooks: what compiles, and what must not. It is for the compiler, and not run. */

import type { ConsumerStatus, KafkaRecord } from 'kafka.do'
import { Kafka } from 'kafka.do'
import { KafkaProvider, useKafka, useProducer, useTopic } from 'kafka.do/react'

interface Order {
  readonly id: string
  readonly quantity: number
}

declare const kafka: Kafka

export function Topics() {
  const orders = useTopic<Order>('orders', { group: 'g', offset: 'latest', limit: 10 })
  const records: readonly KafkaRecord<Order>[] = orders.records
  const quantity: number | undefined = orders.latest?.value.quantity
  const status: ConsumerStatus | 'idle' = orders.status
  useTopic<Order>(['orders', 'returns'], { onRecord: (record) => record.value.quantity })
  // @ts-expect-error -- a limit is a number
  useTopic('orders', { limit: '10' })
  // @ts-expect-error -- the component ends the reading, not a signal
  useTopic('orders', { signal: new AbortController().signal })
  // @ts-expect-error -- records are not to be changed
  orders.records.push(records[0]!)
  // @ts-expect-error -- an order has no such field
  void orders.latest?.value.price
  return [quantity, status].join()
}

export function Producers() {
  const { send, sendBatch, lastSent } = useProducer<Order>('orders', { compression: 'gzip' })
  void send({ id: '1', quantity: 2 }, { key: 'ann', timeout: '5s' })
  void sendBatch([{ id: '1', quantity: 2 }])
  const offset: number | undefined = lastSent?.offset
  // @ts-expect-error -- a field is missing
  void send({ id: '1' })
  // @ts-expect-error -- keys are text unless said otherwise
  void send({ id: '1', quantity: 2 }, { key: 5 })
  return offset
}

export function Providers() {
  const provided = useKafka()
  void provided.admin.listTopics()
  return (
    <>
      <KafkaProvider kafka={kafka}>text</KafkaProvider>
      <KafkaProvider kafka={() => new Kafka({ url: 'http://localhost:9092' })} />
      {/* @ts-expect-error -- there is no provider without a client */}
      <KafkaProvider />
      {/* @ts-expect-error -- a URL alone is no client */}
      <KafkaProvider kafka="http://localhost:9092" />
    </>
  )
}
