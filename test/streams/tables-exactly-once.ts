/**
 * `npm run test:streams-tables -- --rounds N --seed S`: a join by a foreign key and groups of a table
 * over several partitions, exactly once, by three workers that are killed at random points. What the
 * tables are in the end has to be what the rows come to: a change that counts twice, or not at all,
 * stays in a total for ever.
 */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { seededRandom } from '../support/random.ts'

const workerCount = 3
const changesPerRound = 100
/** For the results to be there once nobody is killed any more. */
const settleMs = 120_000
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seed: { type: 'string' } },
})
const rounds = Number(values.rounds)
const seed = Number(values.seed ?? Math.floor(performance.timeOrigin % 1_000_000))
const random = seededRandom(seed)
process.stdout.write(`tables, exactly once: ${rounds} rounds, seed ${seed}\n`)

await using server = await KafkaServer.start({
  port: 0,
  dataFolder: 'memory:',
  logger: silentLogger,
  groups: { consumerSessionTimeoutMs: 2000, consumerHeartbeatIntervalMs: 200 },
})
const url = `kafka://localhost:${new URL(server.url).port}`
await using kafka = new Kafka({ url })
await kafka.admin.createTopic('orders', { partitions: 4 })
await kafka.admin.createTopic('customers', { partitions: 3 })
await kafka.admin.createTopic('named', { partitions: 2 })
await kafka.admin.createTopic('totals', { partitions: 2 })

const orders = new Map<string, { readonly customer: string; readonly amount: number }>()
const customers = new Map<string, string>()
const workers: ChildProcess[] = []
for (let number = 0; number < workerCount; number++) workers.push(await startWorker())
for (let round = 1; round <= rounds; round++) {
  for (let number = 0; number < changesPerRound; number++) {
    await change()
    await after(random.below(20))
  }
  const number = random.below(workerCount)
  await kill(workers[number]!)
  workers[number] = await startWorker()
  process.stdout.write(`round ${round} of ${rounds}\n`)
}
const [named, totals] = wanted()
await Promise.all([settle('named', named!), settle('totals', totals!)])
await Promise.all(workers.map(kill))
process.stdout.write(`tables, exactly once: ${orders.size} orders, as they should be\n`)

async function startWorker(): Promise<ChildProcess> {
  const file = join(import.meta.dirname, 'tables-exactly-once-worker.ts')
  const child = spawn(process.execPath, [file, url, 'tables'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function change(): Promise<void> {
  const isDeleted = random.below(6) === 0
  if (random.below(4) === 0) {
    const key = `customer-${random.below(8)}`
    const value = isDeleted ? null : `${key} ${random.below(1000)}`
    if (value === null) customers.delete(key)
    else customers.set(key, value)
    await kafka.produce('customers', value, { key })
  } else {
    const key = `order-${random.below(40)}`
    const value = isDeleted
      ? null
      : { customer: `customer-${random.below(8)}`, amount: random.below(100) }
    if (value === null) orders.delete(key)
    else orders.set(key, value)
    await kafka.produce('orders', value, { key })
  }
}

/** Returns what the tables should be. */
function wanted(): Map<string, unknown>[] {
  const named = new Map<string, unknown>()
  const totals = new Map<string, unknown>()
  for (const [key, { customer, amount }] of orders) {
    const name = customers.get(customer)
    if (name !== undefined) named.set(key, `${amount} by ${name}`)
    totals.set(customer, ((totals.get(customer) as number | undefined) ?? 0) + amount)
  }
  return [named, totals]
}

/** Resolves once a topic's newest values are `table`, and stay so. */
async function settle(topic: string, table: ReadonlyMap<string, unknown>): Promise<void> {
  const found = new Map<string, unknown>()
  const target = text(table)
  const consumer = kafka.consumer(topic, { signal: AbortSignal.timeout(settleMs) })
  const take = ({ key, value }: { readonly key: string | null; readonly value: unknown }): void => {
    // A group that nobody is in stays, with 0.
    if (value === null || (topic === 'totals' && value === 0 && !table.has(key!)))
      found.delete(key!)
    else found.set(key!, value)
  }
  try {
    for await (const record of consumer) {
      take(record)
      if (text(found) !== target) continue
      const more = await Promise.race([consumer.next(), after(3000)])
      if (!more) return
      take(more)
    }
  } catch (error) {
    assert.equal(text(found), target, String(error))
  }
}

function text(table: ReadonlyMap<string, unknown>): string {
  return JSON.stringify([...table].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
