/**
 * Our streams beside Kafka Streams and @kafkats/flow: each in a process of its own, one after the
 * other on one broker, with the same records, topologies and guarantee.
 */

import { startOurs, withBroker } from './brokers.ts'
import { createTopicsOn, deleteTopicOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import {
  buildJava,
  kafkaStreams,
  kafkatsFlow,
  ours,
  type Contestant,
} from './streams/contestants.ts'
import { createFilled } from './streams/fill.ts'
import { groupProgress } from './streams/group-progress.ts'
import { measure, type Run } from './streams/measure.ts'
import { digest, recordCount, type Digest } from './streams/results.ts'
import { customer, order, partitions, payment } from './streams/workloads.ts'
import { workloads, type Workload } from './streams/workloads.ts'

export const streams: Benchmark = {
  name: 'streams',
  about: 'our streams, Kafka Streams and @kafkats/flow, on our broker with --flush os',
  async run(options) {
    await buildJava()
    const rows: Row[] = []
    await withBroker(
      () => startOurs(options, { flush: 'os' }),
      async ({ bootstrap }) => {
        const client = await RawClient.connect(bootstrap)
        const orderCount = options.isQuick ? 100_000 : 1_000_000
        await fill(client, orderCount)
        for (const workload of chosenWorkloads()) {
          const contest = { workload, orderCount, bootstrap, client, options }
          rows.push(...(await compare(contest)))
        }
        client.close()
      },
    )
    return { rows, notes }
  },
}

const notes = [
  'Records that go in, by the seconds of processor time that the program takes for them in all its',
  'threads, and by those of the clock. 1,000,000 JSON orders of 100 bytes in 4 partitions, 1,000 keys;',
  'the first 30 % are not counted, in which a program gets warm. One thread of processing each. All',
  'have their defaults, but Kafka Streams no record caches, so that each record has its result; the',
  'results are the same. @kafkats/flow has 8 s, and is measured by what it has done by then.',
]

/** Names in `BENCH_ROWS` choose workloads, and those in `BENCH_CONTESTANTS` who takes part. */
function chosenWorkloads(): readonly Workload[] {
  const names = process.env['BENCH_ROWS']?.split(',')
  return names ? workloads.filter(({ name }) => names.includes(name)) : workloads
}

function chosenContestants(): readonly Contestant[] {
  const words = process.env['BENCH_CONTESTANTS']?.split(',')
  const all = [...kafkaStreams, kafkatsFlow]
  const peers = words ? all.filter(({ name }) => words.some((word) => name.includes(word))) : all
  return [ours, ...peers]
}

const names = { orders: 'orders', payments: 'payments', customers: 'customers' }

async function fill(client: RawClient, count: number): Promise<void> {
  await createFilled(client, { topic: names.orders, partitions, count, record: order })
  await createFilled(client, { topic: names.payments, partitions, count, record: payment })
  const customers = { topic: names.customers, partitions, count: 1_000, record: customer }
  await createFilled(client, customers)
}

interface Contest {
  readonly workload: Workload
  readonly orderCount: number
  readonly bootstrap: string
  readonly client: RawClient
  readonly options: RunOptions
}

async function compare(contest: Contest): Promise<Row[]> {
  const { workload, options } = contest
  const runs = new Map<string, Run>()
  let expected: Digest | undefined
  for (const contestant of chosenContestants()) {
    if (workload.isExactlyOnce && contestant === kafkatsFlow) continue
    options.progress(`${workload.what}, ${contestant.name}`)
    const { run, found } = await runOnce(contest, contestant)
    runs.set(contestant.name, run)
    const said = `${Math.round(run.recordsPerCpuSecond)} records per CPU second`
    options.progress(`  ${said}, ${Math.round(run.residentMb)} MB, ${run.share} of the results`)
    if (!found) continue
    expected ??= found
    if (found.sum !== expected.sum) {
      options.progress(`  the results of ${contestant.name} are not those of ${ours.name}`)
    }
  }
  return rowsOf(workload, runs)
}

let applicationCount = 0

async function runOnce(
  { workload, orderCount, bootstrap, client }: Contest,
  contestant: Contestant,
): Promise<{ run: Run; found: Digest | undefined }> {
  const application = `bench-${++applicationCount}`
  const output = `${application}-output`
  await createTopicsOn(client, [{ name: output, partitions }])
  const settings = { bootstrap, workload: workload.name, application, output, ...names }
  const resultCount = workload.resultCount(orderCount)
  const inputCount = orderCount * workload.inputsPerOrder
  const run = await measure({
    name: contestant.name,
    start: () => contestant.start({ ...settings, isExactlyOnce: workload.isExactlyOnce }),
    // Among results of transactions there are the ends of these, so that offsets tell nothing.
    progress: workload.isExactlyOnce
      ? () => groupProgress(client, application, { inputs: new Set([names.orders]), inputCount })
      : async () => (await recordCount(client, output, partitions)) / resultCount,
    inputCount,
    warmUp: 0.3,
    limitMs: contestant === kafkatsFlow ? 8_000 : 60_000,
  })
  const read = contestant.reader(workload.name)
  const found =
    run.share === 1
      ? await digest(bootstrap, { topic: output, expected: resultCount, read })
      : undefined
  await deleteTopicOn(client, output)
  return { run, found }
}

function rowsOf({ what, aim }: Workload, runs: ReadonlyMap<string, Run>): Row[] {
  const row = (facts: Pick<Row, 'unit' | 'aim'>, value: (run: Run) => number): Row => {
    const values = new Map([...runs].map(([name, run]) => [name, value(run)]))
    const mine = values.get(ours.name)!
    values.delete(ours.name)
    return { what, ours: mine, peers: Object.fromEntries(values), better: 'more', ...facts }
  }
  return [
    row({ unit: 'records/CPU s', aim }, (run) => run.recordsPerCpuSecond),
    row({ unit: 'records/s' }, (run) => run.recordsPerSecond),
  ]
}
