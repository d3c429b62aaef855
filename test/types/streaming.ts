/** Streams: what compiles, and what must not. It is for the compiler, and not run. */

import {
  Window,
  bytes,
  structured,
  type JoinedStream,
  type Kafka,
  type KafkaStream,
} from 'kafka.do'
import type { StreamRun, Table, WindowedTable, WindowResult } from 'kafka.do'
import { exactly } from './exactly.ts'
import type { Customer, Order } from './orders.ts'

export function times(kafka: Kafka): void {
  kafka.stream<Order>('orders', { timestamp: ({ amount }, key) => amount + key.length })
  kafka.table<Order>('orders', { timestamp: (_order, _key, timestamp) => new Date(timestamp) })
  // @ts-expect-error -- an order has no such field
  kafka.stream<Order>('orders', { timestamp: ({ placedAt }) => placedAt })
  // @ts-expect-error -- text is no time
  kafka.stream<Order>('orders', { timestamp: () => 'now' })
  // @ts-expect-error -- every worker has all of it at any time
  kafka.globalTable<Order>('orders', { timestamp: () => 0 })
}

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
  // Until it is final, a result may be taken back.
  exactly<KafkaStream<WindowResult<number | null>>>()(kafka.results(perFiveMinutes))
  exactly<KafkaStream<WindowResult<number>>>()(kafka.results(perFiveMinutes.final()))
  exactly<KafkaStream<WindowResult<string>>>()(
    kafka.results(perFiveMinutes.final().map((count) => `${count}`)),
  )
  // @ts-expect-error -- durations have units
  Window.tumbling('5')
  // @ts-expect-error -- it hops by something
  Window.hopping('5m')
}

export function joins(kafka: Kafka): void {
  const orders = kafka.stream<Order>('orders')
  const customers = kafka.table<Customer>('customers')
  const regions = kafka.globalTable<string, number>('regions')
  interface Payment {
    readonly orderId: string
    readonly cents: number
  }
  const payments = kafka.stream<Payment>('payments')
  const byAmount = orders.selectKey(({ amount }) => amount)
  exactly<JoinedStream<Order, Payment>>()(orders.join(payments, { window: '1h' }))
  exactly<JoinedStream<Order, Payment | undefined>>()(orders.leftJoin(payments, { window: '1h' }))
  exactly<JoinedStream<Order | undefined, Payment | undefined>>()(
    orders.outerJoin(payments, { window: '1h' }),
  )
  exactly<JoinedStream<Order, Customer>>()(orders.join(customers))
  exactly<JoinedStream<Order, Customer | undefined>>()(orders.leftJoin(customers))
  exactly<JoinedStream<Order, Customer, number>>()(
    byAmount.join(customers, { on: ({ customerId }) => customerId }),
  )
  exactly<JoinedStream<Order, string>>()(orders.join(regions, { on: ({ amount }) => amount }))
  exactly<JoinedStream<Order, string, number>>()(byAmount.join(regions))
  orders.leftJoin(customers).map((o, customer) => {
    // @ts-expect-error -- there may be no such customer
    return o.orderId + customer.name
  })
  // @ts-expect-error -- streams are joined within a time
  orders.join(payments)
  // @ts-expect-error -- a number is never the key of a customer
  byAmount.join(customers)
  // @ts-expect-error -- a number is never the key of a payment
  byAmount.join(payments, { window: '1h' })
  // @ts-expect-error -- nor is it what a record names
  orders.join(customers, { on: ({ amount }) => amount })
  // @ts-expect-error -- regions have numbers
  orders.join(regions)
  // @ts-expect-error -- a table that is everywhere has no history to wait for
  byAmount.join(regions, { grace: '1s' })
}

export function joinsOn(kafka: Kafka): void {
  const orders = kafka.stream<Order>('orders')
  const payments = kafka.stream<{ readonly orderId: string; readonly cents: number }>('payments')
  const window = '1h'
  type Payment = { readonly orderId: string; readonly cents: number }
  const byTest = orders.join(payments, { on: (o, p) => o.orderId === p.orderId, window })
  exactly<JoinedStream<Order, Payment, unknown>>()(byTest)
  exactly<KafkaStream<number, unknown>>()(byTest.map(({ amount }) => amount))
  const byProperties = orders.leftJoin(payments, { on: ['amount', 'cents'], window })
  exactly<JoinedStream<Order, Payment | undefined, number>>()(byProperties)
  const byFunctions = orders.outerJoin(payments, {
    on: { left: ({ orderId }) => orderId, right: (payment) => payment.orderId },
    window,
  })
  exactly<JoinedStream<Order | undefined, Payment | undefined>>()(byFunctions)
  // @ts-expect-error -- a payment has no such field
  orders.join(payments, { on: (o, p) => o.orderId === p.customerId, window })
  // @ts-expect-error -- nor has an order this one
  orders.join(payments, { on: ['price', 'cents'], window })
  // @ts-expect-error -- a text is never a number
  orders.join(payments, { on: ['orderId', 'cents'], window })
  orders.join(payments, {
    // @ts-expect-error -- neither in functions
    on: { left: ({ orderId }) => orderId, right: ({ cents }) => cents },
    window,
  })
}

