/**
 * `npm run test:transfer`: two workers move numbers from one topic to another, each batch in a
 * transaction; round after round one of them is killed somewhere in the middle. In the end every
 * number is there once, in order. `-- --rounds N --seed N`.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MockKafka } from '../../../src/testing/index.ts'
import { endWithUs } from '../../support/end-with-us.ts'
import { seededRandom } from '../../support/random.ts'

const partitionCount = 2
const workerCount = 2
/** For each partition and round. */
const recordsARound = 20
/** Longer than what a killed worker has left open takes to be aborted, several times over. */
const settleTimeoutMs = 60_000
/** A worker that has started, and has nothing to move, says nothing for so long. */
const quietMs = 800

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string' } },
})
const rounds = Number(values.rounds)
const seed = Number(values.seed ?? process.env['SEED'] ?? Date.now() % 1_000_000)
const random = seededRandom(seed)

interface Worker {
  readonly process: ChildProcess
  /** Resolves after so many more of its lines, or when none come any more. */
  lines(count: number): Promise<void>
}

function startWorker(url: string, transactionalId: string): Worker {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'worker.ts'), url, transactionalId],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  endWithUs(child)
  createInterface({ input: child.stderr }).on('line', (line) => noteComplaint(line))
  let lineCount = 0
  let onLine: () => void = () => undefined
  createInterface({ input: child.stdout }).on('line', () => {
    lineCount++
    onLine()
  })
  return {
    process: child,
    lines(count) {
      const wanted = lineCount + count
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, quietMs)
        onLine = () => {
          if (lineCount < wanted) return
          clearTimeout(timer)
          resolve()
        }
      })
    },
  }
}

const complaints = new Map<string, number>()
function noteComplaint(line: string): void {
  const kind = line.replaceAll(/\d+/g, 'N').slice(0, 120)
  complaints.set(kind, (complaints.get(kind) ?? 0) + 1)
}

async function kill({ process: child }: Worker): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Returns what is wrong with what was read, by partition. */
function faultsOf(topic: string, found: readonly number[], expectedCount: number): string[] {
  const expected = Array.from({ length: expectedCount }, (_, value) => value)
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  const at = expected.findIndex((value, index) => found[index] !== value)
  const place = at < 0 ? found.length : at
  if (found.length === expectedCount && at < 0 && sum(found) === sum(expected)) return []
  const around = found.slice(Math.max(0, place - 3), place + 5).join(', ')
  return [`${topic}: ${found.length} records of ${expectedCount}; near ${place}: ${around}`]
}

const broker = new MockKafka({
  broker: { groups: { initialRebalanceDelayMs: 0, consumerSessionTimeoutMs: 600 } },
})
for (const topic of ['from', 'to']) {
  await broker.admin.createTopic(topic, { partitions: partitionCount })
}
for (const topic of ['audit', 'notes']) await broker.admin.createTopic(topic, { partitions: 1 })
const url = `kafka://${await broker.listen()}`
const producer = broker.producer<number>('from')
let sentCount = 0

async function feed(): Promise<void> {
  const numbers = Array.from({ length: recordsARound }, () => sentCount++)
  const messages = numbers.flatMap((value) =>
    Array.from({ length: partitionCount }, (_, partition) => ({ value, partition, headers: {} })),
  )
  await producer.sendBatch(messages)
}

/** All is moved, and what killed workers have left open, which hides what is behind it, is ended. */
async function isSettled(): Promise<boolean> {
  if ((await broker.admin.describeGroup('transfer')).totalLag > 0) return false
  for (const topic of ['to', 'audit']) {
    const stable = await broker.admin.listOffsets(topic, 'latest', { isolation: 'read_committed' })
    const all = await broker.admin.listOffsets(topic, 'latest')
    if (all.some(({ offset }, index) => offset !== stable[index]!.offset)) return false
  }
  return true
}

const idOf = (slot: number): string => (random.number() < 0.25 ? 'none' : `transfer-${slot}`)
const workers = Array.from({ length: workerCount }, (_, slot) => startWorker(url, idOf(slot)))
const startedAtMs = performance.now()
for (let round = 1; round <= rounds; round++) {
  await feed()
  const slot = random.below(workerCount)
  const worker = workers[slot]!
  await worker.lines(1 + random.below(8))
  await sleep(random.number() * 8)
  await kill(worker)
  workers[slot] = startWorker(url, idOf(slot))
  if (round % 20 === 0) process.stdout.write(`${round} of ${rounds} rounds\n`)
}

const deadlineMs = performance.now() + settleTimeoutMs
while (!(await isSettled())) {
  if (performance.now() > deadlineMs) break
  await sleep(200)
}
for (const worker of workers) await kill(worker)

const moved = await broker.getMessages<number>('to')
const faults = Array.from({ length: partitionCount }, (_, partition) => {
  const found = moved.filter((record) => record.partition === partition)
  return faultsOf(
    `to-${partition}`,
    found.map(({ value }) => value),
    sentCount,
  )
}).flat()
const audit = await broker.getMessages<number>('audit')
for (let partition = 0; partition < partitionCount; partition++) {
  const found = audit.filter(({ key }) => key === String(partition)).map(({ value }) => value)
  faults.push(...faultsOf(`audit of ${partition}`, found, sentCount))
}
await broker.close()
const seconds = Math.round((performance.now() - startedAtMs) / 1000)
for (const [kind, count] of complaints) process.stdout.write(`${count} times: ${kind}\n`)
for (const fault of faults) process.stdout.write(`${fault}\n`)
process.stdout.write(
  `${rounds} rounds, ${sentCount * partitionCount} records, ${seconds} s, seed ${seed}: ` +
    `${faults.length === 0 ? 'each once, in order' : 'FAILED'}\n`,
)
process.exit(faults.length === 0 ? 0 : 1)
