/**
 * A worker of `exactly-once.ts`: runs the topology until it is killed. Arguments: URL, name, and
 * more options as JSON. It says when it has started, and how much of changelogs a task has read.
 */

import { Kafka } from '../../src/index-node.ts'
import type { RunOptions } from '../../src/streams/dsl/run-options.ts'
import { shop } from './shop.ts'

const [url, name, options] = process.argv.slice(2)

const kafka = new Kafka({ url: url! })
const run = kafka.streams(name!, shop(), {
  guarantee: 'exactlyOnce',
  transactionTimeout: '3s',
  onRestore: ({ restored, isDone }) => {
    if (isDone) process.stdout.write(`read ${restored}\n`)
  },
  ...(JSON.parse(options!) as RunOptions),
})
run.finished.catch((error: unknown) => {
  process.stderr.write(`worker: ${String(error)}\n`)
  process.exit(1)
})
await run.started
process.stdout.write('started\n')
