/** What the examples are about. */

export interface Order {
  readonly orderId: string
  readonly customerId: string
  readonly amount: number
  readonly status?: string
}

export const orders: readonly Order[] = [
  { orderId: '123', customerId: 'ann', amount: 99.99 },
  { orderId: '124', customerId: 'bob', amount: 49.99 },
  { orderId: '125', customerId: 'ann', amount: 149.99 },
]
