/**
 * `node bench/streams-restart.ts --mebibytes 1024`: how long an exactly-once run with so much state
 * takes until it goes on: with its state in a folder, after it was closed and after it was killed,
 * and without, when it reads its whole changelog. Time is from the start of the run until it has
 * processed a new record of each partition; broker and worker share the machine.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Kafka } from '../src/index-node.ts'
import { silentLogger } from '../src/runtime/runtime.ts'
import { KafkaServer } from '../src/server/server.ts'

const { values } = parseArgs({
  options: {
    mebibytes: { type: 'string', default: '64' },
    valueBytes: { type: 'string', default: '250' },
    worker: { type: 'string' },
    folder: { type: 'string' },
    wanted: { type: 'string', default: '0' },
  },
})
const partitions = 4
const valueBytes = Number(values.valueBytes)
const customerCount = Math.round((Number(values.mebibytes) * 1024 * 1024) / valueBytes)
/** A machine that is busy may keep a worker from its group for longer than usual. */
const sessionTimeoutMs = 10_000

interface Customer {
  readonly probe?: boolean
  readonly text: string
}

interface Ready {
  readonly ms: number
  readonly restored: number
  readonly memoryMiB: number
  readonly heapMiB: number
}

/** Keeps the newest record of each customer, and says when it has seen so many or a probe of each. */
async function work(url: string): Promise<void> {
  const begun = performance.now()
  const kafka = new Kafka({ url })
  const wanted = Number(values.wanted)
  let seen = 0
  let probes = 0
  let restored = 0
  const run = kafka.streams(
    'restart',
    (sources) => {
      sources
        .stream<Customer>('customers')
        .groupByKey()
        .reduce((_, newest) => newest)
        .forEach((_key, customer) => {
          seen++
          if (customer?.probe) probes++
          if (seen === wanted || (customer?.probe && probes === partitions)) tell()
        })
    },
    {
      guarantee: 'exactlyOnce',
      onRestore: (progress) => {
        if (progress.isDone) restored += progress.restored
      },
      ...(values.folder === undefined ? {} : { stateFolder: values.folder }),
    },
  )
  const tell = (): void => {
    const { rss, heapUsed } = process.memoryUsage()
    const mebibytes = (count: number): number => Math.round(count / 1024 / 1024)
    const ms = Math.round(performance.now() - begun)
    const ready = { ms, restored, memoryMiB: mebibytes(rss), heapMiB: mebibytes(heapUsed) }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
  }
  await Promise.race([once(process.stdin, 'data'), run.finished])
  await run.close()
  process.exit(0)
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-restart-'))
  try {
    await using server = await KafkaServer.start({
      port: 0,
      dataFolder: join(folder, 'broker'),
      logger: silentLogger,
      groups: { consumerSessionTimeoutMs: sessionTimeoutMs, consumerHeartbeatIntervalMs: 300 },
    })
    const url = `kafka://localhost:${new URL(server.url).port}`
    await using kafka = new Kafka({ url })
    await kafka.admin.createTopic('customers', { partitions })
    await runAll(kafka, url, join(folder, 'state'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runAll(kafka: Kafka, url: string, stateFolder: string): Promise<void> {
  const state = ['--folder', stateFolder]
  const filling = new Worker(url, [...state, '--wanted', String(customerCount)])
  await fill(kafka)
  show('first run, with a folder', await filling.ready)
  // What is processed is committed within a tenth of a second.
  await after(1000)
  await filling.close()
  const closed = await probed(kafka, new Worker(url, state))
  show('folder, after close', await closed.ready)
  await after(1000)
  await closed.kill()
  // Its transaction times out as well.
  await after(sessionTimeoutMs + 2000)
  const killed = await probed(kafka, new Worker(url, state))
  show('folder, after kill -9', await killed.ready)
  await killed.close()
  const without = await probed(kafka, new Worker(url, []))
  show('no folder, whole changelog', await without.ready)
  await without.close()
}

async function fill(kafka: Kafka): Promise<void> {
  const producer = kafka.producer<Customer>('customers')
  const text = 'x'.repeat(valueBytes - 20)
  for (let number = 0; number < customerCount;) {
    const upTo = Math.min(customerCount, number + 20_000)
    const sent: Promise<unknown>[] = []
    for (; number < upTo; number++) {
      sent.push(producer.send({ text }, { key: `customer-${number}` }))
    }
    await Promise.all(sent)
  }
}

async function probed(kafka: Kafka, worker: Worker): Promise<Worker> {
  for (let partition = 0; partition < partitions; partition++) {
    const key = `customer-${partition}`
    await kafka.produce('customers', { probe: true, text: 'probe' }, { key, partition })
  }
  return worker
}

function show(what: string, { ms, restored, memoryMiB, heapMiB }: Ready): void {
  const facts = `${restored} entries read, ${memoryMiB} MiB, of it JavaScript's ${heapMiB}`
  process.stdout.write(`${what.padEnd(28)} ${(ms / 1000).toFixed(1).padStart(7)} s  ${facts}\n`)
}

class Worker {
  readonly ready: Promise<Ready>
  readonly #child: ChildProcess

  constructor(url: string, args: readonly string[]) {
    // Without a folder all of the state is in JavaScript's memory.
    const node = ['--max-old-space-size=12000', import.meta.filename, '--worker', url, ...args]
    this.#child = spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: this.#child.stdout! })
    const ended = once(this.#child, 'exit').then(() => Promise.reject(new Error('it has ended')))
    const told = once(lines, 'line').then(([line]) => JSON.parse(line as string) as Ready)
    this.ready = Promise.race([told, ended])
    this.ready.catch(() => {
      // Who waits for it is told.
    })
  }

  async close(): Promise<void> {
    this.#child.stdin!.write('close\n')
    await once(this.#child, 'exit')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

if (values.worker === undefined) await measure()
else await work(values.worker)
