/**
 * `npm run test:streams -- --rounds N --seed S --state --standbys 0`: totals, windowed counts and a join, exactly
 * once, by three workers that are killed at random points, so that partitions move between them all
 * the time. What comes out has to be what an undisturbed run gives: each result once, in order; and
 * what is remembered then is what an undisturbed run remembers.
 *
 * With `--state` each worker has a folder of its state, now and then a folder that was lost; what is
 * in the folders at the end is what the changelogs came to at their checkpoints. `--standbys` is how
 * many copies each task has on other workers; what tasks have read that took over is told.
 */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import type { RunOptions } from '../../src/streams/dsl/run-options.ts'
import { seededRandom } from '../support/random.ts'
import { shop } from './shop.ts'
import { checkStores, readChangelogs, stateOf } from './state-check.ts'

const partitions = 4
const workerCount = 3
const salesPerRound = 100
const items = Array.from({ length: 7 }, (_, number) => `item-${number}`)
const name = 'shop'
/** For the results to be there once nobody is killed any more. */
const settleMs = 120_000

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string' },
    state: { type: 'boolean', default: false },
    standbys: { type: 'string', default: '1' },
  },
})
const rounds = Number(values.rounds)
const seed = Number(values.seed ?? Math.floor(performance.timeOrigin % 1_000_000))
process.stdout.write(`streams, exactly once: ${rounds} rounds, seed ${seed}\n`)
const random = seededRandom(seed)

interface Result {
  readonly key: string | null
  readonly value: unknown
  readonly partition: number
  readonly offset: number
}

class Worker {
  readonly #args: readonly string[]
  #child: ChildProcess
  /** Resolves when it has begun to join its group. */
  started: Promise<void>
  /** How many tasks have begun here, and what they have read of changelogs before. */
  readonly begun = { tasks: 0, read: 0 }

  constructor(...args: readonly string[]) {
    this.#args = args
    this.#child = this.#spawn()
    this.started = this.#listen()
  }

  async restart(meanwhile: () => void): Promise<void> {
    await this.kill()
    meanwhile()
    this.#child = this.#spawn()
    this.started = this.#listen()
  }

  async kill(): Promise<void> {
    // One whose transaction took too long, as on a machine that is too busy, ends by itself.
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  #listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      if (line === 'started') return resolve()
      this.begun.tasks++
      this.begun.read += Number(line.split(' ')[1])
    })
    return promise
  }

  #spawn(): ChildProcess {
    const file = join(import.meta.dirname, 'exactly-once-worker.ts')
    return spawn(process.execPath, [file, ...this.#args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
}

/** What was sent, and what has to come of it. */
class Expected {
  readonly totals = new Map<string, number[]>()
  readonly counts = new Map<string, number[]>()
  readonly paid = new Set<string>()

  add(item: string, amount: number, timestamp: number, sale: string): void {
    const totals = this.totals.get(item) ?? []
    totals.push((totals.at(-1) ?? 0) + amount)
    this.totals.set(item, totals)
    const window = JSON.stringify([item, Math.floor(timestamp / 10_000) * 10_000])
    const counts = this.counts.get(window) ?? []
    counts.push(counts.length + 1)
    this.counts.set(window, counts)
    this.paid.add(`${sale} ${item}`)
  }
}

await using server = await KafkaServer.start({
  port: 0,
  dataFolder: 'memory:',
  logger: silentLogger,
  groups: { consumerSessionTimeoutMs: 2000, consumerHeartbeatIntervalMs: 200 },
})
const url = `kafka://localhost:${new URL(server.url).port}`
await using kafka = new Kafka({ url })
for (const topic of ['sales', 'payments', 'totals', 'counts', 'paid']) await create(topic)
const folders = Array.from({ length: values.state ? workerCount : 0 }, () =>
  mkdtempSync(join(tmpdir(), 'kafka-do-streams-')),
)
const workers = Array.from({ length: workerCount }, (_, number) => {
  const stateFolder = folders[number]
  const options: RunOptions = {
    standbyReplicas: Number(values.standbys),
    ...(stateFolder === undefined ? {} : { stateFolder }),
  }
  return new Worker(url, name, JSON.stringify(options))
})
const expected = new Expected()
const begunMs = 1_700_000_000_000
let sent = 0
for (let round = 1; round <= rounds; round++) {
  const number = random.below(workerCount)
  const worker = workers[number]!
  await worker.started
  for (let number = 0; number < salesPerRound; number++) {
    await sell()
    await after(random.below(20))
  }
  const folder = random.below(10) === 0 ? folders[number] : undefined
  await worker.restart(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  })
  process.stdout.write(`round ${round} of ${rounds}: ${sent} sales\n`)
}
const [totals, counts, paid] = await Promise.all([
  resultsOf('totals', sent),
  resultsOf('counts', sent),
  resultsOf('paid', sent),
])
await Promise.all(workers.map((worker) => worker.kill()))
assert.deepEqual(byKey(totals), sorted(expected.totals))
const windows = counts.map(({ key, value }) => {
  const { key: item, start } = JSON.parse(key!) as { key: string; start: number }
  return { key: JSON.stringify([item, start]), value }
})
assert.deepEqual(byKey(windows), sorted(expected.counts))
assert.deepEqual(new Set(paid.map(({ value }) => value)), expected.paid)
assert.equal(paid.length, expected.paid.size)
process.stdout.write(`streams, exactly once: ${sent} sales, each counted once\n`)
const [begunTasks, read] = ['tasks' as const, 'read' as const].map((what) =>
  workers.reduce((sum, { begun }) => sum + begun[what], 0),
)
process.stdout.write(`${begunTasks} tasks have begun, and read ${read} offsets before\n`)
const changelogs = await readChangelogs(kafka, name)
await runUndisturbed()
const undisturbed = stateOf(await readChangelogs(kafka, 'calm'), 'calm')
assert.deepEqual(stateOf(changelogs, name), undisturbed)
process.stdout.write(`what is remembered is the same, ${undisturbed.length} entries\n`)
for (const folder of folders) {
  const count = checkStores(join(folder, name), changelogs)
  process.stdout.write(`${count} local stores have what their changelogs had\n`)
  rmSync(folder, { recursive: true, force: true })
}

