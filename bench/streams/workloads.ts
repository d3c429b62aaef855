/** What streams are measured at: the records that go in, and what is made of them. */

/** What keys there are, and when: each customer orders ten times within a second, then pauses. */
const customerCount = 1_000
const activeCount = 100
const ordersPerSecond = 1_000
const productCount = 500

/** 2026-01-01; a multiple of all windows. */
const startMs = Date.UTC(2026, 0, 1)
export const partitions = 4

export interface Order {
  readonly id: number
  readonly customer: string
  readonly product: string
  readonly amount: number
  readonly note: string
}

export interface Payment {
  readonly id: number
  readonly customer: string
  readonly cents: number
}

export interface Customer {
  readonly customer: string
  readonly name: string
}

interface Sample<Value> {
  readonly key: string
  readonly value: Value
  readonly timestamp: number
}

/** Returns the order of a number: about 100 bytes of JSON. */
export function order(index: number): Sample<Order> {
  const customer = customerOf(index)
  const value = {
    id: 100_000_000 + index,
    customer,
    product: `p-${1_000 + ((index * 7) % productCount)}`,
    amount: 10_000 + (index % 90_000),
    note: 'by the back door',
  }
  return { key: customer, value, timestamp: startMs + index }
}

/** Returns the payment of the order of that number, made a little later. */
export function payment(index: number): Sample<Payment> {
  const customer = customerOf(index)
  const value = { id: 500_000_000 + index, customer, cents: 100 * (10_000 + (index % 90_000)) }
  return { key: customer, value, timestamp: startMs + index + 20 }
}

/** Returns a customer, who was there before all orders. */
export function customer(index: number): Sample<Customer> {
  const key = nameOf(index)
  const value = { customer: key, name: `Customer number ${index}` }
  return { key, value, timestamp: startMs - customerCount + index }
}

function customerOf(index: number): string {
  const second = Math.floor(index / ordersPerSecond)
  const group = second % (customerCount / activeCount)
  return nameOf(group * activeCount + (index % activeCount))
}

function nameOf(number: number): string {
  return `c-${1_000 + number}`
}

export type WorkloadName =
  | 'filter-map'
  | 'count'
  | 'tumbling'
  | 'hopping'
  | 'session'
  | 'stream-join'
  | 'table-join'
  | 'repartitioned'

export interface Workload {
  readonly name: WorkloadName
  readonly what: string
  /** Records that go in for each order. */
  readonly inputsPerOrder: number
  /** Results that come out in all. */
  readonly resultCount: (orderCount: number) => number
  readonly isExactlyOnce: boolean
  readonly aim: string
}

const once = (orders: number): number => orders
const passing = (orders: number): number => {
  let count = 0
  for (let index = 0; index < orders; index++) if (order(index).value.amount % 4 !== 0) count++
  return count
}
/** A session of ten has its first result, and for each of the others one that is taken back. */
const growing = (orders: number): number => 2 * orders - orders / 10

const common = { inputsPerOrder: 1, resultCount: once, isExactlyOnce: false, aim: '≥ 1' } as const
const muchMore = '≥ 1; 100 × flow'
const exactlyOnce = { ...common, isExactlyOnce: true } as const

export const workloads: readonly Workload[] = [
  { ...common, name: 'filter-map', what: 'filter and map', resultCount: passing },
  { ...common, name: 'count', what: 'count' },
  { ...common, name: 'tumbling', what: 'tumbling count', aim: '≥ 1; 300,000 per core' },
  { ...common, name: 'hopping', what: 'hopping count', resultCount: (orders) => 2 * orders },
  { ...common, name: 'session', what: 'session count', resultCount: growing, aim: muchMore },
  { ...common, name: 'stream-join', what: 'stream-stream join', inputsPerOrder: 2, aim: muchMore },
  { ...common, name: 'table-join', what: 'stream-table join' },
  { ...common, name: 'repartitioned', what: 'repartitioned count' },
  { ...exactlyOnce, name: 'tumbling', what: 'tumbling count, exactly once' },
]
