/** What the programs of this folder send about. */

export interface Order {
  readonly orderId: string
  readonly customerId: string
  readonly amount: number
}

export interface Customer {
  readonly id: string
  readonly name: string
}

export const order: Order = { orderId: '1', customerId: 'ann', amount: 2 }
