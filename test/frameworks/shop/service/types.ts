/** The decorators of Nest: what compiles, and what must not. It is for the compiler, and not run. */

import { Kafka, type HandlerContext, type KafkaRecord, type Producer } from 'kafka.do'
import { InjectKafka, InjectProducer, KafkaSubscribe } from 'kafka.do/nestjs'
import type { Order } from './order.js'

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
