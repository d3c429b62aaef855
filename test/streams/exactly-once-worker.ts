/**
 * A worker of `exactly-once.ts`: runs the topology until it is killed. Arguments: URL, name, and
 * the folder of its state, if it is to have one.
 */

import { Kafka } from '../../src/index-node.ts'
import { shop } from './shop.ts'

const [url, name, stateFolder] = process.argv.slice(2)

const kafka = new Kafka({ url: url! })
const run = kafka.streams(name!, shop(), {
  guarantee: 'exactlyOnce',
  transactionTimeout: '3s',
  ...(stateFolder === undefined ? {} : { stateFolder }),
})
run.finished.catch((error: unknown) => {
  process.stderr.write(`worker: ${String(error)}\n`)
  process.exit(1)
})
await run.started
process.stdout.write('started\n')
