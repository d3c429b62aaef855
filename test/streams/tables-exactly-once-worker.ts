/** A worker of `tables-exactly-once.ts`: runs until it is killed. Arguments: URL, name. */

import { Kafka } from '../../src/index-node.ts'

const [url, name] = process.argv.slice(2)

interface Order {
  readonly customer: string
  readonly amount: number
}

const kafka = new Kafka({ url: url! })
const run = kafka.streams(
  name!,
  (sources) => {
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
  },
  { guarantee: 'exactlyOnce', transactionTimeout: '3s' },
)
run.finished.catch((error: unknown) => {
  process.stderr.write(`worker: ${String(error)}\n`)
  process.exit(1)
})
await run.started
process.stdout.write('started\n')
