/** What the shop is about. */

import { KafkaEvent } from 'kafka.do/nestjs'

export interface Order {
  readonly id: string
  readonly customer: string
  readonly quantity: number
}

export interface Invoice {
  readonly orderId: string
  readonly amount: number
}

@KafkaEvent<OrderCreated>('orders', {
  key: ({ order }) => order.customer,
  value: ({ order }) => order,
  headers: () => ({ source: 'http' }),
})
export class OrderCreated {
  constructor(readonly order: Order) {}
}
