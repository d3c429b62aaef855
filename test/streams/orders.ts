/** A foreign-key join and a group of a table, for workers that share them. */

import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'

export interface Order {
  readonly customer: string
  readonly amount: number
}

export function ordersByCustomer(sources: StreamSources): void {
  const orders = sources.table<Order>('orders')
  const on = ({ customer }: Order): string => customer
  const select = ({ amount }: Order, name: string): string => `${amount} by ${name}`
  orders.join(sources.table<string>('customers'), { on, select }).to('named')
  orders
    .groupBy(on)
    .aggregate({
      initial: 0,
      add: (total, { amount }) => total + amount,
      subtract: (total, { amount }) => total - amount,
    })
    .to('totals')
}
