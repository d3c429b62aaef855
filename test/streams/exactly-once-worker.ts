/** A worker of `exactly-once.ts`: runs the topology until it is killed. Arguments: URL, name. */

import { Kafka } from '../../src/index-node.ts'
import { Window } from '../../src/streams/window.ts'

const [url, name] = process.argv.slice(2)

interface Sale {
  readonly item: string
  readonly sale: string
  readonly amount: number
}

const kafka = new Kafka({ url: url! })
const run = kafka.streams(
  name!,
  (sources) => {
    const sales = sources.stream<Sale>('sales')
    sales
      .groupBy((sale) => sale.item)
      .reduce(0, (total, sale) => total + sale.amount)
      .to('totals')
    sales
      .window(Window.tumbling('10s', { grace: '1h' }))
      .groupBy((sale) => sale.item)
      .count()
      .to('counts')
    const payments = sources.stream<{ readonly sale: string }>('payments')
    sales
      .join(payments, { on: ['sale', 'sale'], window: '1h' })
      .map(({ item }, { sale }) => `${sale} ${item}`)
      .to('paid')
  },
  { guarantee: 'exactlyOnce', transactionTimeout: '3s' },
)
run.finished.catch((error: unknown) => {
  process.stderr.write(`worker: ${String(error)}\n`)
  process.exit(1)
})
await run.started
process.stdout.write('started\n')
