/**
 * Our SDK beside other clients for Node, on one broker: each in a process of its own, in turns, doing
 * the same work with 100-byte JSON records.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClientResult, Settings, Work } from './clients/client.ts'
import { startOurs, withBroker } from './brokers.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { fillTopic } from './sample-events.ts'
import { median } from './statistics.ts'

const partitions = 3
const workTimeoutMs = 60_000

interface Contestant {
  readonly name: string
  /** The program, without its ending. */
  readonly program: string
  readonly kinds: ReadonlySet<Work['kind']>
}

const sends = ['send', 'sendBatch', 'consume'] as const
const ours: Contestant = {
  name: 'kafka.do',
  program: 'kafka-do',
  kinds: new Set([...sends, 'consumeBatches']),
}
const peers: readonly Contestant[] = [
  { name: 'kafkajs', program: 'kafkajs', kinds: new Set([...sends, 'consumeBatches']) },
  { name: '@platformatic/kafka', program: 'platformatic', kinds: new Set(sends) },
  { name: '@kafkats/client', program: 'kafkats', kinds: new Set([...sends, 'consumeBatches']) },
]

interface Task {
  readonly what: string
  readonly work: Work
}

export const sdk: Benchmark = {
  name: 'sdk',
  about: 'our SDK and other clients for Node, on our broker with --flush os',
  async run(options) {
    const rows: Row[] = []
    await withBroker(
      () => startOurs(options, { flush: 'os' }),
      async (broker) => {
        const { bootstrap } = broker
        const recordCount = options.isQuick ? 100_000 : 500_000
        await prepareTopics(bootstrap, recordCount)
        for (const task of tasks(recordCount, options)) {
          rows.push(...(await compare(task, bootstrap, options)))
        }
      },
    )
    return { rows, notes }
  },
}

const notes = [
  'The ratio is against the best of the peers. All clients are used as their documentation says, with',
  'their defaults but acks=all, and send and consume objects as JSON, with a key, in 3 partitions.',
]

function tasks(recordCount: number, { isQuick }: RunOptions): readonly Task[] {
  const seconds = isQuick ? 1 : 2
  return [
    { what: 'send, 1 at a time', work: { kind: 'send', concurrency: 1, seconds } },
    { what: 'send, 100 at a time', work: { kind: 'send', concurrency: 100, seconds } },
    { what: 'sendBatch of 100', work: { kind: 'sendBatch', size: 100, seconds } },
    { what: 'consume, by record', work: { kind: 'consume', recordCount } },
    { what: 'consume, by batch', work: { kind: 'consumeBatches', recordCount } },
  ]
}

async function prepareTopics(bootstrap: string, count: number): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  await createTopicsOn(client, [
    { name: 'sent', partitions },
    { name: 'filled', partitions },
  ])
  await fillTopic(client, { topic: 'filled', partitions, count })
  client.close()
}

async function compare(
  { what, work }: Task,
  bootstrap: string,
  { isQuick, progress }: RunOptions,
): Promise<Row[]> {
  const contestants = [ours, ...peers].filter(({ kinds }) => kinds.has(work.kind))
  const topic = work.kind.startsWith('send') ? 'sent' : 'filled'
  const results = new Map<string, ClientResult[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < (isQuick ? 1 : 3); round++) {
    // Everybody is first once, as far as there are rounds.
    for (const [index] of contestants.entries()) {
      const { name, program } = contestants[(index + round) % contestants.length]!
      progress(`${what}, round ${round + 1}, ${name}`)
      results.get(name)!.push(await runProgram(program, { bootstrap, topic, work }))
    }
  }
  const rowOf = (
    facts: Pick<Row, 'unit' | 'better' | 'aim'>,
    value: (result: ClientResult) => number,
  ): Row => {
    const values = new Map([...results].map(([name, list]) => [name, median(list.map(value))]))
    const mine = values.get(ours.name)!
    values.delete(ours.name)
    return { what, ours: mine, peers: Object.fromEntries(values), ...facts }
  }
  return [
    rowOf({ unit: 'records/s', better: 'more', aim: '≥ 1.5' }, (one) => one.recordsPerSecond),
    rowOf({ unit: 'CPU µs', better: 'less' }, (one) => one.cpuMicrosPerRecord),
  ]
}

/** @throws Error with what the program printed, where it failed or took too long */
async function runProgram(program: string, settings: Settings): Promise<ClientResult> {
  const file = join(import.meta.dirname, 'clients', `${program}.ts`)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', file, JSON.stringify(settings)],
    { timeout: workTimeoutMs, killSignal: 'SIGKILL' },
  )
  return JSON.parse(stdout) as ClientResult
}
