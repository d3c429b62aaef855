/** A worker of `tables-exactly-once.ts`: runs until it is killed. Arguments: URL, name. */

import { Kafka } from '../../src/index-node.ts'
import { ordersByCustomer } from './orders.ts'

const [url, name] = process.argv.slice(2)

const kafka = new Kafka({ url: url! })
const options = {
  guarantee: 'exactlyOnce',
  transactionTimeout: '3s',
  standbyReplicas: 1,
} as const
const run = kafka.streams(name!, ordersByCustomer, options)
run.finished.catch((error: unknown) => {
  process.stderr.write(`worker: ${String(error)}\n`)
  process.exit(1)
})
await run.started
process.stdout.write('started\n')
