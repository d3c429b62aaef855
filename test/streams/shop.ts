/** What the workers of `exactly-once.ts` do: totals, windowed counts and a join. */

import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { Window } from '../../src/streams/window.ts'

export interface Sale {
  readonly item: string
  readonly sale: string
  readonly amount: number
}

/** Topics of results begin with `prefix`. */
export function shop(prefix = ''): (sources: StreamSources) => void {
  return (sources) => {
    const sales = sources.stream<Sale>('sales')
    sales
      .groupBy((sale) => sale.item)
      .reduce(0, (total, sale) => total + sale.amount)
      .to(`${prefix}totals`, { name: 'totals' })
    sales
      .window(Window.tumbling('10s', { grace: '1h' }))
      .groupBy((sale) => sale.item)
      .count()
      .to(`${prefix}counts`, { name: 'counts' })
    const payments = sources.stream<{ readonly sale: string }>('payments')
    sales
      .join(payments, { on: ['sale', 'sale'], window: '1h' })
      .map(({ item }, { sale }) => `${sale} ${item}`)
      .to(`${prefix}paid`, { name: 'paid' })
  }
}
