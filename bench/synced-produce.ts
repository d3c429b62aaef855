/**
 * Producers that wait for each record to be on the disk: ours beside Apache Kafka with
 * `flush.messages=1`, on the same disk, in turns, loaded by the same generator. What many producers
 * share is the sync.
 */

import { startOurs, startPeer, withBroker } from './brokers.ts'
import {
  metricRows,
  pair,
  withCpu,
  withTopic,
  type Contestant,
  type Measured,
  type Metric,
  type Pair,
} from './contest.ts'
import { FramePump } from './frame-pump.ts'
import { batchOfSize, checkProduced, produceFrame } from './kafka-requests.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { percentile } from './statistics.ts'

const recordBytes = 1024
const rounds = { full: 3, quick: 1 }
const seconds = { full: 2, quick: 0.5 }
/** What tells how many records a run of that time takes. */
const pilotCount = { full: 100, quick: 20 }

interface Case {
  readonly producers: number
  readonly partitions: number
}

const cases: readonly Case[] = [
  { producers: 1, partitions: 1 },
  { producers: 8, partitions: 1 },
  { producers: 64, partitions: 1 },
  { producers: 64, partitions: 8 },
]

interface Result {
  readonly recordsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export const syncedProduce: Benchmark = {
  name: 'synced-produce',
  about: '1, 8 and 64 producers that wait for the disk, beside Apache Kafka with flush.messages=1',
  async run(options) {
    const rows = await withBroker(startPeer, (peer) =>
      withBroker(
        () => startOurs(options, { flush: 'ack' }),
        async (ours) => {
          const results: Row[] = []
          for (const each of options.isQuick ? cases.slice(0, 1) : cases) {
            results.push(...(await compare(pair(ours, peer, 'ack'), each, options)))
          }
          return results
        },
      ),
    )
    return { rows, notes }
  },
}

const notes = ['Each producer has one connection and one request of one record of 1 KiB in flight.']

const metrics: readonly Metric<Result>[] = [
  { unit: 'records/s', better: 'more', aim: '≥ 2', value: (run) => run.recordsPerSecond },
  { unit: 'p50 ms', better: 'less', value: (run) => run.p50Ms },
  { unit: 'p99 ms', better: 'less', value: (run) => run.p99Ms },
]

async function compare(brokers: Pair, each: Case, options: RunOptions): Promise<Row[]> {
  const { producers, partitions } = each
  const count = (number: number, what: string): string =>
    `${number} ${what}${number === 1 ? '' : 's'}`
  const label = `${count(producers, 'producer')}, ${count(partitions, 'partition')}`
  options.progress(label)
  const manner = options.isQuick ? 'quick' : 'full'
  const runs: [Measured<Result>[], Measured<Result>[]] = [[], []]
  // The first round warms both up.
  for (let round = 0; round <= rounds[manner]; round++) {
    for (const [index, one] of brokers.entries()) {
      const result = await measure(one, each, manner)
      if (round > 0) runs[index]!.push(result)
    }
  }
  return metricRows(label, metrics, runs)
}

function measure(
  one: Contestant,
  { producers, partitions }: Case,
  manner: 'full' | 'quick',
): Promise<Measured<Result>> {
  return withTopic(one, partitions, async (topic) => {
    const batch = await batchOfSize(recordBytes)
    const connecting = Array.from({ length: producers }, () =>
      FramePump.connect(one.broker.bootstrap),
    )
    const pumps = await Promise.all(connecting)
    const tookMs: number[] = []
    const send = async (count: number): Promise<number> => {
      tookMs.length = 0
      const startMs = performance.now()
      const running = pumps.map((pump, index) => {
        const frame = produceFrame({ topic, partition: index % partitions }, batch)
        return pump.run({
          count,
          inFlight: 1,
          frameOf: () => frame,
          onAnswer: (ms) => tookMs.push(ms),
          check: checkProduced,
        })
      })
      await Promise.all(running)
      return (performance.now() - startMs) / 1000
    }
    try {
      const pilot = Math.ceil(pilotCount[manner] / Math.sqrt(producers))
      const count = Math.ceil((pilot / (await send(pilot))) * seconds[manner])
      const bytes = count * producers * recordBytes
      return await withCpu(one, bytes, async () => {
        const took = await send(count)
        return {
          recordsPerSecond: (count * producers) / took,
          p50Ms: percentile(tookMs, 50),
          p99Ms: percentile(tookMs, 99),
        }
      })
    } finally {
      for (const pump of pumps) pump.close()
    }
  })
}
