/** Makes an invoice of each order, for a price that another service knows. */

import { Inject, Injectable } from '@nestjs/common'
import { ClientProxy } from '@nestjs/microservices'
import type { KafkaRecord, Producer } from 'kafka.do'
import { InjectProducer, KafkaSubscribe } from 'kafka.do/nestjs'
import { firstValueFrom } from 'rxjs'
import type { Invoice, Order } from './order.js'

@Injectable()
export class Billing {
  constructor(
    @InjectProducer('invoices') private readonly invoices: Producer<Invoice>,
    @Inject('PRICING') private readonly pricing: ClientProxy,
  ) {}

  @KafkaSubscribe<Order>('orders', {
    group: 'billing',
    retry: { maxAttempts: 2, baseDelay: '10ms' },
    deadLetter: 'orders-dlq',
  })
  async onOrder(record: KafkaRecord<Order>): Promise<void> {
    const { id, quantity } = record.value
    if (quantity < 1) throw new Error(`nobody orders ${quantity}`)
    const { amount } = await firstValueFrom(
      this.pricing.send<{ amount: number }>('price', { quantity }),
    )
    await this.invoices.send({ orderId: id, amount }, { key: id })
    await firstValueFrom(this.pricing.emit('order.billed', { key: id, value: { amount } }))
  }
}
