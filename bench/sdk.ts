/**
 * Our SDK beside other clients for Node, on our broker and on Apache Kafka: each in a process of its
 * own, in turns, doing the same work with 100-byte JSON records.
 */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClientResult, Settings, Work } from './clients/client.ts'
import { peerName, startOurs, startPeer, withBroker } from './brokers.ts'
import { buildClientPrograms } from './client-programs.ts'
import { installRdkafka, type RdkafkaNode } from './node-rdkafka.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { fillTopic } from './sample-events.ts'
import { median } from './statistics.ts'

const partitions = 3
const roundCount = 3
/** More, for what the slowest of a hundred took is something else in each. */
const latencyRoundCount = 5
const workTimeoutMs = 60_000

interface Contestant {
  readonly name: string
  /** In `clients`, without its ending. */
  readonly program: string
  readonly kinds: ReadonlySet<Work['kind']>
}

const most = ['send', 'post', 'sendBatch', 'consume', 'latency'] as const
const all = new Set<Work['kind']>([...most, 'consumeBatches'])
const ours: Contestant = { name: 'kafka.do', program: 'kafka-do', kinds: all }
/** It is native code for the most part, which takes other memory and another Node. */
const rdkafka: Contestant = { name: 'node-rdkafka', program: 'rdkafka', kinds: new Set(most) }
const peers: readonly Contestant[] = [
  { name: 'kafkajs', program: 'kafkajs', kinds: all },
  { name: '@platformatic/kafka', program: 'platformatic', kinds: new Set(most) },
  { name: '@kafkats/client', program: 'kafkats', kinds: all },
  rdkafka,
]
/** No client, and what bounds all of them. */
const bareSocket: Contestant = {
  name: 'bare socket',
  program: 'bare-socket',
  kinds: new Set(['send', 'sendBatch', 'consume', 'consumeBatches']),
}
const contestants = [ours, ...peers, bareSocket]

interface Task {
  readonly what: string
  readonly work: Work
}

export const sdk: Benchmark = {
  name: 'sdk',
  about: 'our SDK and other clients for Node, on our broker with --flush os and on Apache Kafka',
  async run(options) {
    const { isQuick, progress } = options
    const rdkafkaNode = await installRdkafka(progress)
    const programs = await buildClientPrograms(progress)
    const rows: Row[] = []
    const brokers = {
      'kafka.do': () => startOurs(options, { flush: 'os' }),
      [peerName]: () => startPeer(),
    }
    for (const [on, start] of Object.entries(brokers)) {
      await withBroker(start, async ({ bootstrap }) => {
        // So many that getting warm, a quarter of a second, is not what is measured.
        const recordCount = isQuick ? 100_000 : 1_000_000
        await prepareTopics(bootstrap, recordCount)
        for (const task of tasks(recordCount, options)) {
          const found = await compare(task, { programs, rdkafkaNode, bootstrap, options })
          rows.push(...found.map((row) => ({ ...row, what: `${row.what}, on ${on}` })))
        }
      })
    }
    return { rows, notes }
  },
}

const notes = [
  'The ratio is against the best of the peers, without those in brackets. All clients are used as',
  'their documentation says, with their defaults but acks=all, and send and consume objects as JSON,',
  'with a key, in 3 partitions. kafka.do is idempotent by default; its peers are not, and ask the',
  'broker for less. The bound is no client: a socket that writes a request made beforehand and waits',
  'for the answer, or asks for batches and parses the JSON of their values. The bound ratio is how',
  'far the best peer could be beaten at most: where it is below the aim, no client can reach that.',
]

function tasks(recordCount: number, { isQuick }: RunOptions): readonly Task[] {
  const warmUpSeconds = isQuick ? 0.5 : 2
  const timed = { warmUpSeconds, seconds: isQuick ? 1 : 1.5 }
  // Code that sends one record is optimised after some 25,000 of them, which takes a while.
  const alone = isQuick ? timed : { warmUpSeconds: 5, seconds: 2 }
  return [
    { what: 'send, 1 at a time', work: { kind: 'send', concurrency: 1, ...alone } },
    { what: 'send, none awaited', work: { kind: 'post', ...timed } },
    { what: 'send, 100 at a time', work: { kind: 'send', concurrency: 100, ...timed } },
    { what: 'sendBatch of 100', work: { kind: 'sendBatch', size: 100, ...timed } },
    { what: 'consume, by record', work: { kind: 'consume', recordCount } },
    { what: 'consume, by batch', work: { kind: 'consumeBatches', recordCount } },
    {
      what: 'from send to consumer',
      work: { kind: 'latency', warmUpSeconds, perSecond: 200, recordCount: 1000 },
    },
  ]
}

