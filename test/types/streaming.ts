/** Streams: what compiles, and what must not. It is for the compiler, and not run. */

import { Window, type JoinedStream, type Kafka, type KafkaStream } from 'kafka.do'
import type { StreamRun, Table, WindowedTable } from 'kafka.do'
import { exactly } from './exactly.ts'
import type { Customer, Order } from './orders.ts'

export function stateless(kafka: Kafka): void {
  const orders = kafka.stream<Order>('orders')
  exactly<KafkaStream<Order>>()(orders)
  exactly<KafkaStream<number>>()(
    orders.filter(({ amount }) => amount > 100).map(({ amount }) => amount),
  )
  exactly<KafkaStream<Order, number>>()(orders.selectKey(({ amount }) => amount))
  exactly<KafkaStream<string, number>>()(
    orders.mapRecord(({ amount, orderId }) => [amount, orderId] as const),
  )
  exactly<KafkaStream<boolean>>()(orders.mapAsync(async ({ amount }) => amount > 100))
  exactly<KafkaStream<string>>()(orders.flatMap(({ orderId }) => [orderId, orderId]))
  exactly<KafkaStream<Order | Customer>>()(orders.merge(kafka.stream<Customer>('customers')))
  exactly<StreamRun>()(orders.to('copies'))
  // @ts-expect-error -- an order has no such field
  orders.filter(({ price }) => price > 100)
  // @ts-expect-error -- a test says yes or no
  orders.filter(({ orderId }) => orderId)
  // @ts-expect-error -- nothing is awaited here: that is `mapAsync`
  orders.filter(async ({ amount }) => amount > 100)
  // @ts-expect-error -- a record is a key and a value
  orders.mapRecord(({ amount }) => amount)
}

export function branches(kafka: Kafka): void {
  const mixed = kafka.stream<Order | Customer>('mixed')
  const { orders, rest } = mixed.split({
    orders: (value): value is Order => 'orderId' in value,
    rest: () => true,
  })
  exactly<KafkaStream<Order>>()(orders)
  exactly<KafkaStream<Order | Customer>>()(rest)
  exactly<KafkaStream<Order>>()(mixed.filter((value): value is Order => 'orderId' in value))
  mixed.branch([
    [(value) => 'name' in value, 'customers'],
    [() => true, 'orders'],
  ])
  // @ts-expect-error -- a branch ends in a topic
  mixed.branch([[() => true, 5]])
  // @ts-expect-error -- there is no such branch
  void mixed.split({ all: () => true }).others
}

export async function tables(kafka: Kafka): Promise<void> {
  const byCustomer = kafka.stream<Order>('orders').groupBy(({ customerId }) => customerId)
  const totals = byCustomer.reduce(0, (total, { amount }) => total + amount)
  exactly<Table<number>>()(totals)
  exactly<Table<number>>()(byCustomer.count())
  exactly<Table<Order>>()(byCustomer.reduce((first, second) => (first ? second : first)))
  exactly<Table<Set<string>>>()(
    byCustomer.aggregate({
      initial: () => new Set<string>(),
      add: (seen, { orderId }) => seen.add(orderId),
    }),
  )
  for await (const [customer, total] of totals) {
    exactly<string>()(customer)
    exactly<number | undefined>()(total)
  }
  // @ts-expect-error -- the total is a number
  byCustomer.reduce(0, (total, { orderId }) => total + orderId)
  // @ts-expect-error -- what is added to must be what is begun with
  byCustomer.aggregate({ initial: 0, add: (seen: string) => seen })
}

export function windows(kafka: Kafka): void {
  const perFiveMinutes = kafka
    .stream<Order>('orders')
    .window(Window.tumbling('5m', { grace: '1m' }))
    .groupBy(({ customerId }) => customerId)
    .count()
  exactly<WindowedTable<number>>()(perFiveMinutes)
  perFiveMinutes.forEach((customer, { value, start, end }) => {
    exactly<string>()(customer)
    exactly<number>()(end - start)
    void value
  })
  // @ts-expect-error -- durations have units
  Window.tumbling('5')
  // @ts-expect-error -- it hops by something
  Window.hopping('5m')
}

export function joins(kafka: Kafka): void {
  const orders = kafka.stream<Order>('orders')
  const customers = kafka.table<Customer>('customers')
  const payments = kafka.stream<{ readonly orderId: string }>('payments')
  const paid = orders.join(payments, { on: (o, p) => o.orderId === p.orderId, window: '1h' })
  exactly<JoinedStream<Order, { readonly orderId: string }>>()(paid)
  exactly<KafkaStream<number>>()(paid.map(({ amount }) => amount))
  exactly<JoinedStream<Order, Customer>>()(orders.join(customers))
  exactly<JoinedStream<Order, Customer | undefined>>()(orders.leftJoin(customers))
  orders.leftJoin(customers).map((o, customer) => {
    // @ts-expect-error -- there may be no such customer
    return o.orderId + customer.name
  })
  // @ts-expect-error -- streams are joined within a time
  orders.join(payments)
  // @ts-expect-error -- a payment has no such field
  orders.join(payments, { on: (o, p) => o.orderId === p.customerId, window: '1h' })
}