/** Records are as old as their sales, for which they would soon be deleted. */
async function create(topic: string): Promise<void> {
  await kafka.admin.createTopic(topic, { partitions, retentionMs: -1 })
}

/** Runs the same on the same records, in one piece. */
async function runUndisturbed(): Promise<void> {
  const topics = ['totals', 'counts', 'paid'].map((topic) => `calm-${topic}`)
  for (const topic of topics) await create(topic)
  const run = kafka.streams('calm', shop('calm-'), { guarantee: 'exactlyOnce' })
  await Promise.all(topics.map((topic) => resultsOf(topic, sent)))
  await run.close()
}

async function sell(): Promise<void> {
  const item = items[random.below(items.length)]!
  const [amount, timestamp, sale] = [1 + random.below(9), begunMs + sent * 50, `sale-${sent}`]
  // Sales of one item stay in order, whichever way they take.
  await Promise.all([
    kafka.produce('sales', { item, amount, sale }, { key: item, timestamp }),
    kafka.produce('payments', { sale }, { key: sale, timestamp }),
  ])
  sent++
  expected.add(item, amount, timestamp, sale)
}

/** Resolves with all results of a topic, in the order of each partition; more than expected too. */
async function resultsOf(topic: string, count: number): Promise<Result[]> {
  const results: Result[] = []
  const consumer = kafka.consumer(topic, { signal: AbortSignal.timeout(settleMs) })
  for await (const { key, value, partition, offset } of consumer) {
    results.push({ key, value, partition, offset })
    if (results.length < count) continue
    // Whatever is one too many comes soon.
    const more = await Promise.race([consumer.next(), after(3000)])
    if (more) {
      const { key, value, partition, offset } = more
      results.push({ key, value, partition, offset })
    }
    break
  }
  tellRepeated(topic, results)
  return results
}

/** Says of each result that came more than once where it is. */
function tellRepeated(topic: string, results: readonly Result[]): void {
  const seen = new Map<string, Result>()
  for (const result of results) {
    const { key, value, partition, offset } = result
    const text = JSON.stringify([key, value])
    const first = seen.get(text)
    const place = `${topic}-${partition} at ${offset}`
    if (first) process.stdout.write(`${text}: ${first.offset} and again in ${place}\n`)
    seen.set(text, result)
  }
}

function byKey(results: readonly Pick<Result, 'key' | 'value'>[]): [string, unknown[]][] {
  const found = new Map<string, unknown[]>()
  for (const { key, value } of results) found.set(key!, [...(found.get(key!) ?? []), value])
  return sorted(found)
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
}
