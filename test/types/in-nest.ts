/** The module of Nest and its transport: what compiles, and what must not. It is not run. */

import type { DynamicModule } from '@nestjs/common'
import { Kafka, type ConsumerStatus, type KafkaRecord, type RecordMetadata } from 'kafka.do'
import {
  KafkaEvent,
  KafkaModule,
  getKafkaToken,
  getProducerToken,
  nestLogger,
  type KafkaEvents,
  type KafkaSubscriptions,
} from 'kafka.do/nestjs'
import {
  KafkaClientProxy,
  KafkaTransport,
  type KafkaRecordContext,
} from 'kafka.do/nestjs/microservices'
import { MockKafka } from 'kafka.do/testing'
import type { Observable } from 'rxjs'
import { exactly } from './exactly.ts'
import type { Order } from './orders.ts'

export function modules(): void {
  exactly<DynamicModule>()(KafkaModule.forRoot())
  KafkaModule.forRoot({ url: 'kafka://b1:9092,b2:9092', name: 'audit', isGlobal: false })
  KafkaModule.forRoot({ kafka: new MockKafka() })
  KafkaModule.forRoot({ logger: nestLogger() })
  KafkaModule.forRootAsync({
    inject: [Kafka],
    useFactory: (other: Kafka) => ({ url: other.url }),
  })
  KafkaModule.forFeature(['orders', { topic: 'invoices', compression: 'zstd' }], 'audit')
  // @ts-expect-error -- durations have units
  KafkaModule.forRoot({ timeout: '30' })
  // @ts-expect-error -- there is no such option
  KafkaModule.forRoot({ brokers: ['localhost:9092'] })
  // @ts-expect-error -- acks are all, 1 or 0
  KafkaModule.forFeature([{ topic: 'orders', acks: 2 }])
}

export function tokens(): void {
  exactly<typeof Kafka | string>()(getKafkaToken('audit'))
  exactly<string>()(getProducerToken('orders'))
  // @ts-expect-error -- a producer is of a topic
  getProducerToken()
}

@KafkaEvent<Ordered>('orders', {
  key: ({ order }) => order.customerId,
  headers: () => ({ a: 'b' }),
})
// @ts-expect-error -- an order has no such field
@KafkaEvent<Ordered>('orders', { key: ({ order }) => order.price })
export class Ordered {
  readonly order: Order

  constructor(order: Order) {
    this.order = order
  }
}

export async function events(events: KafkaEvents, subscriptions: KafkaSubscriptions, order: Order) {
  exactly<RecordMetadata>()(await events.publish(new Ordered(order)))
  exactly<ConsumerStatus | undefined>()(subscriptions.states[0]?.status)
  // @ts-expect-error -- events are objects
  await events.publish('ordered')
}

export function services(): void {
  void new KafkaTransport({ group: 'g', client: { url: 'http://localhost:9092' }, concurrency: 5 })
  const proxy = new KafkaClientProxy({ client: new MockKafka(), replyTimeout: '5s', value: 'json' })
  exactly<Observable<Order>>()(proxy.send<Order, string>('orders.get', '1'))
  // @ts-expect-error -- a service has a group
  void new KafkaTransport({})
  // @ts-expect-error -- durations have units
  void new KafkaClientProxy({ replyTimeout: '5' })
}

export function handled(context: KafkaRecordContext): void {
  exactly<KafkaRecord<Order>>()(context.getRecord<Order>())
  exactly<AbortSignal>()(context.getSignal())
}