export function joinsOfTables(kafka: Kafka): void {
  const orders = kafka.table<Order>('orders')
  const customers = kafka.table<Customer>('customers')
  const amounts = kafka.table<string, number>('amounts')
  exactly<Table<[Order, Customer]>>()(orders.join(customers))
  exactly<Table<[Order, Customer | undefined]>>()(orders.leftJoin(customers))
  exactly<Table<[Order | undefined, Customer | undefined]>>()(orders.outerJoin(customers))
  exactly<Table<string>>()(
    orders.join(customers, {
      on: ({ customerId }) => customerId,
      select: ({ orderId }, { name }) => orderId + name,
    }),
  )
  exactly<Table<[Order, string]>>()(orders.join(amounts, { on: ({ amount }) => amount }))
  const regions = kafka
    .stream<{ readonly region: 'us' | 'eu' }>('sales')
    .groupBy(({ region }) => region)
    .count()
  exactly<Table<[number, Customer], 'us' | 'eu'>>()(regions.join(customers))
  exactly<Table<[Customer, number]>>()(customers.join(regions))
  // @ts-expect-error -- an order is no amount
  orders.join(amounts)
  // @ts-expect-error -- nor does it name one by a text
  orders.join(amounts, { on: ({ orderId }) => orderId })
  // @ts-expect-error -- rows of both sides have one key here
  orders.outerJoin(customers, { on: ({ customerId }) => customerId })
}

export function absence(kafka: Kafka): void {
  interface Visit {
    readonly page: string
    readonly user: string | null
    readonly region?: 'us' | 'eu'
  }
  const visits = kafka.stream<Visit>('visits')
  // What has no group is dropped, so nobody downstream has to ask.
  exactly<Table<number>>()(visits.groupBy(({ user }) => user).count())
  exactly<Table<number, 'us' | 'eu'>>()(visits.groupBy(({ region }) => region).count())
  exactly<WindowedTable<number>>()(
    visits
      .window(Window.session('5m'))
      .groupBy(({ user }) => user)
      .count(),
  )
  const counts = visits.groupByKey().count()
  // A change may be that a row is no more; what is counted is not.
  const changes = kafka.changes(counts)
  exactly<KafkaStream<number | null>>()(changes)
  exactly<Table<number>>()(changes.groupByKey().reduce((one, other) => one + other))
  counts.forEach((user, count) => {
    exactly<number | undefined>()(count)
    void user
  })
  exactly<Table<string>>()(counts.map((count) => `${count}`))
  exactly<Table<number>>()(counts.filter((count) => count > 1))
}

export function cogroups(kafka: Kafka): void {
  const orders = kafka.stream<Order>('orders').groupBy(({ customerId }) => customerId)
  const customers = kafka.stream<Customer>('customers').groupByKey()
  const initial = { total: 0, name: '' }
  const both = orders
    .cogroup({ initial, add: (sum, { amount }) => ({ ...sum, total: sum.total + amount }) })
    .cogroup(customers, (sum, { name }) => ({ ...sum, name }))
  exactly<Table<{ total: number; name: string }>>()(both.aggregate())
  exactly<WindowedTable<{ total: number; name: string }>>()(
    both.window(Window.tumbling('1m')).aggregate(),
  )
  const byAmount = kafka.stream<Order>('orders').groupBy(({ amount }) => amount)
  // @ts-expect-error -- streams have one key
  both.cogroup(byAmount, (sum) => sum)
  // @ts-expect-error -- what is added to must stay what it is
  both.cogroup(customers, (sum, { name }) => name)
}

export function topicsBetween(kafka: Kafka): void {
  const orders = kafka.stream<Order>('orders')
  exactly<KafkaStream<Order>>()(orders.through('copies'))
  const byAmount = orders.selectKey(({ amount }) => amount)
  exactly<KafkaStream<Order, number>>()(byAmount.through('by-amount', { key: 'json' }))
  // @ts-expect-error -- keys that are no text need a serde, to come back as numbers
  byAmount.through('by-amount')
  exactly<KafkaStream<Order, number>>()(byAmount.repartition({ partitions: 3 }))
  exactly<KafkaStream<Uint8Array>>()(
    orders.map(() => Uint8Array.of(1), { value: bytes }).repartition(),
  )
  exactly<KafkaStream<Set<string>>>()(
    orders.map(({ orderId }) => new Set([orderId]), { value: structured() }),
  )
  exactly<Table<Set<string>>>()(
    orders.groupByKey().aggregate({
      initial: () => new Set<string>(),
      add: (seen, { orderId }) => seen.add(orderId),
      value: structured(),
    }),
  )
  exactly<KafkaStream<Order>>()(kafka.stream<Order>('orders', { value: structured() }))
  // @ts-expect-error -- that is no serde for numbers
  orders.map(({ amount }) => amount, { value: bytes })
}
