/** React's hooks, and RxJS: what compiles, and what must not. It is for the compiler, and not run. */

import type { Kafka, KafkaRecord, RecordMetadata } from 'kafka.do'
import { useKafka, useProducer, useTopic, type TopicStatus } from 'kafka.do/react'
import { from, map, type Observable } from 'rxjs'
import { exactly } from './exactly.ts'
import { order, type Order } from './orders.ts'

export function useOrders(): void {
  const { records, status } = useTopic<Order>('orders', { limit: 5 })
  exactly<Order | undefined>()(records[0]?.value)
  exactly<TopicStatus>()(status)
  // @ts-expect-error -- there is no such place
  useTopic('orders', { offset: 'newest' })
  // @ts-expect-error -- an order has no such field
  void useTopic<Order>('orders').records[0]?.value.price
}

export async function useSending(): Promise<void> {
  const { send, isSending } = useProducer<Order>('orders')
  exactly<boolean>()(isSending)
  exactly<RecordMetadata>()(await send(order, { key: 'ann' }))
  // @ts-expect-error -- a field is missing
  await send({ orderId: '1' })
  await useKafka().produce('orders', order)
}

export function observed(kafka: Kafka): void {
  const orders = from(kafka.consumer<Order>('orders'))
  exactly<Observable<KafkaRecord<Order>>>()(orders)
  exactly<Observable<number>>()(orders.pipe(map(({ value }) => value.amount)))
  // @ts-expect-error -- an order has no such field
  orders.pipe(map(({ value }) => value.price))
}
