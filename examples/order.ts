/** What the examples are about. */

import type { StandardSchema } from '../src/index-node.ts'

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

/** Any Standard Schema will do: zod, valibot, arktype, or one by hand. */
export const orderSchema: StandardSchema<Order> = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate: (value) =>
      typeof (value as Order).amount === 'number'
        ? { value: value as Order }
        : { issues: [{ message: 'amount is not a number' }] },
  },
}
