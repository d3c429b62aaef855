/** The queries of the Nexmark benchmark, each run by our streams in a process of its own. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { startOurs, withBroker } from './brokers.ts'
import { keyOf, nexmarkEvent } from './nexmark/events.ts'
import { queries } from './nexmark/queries.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row } from './report.ts'
import { createFilled } from './streams/fill.ts'
import { groupProgress } from './streams/group-progress.ts'
import { measure, type Run } from './streams/measure.ts'

const partitions = 4
const topics = ['persons', 'auctions', 'bids'] as const
const program = join(import.meta.dirname, 'nexmark', 'program.ts')

/** What each query is about, and the topics that it reads. */
const facts: Readonly<
  Record<string, readonly [what: string, ...topics: (typeof topics)[number][]]>
> = {
  q0: ['pass through', 'bids'],
  q1: ['currency conversion', 'bids'],
  q2: ['selection', 'bids'],
  q3: ['local items', 'persons', 'auctions'],
  q4: ['average price of a category', 'auctions', 'bids'],
  q5: ['hot items', 'bids'],
  q6: ['average price of a seller', 'auctions', 'bids'],
  q7: ['highest bid', 'bids'],
  q8: ['new users who sell', 'persons', 'auctions'],
  q9: ['winning bids', 'auctions', 'bids'],
  q11: ['user sessions', 'bids'],
}

export const nexmark: Benchmark = {
  name: 'nexmark',
  about: 'the queries of Nexmark by our streams, on our broker with --flush os',
  async run(options) {
    const rows: Row[] = []
    await withBroker(
      () => startOurs(options, { flush: 'os' }),
      async ({ bootstrap }) => {
        const client = await RawClient.connect(bootstrap)
        const counts = await fill(client, options.isQuick ? 200_000 : 2_000_000)
        for (const query of chosenQueries()) {
          options.progress(`${query}, ${facts[query]![0]}`)
          const run = await runQuery(client, bootstrap, { query, counts })
          options.progress(`  ${Math.round(run.recordsPerCpuSecond)} records per CPU second`)
          rows.push(...rowsOf(query, run))
        }
        client.close()
      },
    )
    return { rows, notes }
  },
}

const notes = [
  'Records that a query reads, by the seconds of processor time of the program and by those of the',
  'clock. Of 2,000,000 events 92 % are bids, 6 % auctions and 2 % persons, as JSON in 4 partitions; the',
  'first 20 % of what a query reads are not counted. At least once, all with its defaults.',
]

/** Names in `BENCH_ROWS` choose queries. */
function chosenQueries(): readonly string[] {
  const names = process.env['BENCH_ROWS']?.split(',')
  return Object.keys(queries).filter((name) => names?.includes(name) ?? true)
}

type Counts = ReadonlyMap<string, number>

/** Fills the three topics with the first `eventCount` events; returns how many each has. */
async function fill(client: RawClient, eventCount: number): Promise<Counts> {
  const numbers = new Map<string, number[]>(topics.map((topic) => [topic, []]))
  for (let number = 0; number < eventCount; number++) {
    numbers.get(nexmarkEvent(number).topic)!.push(number)
  }
  for (const [topic, own] of numbers) {
    const record = (index: number) => {
      const event = nexmarkEvent(own[index]!)
      return { key: keyOf(event), value: event.value, timestamp: event.value.dateTime }
    }
    await createFilled(client, { topic, partitions, count: own.length, record })
  }
  return new Map([...numbers].map(([topic, own]) => [topic, own.length]))
}

async function runQuery(
  client: RawClient,
  bootstrap: string,
  { query, counts }: { query: string; counts: Counts },
): Promise<Run> {
  const application = `nexmark-${query}`
  await createTopicsOn(client, [{ name: `${application}-output`, partitions }])
  const [, ...inputs] = facts[query]!
  const inputCount = inputs.reduce((sum, topic) => sum + counts.get(topic)!, 0)
  const work = { inputs: new Set<string>(inputs), inputCount }
  return measure({
    name: query,
    start: () => {
      const args = ['--no-warnings', program, bootstrap, query, application]
      return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    },
    progress: () => groupProgress(client, application, work),
    inputCount,
    warmUp: 0.2,
    limitMs: 60_000,
  })
}

function rowsOf(query: string, run: Run): Row[] {
  const what = `${query} ${facts[query]![0]}`
  const common = { what, better: 'more', peers: {} } as const
  return [
    { ...common, unit: 'records/CPU s', ours: run.recordsPerCpuSecond },
    { ...common, unit: 'records/s', ours: run.recordsPerSecond },
  ]
}
