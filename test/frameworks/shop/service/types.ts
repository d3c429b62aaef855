/** Module and decorators: what compiles, and what must not. It is for the compiler, and not run. */

import { Kafka, type HandlerContext, type KafkaRecord, type Producer } from 'kafka.do'
import {
  InjectKafka,
  InjectProducer,
  KafkaEvent,
  KafkaModule,
  KafkaSubscribe,
} from 'kafka.do/nestjs'
import { KafkaClientProxy, KafkaTransport } from 'kafka.do/nestjs/microservices'
import { MockKafka } from 'kafka.do/testing'
import type { Order } from './order.js'

export const modules = [
  KafkaModule.forRoot(),
  KafkaModule.forRoot({ url: 'kafka://b1:9092,b2:9092', name: 'audit', isGlobal: false }),
  KafkaModule.forRoot({ kafka: new MockKafka() }),
  KafkaModule.forRootAsync({
    inject: [Kafka],
    useFactory: (other: Kafka) => ({ url: other.url }),
  }),
  KafkaModule.forFeature(['orders', { topic: 'invoices', compression: 'zstd' }], 'audit'),
  // @ts-expect-error -- durations have units
  KafkaModule.forRoot({ timeout: '30' }),
  // @ts-expect-error -- there is no such option
  KafkaModule.forRoot({ brokers: ['localhost:9092'] }),
  // @ts-expect-error -- acks are all, 1 or 0
  KafkaModule.forFeature([{ topic: 'orders', acks: 2 }]),
]

export class Handlers {
  constructor(
    readonly kafka: Kafka,
    @InjectKafka('audit') readonly audit: Kafka,
    @InjectProducer('orders', 'audit') readonly orders: Producer<Order>,
  ) {}

  @KafkaSubscribe<Order>(['orders', 'returns'], {
    group: 'g',
    concurrency: 20,
    ordered: 'partition',
    retry: { maxAttempts: 5, baseDelay: '1s' },
    deadLetter: 'dlq',
    timeout: '10s',
    offset: 'latest',
    client: 'audit',
  })
  onOrder(record: KafkaRecord<Order>, { attempt, signal }: HandlerContext): void {
    void [record.value.quantity, attempt, signal.aborted]
  }

  @KafkaSubscribe('prices', { group: false })
  // @ts-expect-error -- whether there is a group has to be said
  @KafkaSubscribe('orders', {})
  // @ts-expect-error -- the application ends the reading, not a signal
  @KafkaSubscribe('orders', { group: 'g', signal: new AbortController().signal })
  onPrice(): void {}
}

@KafkaEvent<Ordered>('orders', { key: ({ order }) => order.customer, headers: () => ({ a: 'b' }) })
// @ts-expect-error -- an order has no such field
@KafkaEvent<Ordered>('orders', { key: ({ order }) => order.price })
export class Ordered {
  constructor(readonly order: Order) {}
}

export const services = [
  new KafkaTransport({ group: 'g', client: { url: 'http://localhost:9092' }, concurrency: 5 }),
  new KafkaClientProxy({ client: new MockKafka(), replyTimeout: '5s', value: 'json' }),
  // @ts-expect-error -- a service has a group
  new KafkaTransport({}),
  // @ts-expect-error -- durations have units
  new KafkaClientProxy({ replyTimeout: '5' }),
]
