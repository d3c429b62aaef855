/** What was billed. */

import { Injectable } from '@nestjs/common'

@Injectable()
export class Ledger {
  readonly #amounts = new Map<string, number>()

  add(orderId: string, amount: number): void {
    this.#amounts.set(orderId, amount)
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#amounts)
  }
}
