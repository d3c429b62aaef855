/**
 * Our SDK beside other clients for Node, on our broker and on Apache Kafka: each in a process of its
 * own, in turns, doing the same work with 100-byte JSON records.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClientResult, Settings, Work } from './clients/client.ts'
import { peerName, startOurs, startPeer, withBroker } from './brokers.ts'
import { rdkafkaProgram } from './node-rdkafka.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { fillTopic } from './sample-events.ts'
import { median } from './statistics.ts'

const partitions = 3
const workTimeoutMs = 60_000

interface Contestant {
  readonly name: string
  readonly program: Program
  readonly kinds: ReadonlySet<Work['kind']>
}

interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const most = ['send', 'post', 'sendBatch', 'consume', 'latency'] as const
const ours: Contestant = {
  name: 'kafka.do',
  program: ownProgram('kafka-do'),
  kinds: new Set([...most, 'consumeBatches']),
}
const peers: readonly Contestant[] = [
  {
    name: 'kafkajs',
    program: ownProgram('kafkajs'),
    kinds: new Set([...most, 'consumeBatches']),
  },
  { name: '@platformatic/kafka', program: ownProgram('platformatic'), kinds: new Set(most) },
  {
    name: '@kafkats/client',
    program: ownProgram('kafkats'),
    kinds: new Set([...most, 'consumeBatches']),
  },
]

/** No client, and what bounds all of them. */
const bareSocket: Contestant = {
  name: 'bare socket',
  program: ownProgram('bare-socket'),
  kinds: new Set(['send', 'sendBatch']),
}

function ownProgram(name: string): Program {
  const file = join(import.meta.dirname, 'clients', `${name}.ts`)
  return { command: process.execPath, args: ['--no-warnings', file] }
}

interface Task {
  readonly what: string
  readonly work: Work
}

export const sdk: Benchmark = {
  name: 'sdk',
  about: 'our SDK and other clients for Node, on our broker with --flush os and on Apache Kafka',
  async run(options) {
    const contestants = [ours, ...peers, await rdkafka(options), bareSocket]
    const rows: Row[] = []
    const brokers = {
      'kafka.do': () => startOurs(options, { flush: 'os' }),
      [peerName]: () => startPeer(),
    }
    for (const [on, start] of Object.entries(brokers)) {
      await withBroker(start, async ({ bootstrap }) => {
        // So many that getting warm, a quarter of a second, is not what is measured.
        const recordCount = options.isQuick ? 100_000 : 1_000_000
        await prepareTopics(bootstrap, recordCount)
        for (const task of tasks(recordCount, options)) {
          const found = await compare(task, { contestants, bootstrap, options })
          rows.push(...found.map((row) => ({ ...row, what: `${row.what}, on ${on}` })))
        }
      })
    }
    return { rows, notes }
  },
}

const notes = [
  'The ratio is against the best of the peers. All clients are used as their documentation says, with',
  'their defaults but acks=all, and send and consume objects as JSON, with a key, in 3 partitions.',
  'The bound is a bare socket that writes a request made beforehand and waits for the answer: what',
  'platform, kernel and broker take without any client.',
]

async function rdkafka({ progress }: RunOptions): Promise<Contestant> {
  const { command, file, env } = await rdkafkaProgram(progress)
  return { name: 'node-rdkafka', program: { command, args: [file], env }, kinds: new Set(most) }
}

function tasks(recordCount: number, { isQuick }: RunOptions): readonly Task[] {
  const seconds = isQuick ? 1 : 2
  return [
    { what: 'send, 1 at a time', work: { kind: 'send', concurrency: 1, seconds } },
    { what: 'send, none awaited', work: { kind: 'post', recordCount: isQuick ? 10_000 : 50_000 } },
    { what: 'send, 100 at a time', work: { kind: 'send', concurrency: 100, seconds } },
    { what: 'sendBatch of 100', work: { kind: 'sendBatch', size: 100, seconds } },
    { what: 'consume, by record', work: { kind: 'consume', recordCount } },
    { what: 'consume, by batch', work: { kind: 'consumeBatches', recordCount } },
    { what: 'from send to consumer', work: { kind: 'latency', perSecond: 200, recordCount: 400 } },
  ]
}

const filled = 'filled'

async function prepareTopics(bootstrap: string, count: number): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  const latencyTopics = [ours, ...peers, { name: 'node-rdkafka' }].map(latencyTopic)
  await createTopicsOn(
    client,
    ['sent', filled, ...latencyTopics].map((name) => ({ name, partitions })),
  )
  await fillTopic(client, { topic: filled, partitions, count })
  client.close()
}

/** Of its own, so that nobody has to read what all others have sent. */
function latencyTopic({ name }: Pick<Contestant, 'name'>): string {
  return `latency-${name.replaceAll(/[^a-z.]/g, '-')}`
}

function topicOf({ kind }: Work, contestant: Contestant): string {
  if (kind === 'latency') return latencyTopic(contestant)
  return kind.startsWith('consume') ? filled : 'sent'
}

interface Setting {
  readonly contestants: readonly Contestant[]
  readonly bootstrap: string
  readonly options: RunOptions
}

async function compare(
  { what, work }: Task,
  { bootstrap, options: { isQuick, progress }, ...setting }: Setting,
): Promise<Row[]> {
  const isSideBySide = work.kind === 'send' && work.concurrency > 1
  const contestants = setting.contestants.filter(
    (one) => one.kinds.has(work.kind) && !(isSideBySide && one === bareSocket),
  )
  const results = new Map<string, ClientResult[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < (isQuick ? 1 : 2); round++) {
    // Everybody is first once, as far as there are rounds.
    for (const [index] of contestants.entries()) {
      const contestant = contestants[(index + round) % contestants.length]!
      progress(`${what}, round ${round + 1}, ${contestant.name}`)
      const topic = topicOf(work, contestant)
      const result = await runProgram(contestant.program, { bootstrap, topic, work })
      results.get(contestant.name)!.push(result)
    }
  }
  const rowOf = (
    facts: Pick<Row, 'unit' | 'better' | 'aim'>,
    value: (result: ClientResult) => number,
  ): Row => {
    const values = new Map([...results].map(([name, list]) => [name, median(list.map(value))]))
    const mine = values.get(ours.name)!
    const bound = values.get(bareSocket.name)
    for (const name of [ours.name, bareSocket.name]) values.delete(name)
    const peers = Object.fromEntries(values)
    return { what, ours: mine, peers, ...(bound !== undefined && { bound }), ...facts }
  }
  if (work.kind === 'latency') {
    const ms = { unit: 'ms', better: 'less' } as const
    return [
      rowOf({ ...ms, unit: 'p50 ms', aim: '< 1' }, ({ latencyMs }) => latencyMs!.p50),
      rowOf({ ...ms, unit: 'p99 ms', aim: '< 1' }, ({ latencyMs }) => latencyMs!.p99),
    ]
  }
  return [
    rowOf({ unit: 'records/s', better: 'more', aim: '≥ 1.5' }, (one) => one.recordsPerSecond),
    rowOf({ unit: 'CPU µs', better: 'less', aim: '< 1' }, (one) => one.cpuMicrosPerRecord),
    rowOf({ unit: 'resident MB', better: 'less', aim: '< 1' }, (one) => one.residentMb),
  ]
}

/** @throws Error with what the program printed, where it failed or took too long */
async function runProgram(
  { command, args, env }: Program,
  settings: Settings,
): Promise<ClientResult> {
  const { stdout } = await promisify(execFile)(command, [...args, JSON.stringify(settings)], {
    timeout: workTimeoutMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout) as ClientResult
}