const filled = 'filled'

async function prepareTopics(bootstrap: string, count: number): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  const rounds = Array.from({ length: latencyRoundCount }, (_, round) => round)
  const latencyTopics = rounds.flatMap((round) => [ours, ...peers].map(latencyTopic(round)))
  await createTopicsOn(
    client,
    ['sent', filled, ...latencyTopics].map((name) => ({ name, partitions })),
  )
  await fillTopic(client, { topic: filled, partitions, count })
  client.close()
}

/** Of its own each time, so that nobody has to read what others have sent. */
function latencyTopic(round: number): (contestant: Contestant) => string {
  return ({ program }) => `latency-${program}-${round}`
}

function topicOf({ kind }: Work, contestant: Contestant, round: number): string {
  if (kind === 'latency') return latencyTopic(round)(contestant)
  return kind.startsWith('consume') ? filled : 'sent'
}

interface Setting {
  /** The folder of the programs. */
  readonly programs: string
  readonly rdkafkaNode: RdkafkaNode
  readonly bootstrap: string
  readonly options: RunOptions
}

async function compare({ what, work }: Task, setting: Setting): Promise<Row[]> {
  const { bootstrap, options } = setting
  const isSideBySide = work.kind === 'send' && work.concurrency > 1
  const taking = contestants.filter(
    (one) => one.kinds.has(work.kind) && !(isSideBySide && one === bareSocket),
  )
  const results = new Map<string, ClientResult[]>(taking.map(({ name }) => [name, []]))
  const rounds = work.kind === 'latency' ? latencyRoundCount : roundCount
  for (let round = 0; round < (options.isQuick ? 1 : rounds); round++) {
    // Everybody is first once, as far as there are rounds.
    for (const index of taking.keys()) {
      const contestant = taking[(index + round) % taking.length]!
      options.progress(`${what}, round ${round + 1}, ${contestant.name}`)
      const topic = topicOf(work, contestant, round)
      const result = await runProgram(contestant, setting, { bootstrap, topic, work })
      results.get(contestant.name)!.push(result)
    }
  }
  return rowsOf(what, work, results)
}

function rowsOf(
  what: string,
  { kind }: Work,
  results: ReadonlyMap<string, readonly ClientResult[]>,
): Row[] {
  const rowOf = (
    facts: Pick<Row, 'unit' | 'better' | 'aim' | 'apart'>,
    value: (result: ClientResult) => number,
  ): Row => {
    const values = new Map([...results].map(([name, list]) => [name, median(list.map(value))]))
    const mine = values.get(ours.name)!
    const bound = values.get(bareSocket.name)
    for (const name of [ours.name, bareSocket.name]) values.delete(name)
    const peers = Object.fromEntries(values)
    return { what, ours: mine, peers, ...(bound !== undefined && { bound }), ...facts }
  }
  const less = { better: 'less', aim: '< 1' } as const
  if (kind === 'latency') {
    return [
      rowOf({ unit: 'p50 ms', ...less }, ({ latencyMs }) => latencyMs!.p50),
      rowOf({ unit: 'p99 ms', ...less }, ({ latencyMs }) => latencyMs!.p99),
    ]
  }
  return [
    rowOf({ unit: 'records/s', better: 'more', aim: '≥ 1.5' }, (one) => one.recordsPerSecond),
    rowOf({ unit: 'CPU µs', ...less }, (one) => one.cpuMicrosPerRecord),
    rowOf({ unit: 'resident MB', ...less, apart: [rdkafka.name] }, (one) => one.residentMb),
  ]
}

/** @throws Error with what the program printed, where it failed or took too long */
async function runProgram(
  contestant: Contestant,
  { programs, rdkafkaNode }: Setting,
  settings: Settings,
): Promise<ClientResult> {
  const { command, env } =
    contestant === rdkafka ? rdkafkaNode : { command: process.execPath, env: {} }
  const file = join(programs, `${contestant.program}.js`)
  const { stdout } = await promisify(execFile)(command, [file, JSON.stringify(settings)], {
    timeout: workTimeoutMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout) as ClientResult
}
