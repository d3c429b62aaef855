/**
 * Kafka's own performance tools against our broker and Apache Kafka, in turns, at the same promise:
 * both leaving it to the system when records reach the disk, and both syncing before they answer.
 */

import { execFileSync } from 'node:child_process'
import { cpuSeconds, residentBytes } from '../test/support/process-usage.ts'
import { peerName, startOurs, startPeer, withBroker, type MeasuredBroker } from './brokers.ts'
import {
  runConsumerPerformance,
  runProducerPerformance,
  type ProduceResult,
  type Throughput,
} from './kafka-perf-test.ts'
import { createTopicsOn, deleteTopicOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { median } from './statistics.ts'

export const recordBytes = 1024
/** Of each produce run, sent before it is measured: the Java client is slow at first. */
const warmupShare = 0.25
/** What warms the brokers up, and tells how many records can be afforded. */
const pilotRecordCount = { full: 100_000, quick: 30_000 }
const latencyRate = 5_000

type Flush = 'os' | 'ack'
type Measured<Result> = Result & { readonly cpuSecondsPerGb: number }

/** A broker with what was measured of it in all runs of one case. */
interface Contestant {
  readonly name: string
  readonly broker: MeasuredBroker
  /** Settings of the topics that make Apache Kafka's promise the same as ours. */
  readonly topicConfigs: Readonly<Record<string, string>>
  readonly produced: Measured<ProduceResult>[]
  readonly consumed: Measured<Throughput>[]
}

interface Case {
  readonly flush: Flush
  readonly partitions: number
}

export const perfTools: Benchmark = {
  name: 'perf-tools',
  about: 'kafka-producer-perf-test and kafka-consumer-perf-test, 1 KiB records',
  async run(options) {
    const rows: Row[] = []
    await withBroker(startPeer, async (peer) => {
      for (const flush of ['os', 'ack'] as const) {
        await withBroker(
          () => startOurs(options, { flush }),
          async (ours) => {
            const brokers = [ours, peer] as const
            for (const partitions of options.isQuick ? [1] : [1, 8]) {
              rows.push(...(await compareThroughput(brokers, { flush, partitions }, options)))
            }
            rows.push(...(await compareLatency(brokers, { flush, partitions: 1 }, options)))
            rows.push(memoryRow(brokers, flush))
          },
        )
      }
    })
    return { rows, notes }
  },
}

const notes = [
  'MB are 10^6 bytes of record values. The tools run on the same machine and need most of it, so',
  'that a broker that takes less processor time leaves them more.',
]

type Pair = readonly [ours: MeasuredBroker, peer: MeasuredBroker]

function contestants([ours, peer]: Pair, flush: Flush): [Contestant, Contestant] {
  const syncEach: Record<string, string> = flush === 'ack' ? { 'flush.messages': '1' } : {}
  return [
    { name: 'kafka.do', broker: ours, topicConfigs: {}, produced: [], consumed: [] },
    { name: peerName, broker: peer, topicConfigs: syncEach, produced: [], consumed: [] },
  ]
}

async function compareThroughput(
  brokers: Pair,
  spec: Case,
  { isQuick, progress }: RunOptions,
): Promise<Row[]> {
  const { flush, partitions } = spec
  const label = `${flush}, ${partitions} partition${partitions === 1 ? '' : 's'}`
  progress(`${label}: warming up`)
  const pilots = contestants(brokers, flush)
  const pilotCount = pilotRecordCount[isQuick ? 'quick' : 'full']
  for (const pilot of pilots) await measure(pilot, spec, pilotCount)
  // As many records as the slower of the two takes in a time that can be afforded.
  const slowest = Math.min(...pilots.map(({ produced }) => produced[0]!.recordsPerSecond))
  const recordCount = Math.ceil((slowest * (isQuick ? 2 : 5)) / 10_000) * 10_000

  const runs = contestants(brokers, flush)
  for (let round = 1; round <= (isQuick ? 1 : 3); round++) {
    for (const contestant of runs) {
      progress(`${label}: ${recordCount} records, round ${round}, ${contestant.name}`)
      await measure(contestant, spec, recordCount)
    }
  }
  return throughputRows(label, ...runs)
}

/** Produces to a new topic and consumes it again, where that can differ between the promises. */
async function measure(contestant: Contestant, spec: Case, recordCount: number): Promise<void> {
  const { broker, produced, consumed } = contestant
  const warmupCount = recordCount * warmupShare
  await withTopic(contestant, spec.partitions, async (topic) => {
    const test = { bootstrap: broker.bootstrap, topic, recordCount, recordBytes }
    const produce = (): Promise<ProduceResult> => runProducerPerformance({ ...test, warmupCount })
    produced.push(await withCpu(broker, recordCount, produce))
    if (spec.flush === 'ack') return
    consumed.push(await withCpu(broker, recordCount, () => runConsumerPerformance(test)))
  })
}

let topicCount = 0

/** Runs `use` with a topic that is deleted afterwards, on a disk that has nothing left to write. */
async function withTopic(
  { broker, topicConfigs }: Contestant,
  partitions: number,
  use: (topic: string) => Promise<void>,
): Promise<void> {
  const name = `perf-${++topicCount}`
  const client = await RawClient.connect(broker.bootstrap)
  try {
    await createTopicsOn(client, [{ name, partitions, configs: topicConfigs }])
    execFileSync('sync')
    await use(name)
    await deleteTopicOn(client, name)
  } finally {
    client.close()
  }
}

async function withCpu<Result extends object>(
  { pid }: MeasuredBroker,
  recordCount: number,
  run: () => Promise<Result>,
): Promise<Measured<Result>> {
  const before = cpuSeconds(pid)
  const result = await run()
  const gigabytes = (recordCount * recordBytes) / 1e9
  return { ...result, cpuSecondsPerGb: (cpuSeconds(pid) - before) / gigabytes }
}

type Metric<Result> = Pick<Row, 'unit' | 'better' | 'aim'> & {
  readonly value: (run: Measured<Result>) => number
}

const throughputMetrics: readonly Metric<Throughput>[] = [
  { unit: 'records/s', better: 'more', value: (run) => run.recordsPerSecond },
  { unit: 'MB/s', better: 'more', aim: '≥ 1', value: (run) => run.megabytesPerSecond },
  { unit: 'CPU s/GB', better: 'less', aim: '≤ 0.5', value: (run) => run.cpuSecondsPerGb },
]

const latencyMetrics: readonly Metric<ProduceResult>[] = [
  { unit: 'p50 ms', better: 'less', value: (run) => run.p50Ms },
  { unit: 'p99 ms', better: 'less', value: (run) => run.p99Ms },
]

function throughputRows(label: string, ours: Contestant, peer: Contestant): Row[] {
  const produce = `produce, ${label}`
  return [
    ...metricRows(produce, throughputMetrics, [ours.produced, peer.produced]),
    ...metricRows(produce, latencyMetrics, [ours.produced, peer.produced]),
    ...metricRows(`consume, ${label}`, throughputMetrics, [ours.consumed, peer.consumed]),
  ]
}

function metricRows<Result>(
  what: string,
  metrics: readonly Metric<Result>[],
  [ours, peer]: readonly [ours: Measured<Result>[], peer: Measured<Result>[]],
): Row[] {
  if (ours.length === 0) return []
  return metrics.map(({ value, ...facts }) => ({
    ...facts,
    what,
    ours: median(ours.map(value)),
    peers: { [peerName]: median(peer.map(value)) },
  }))
}

/** Measures what a record takes when none waits for another, as they do at full speed. */
async function compareLatency(
  brokers: Pair,
  { flush, partitions }: Case,
  { isQuick, progress }: RunOptions,
): Promise<Row[]> {
  const label = `produce, ${flush}, ${latencyRate} records/s`
  const recordCount = latencyRate * (isQuick ? 3 : 8)
  const runs = contestants(brokers, flush)
  for (const contestant of runs) {
    const { broker, name, produced } = contestant
    progress(`${label}, ${name}`)
    await withTopic(contestant, partitions, async (topic) => {
      const test = { topic, recordCount, recordBytes, recordsPerSecond: latencyRate }
      const warmupCount = recordCount / 2
      const run = (): Promise<ProduceResult> =>
        runProducerPerformance({ ...test, bootstrap: broker.bootstrap, warmupCount })
      produced.push(await withCpu(broker, recordCount, run))
    })
  }
  return metricRows(label, latencyMetrics, [runs[0].produced, runs[1].produced])
}

function memoryRow([ours, peer]: Pair, flush: Flush): Row {
  return {
    what: `resident memory after that, ${flush}`,
    unit: 'MB',
    better: 'less',
    ours: residentBytes(ours.pid) / 1e6,
    peers: { [peerName]: residentBytes(peer.pid) / 1e6 },
  }
}
