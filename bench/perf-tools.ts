/**
 * Kafka's own performance tools against our broker and Apache Kafka, in turns, at the same promise:
 * both leaving it to the system when records reach the disk, and both syncing before they answer.
 */

import { writeBatch } from '../src/record/batch-writer.ts'
import { residentBytes } from '../test/support/process-usage.ts'
import { peerName, startOurs, startPeer, withBroker } from './brokers.ts'
import {
  metricRows,
  pair,
  withCpu,
  withTopic,
  type Contestant,
  type Flush,
  type Measured,
  type Metric,
  type Pair,
} from './contest.ts'
import {
  runConsumerPerformance,
  runProducerPerformance,
  type ProduceResult,
  type Throughput,
} from './kafka-perf-test.ts'
import { produceOn, type RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'

export const recordBytes = 1024
/** Of each produce run, sent before it is measured: the Java client is slow at first. */
const warmupShare = 0.25
/** What warms the brokers up, and tells how many records can be afforded. */
const pilotRecordCount = { full: 100_000, quick: 30_000 }
/** How long the slower broker is produced to in a run. */
const produceSeconds = { full: 5, quick: 2 }
const consumeRecordCount = { full: 600_000, quick: 150_000 }
const latencyRate = 5_000
const roundCount = { full: 3, quick: 1 }

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
        const start = () => startOurs(options, { flush })
        await withBroker(start, async (ours) => {
          rows.push(...(await compare(pair(ours, peer, flush), flush, options)))
        })
      }
    })
    return { rows, notes }
  },
}

const notes = [
  'MB are 10^6 bytes of record values. The tools run on the same machine and need most of it, so',
  'that a broker that takes less processor time leaves them more.',
]

async function compare(brokers: Pair, flush: Flush, options: RunOptions): Promise<Row[]> {
  const rows: Row[] = []
  for (const partitions of options.isQuick ? [1] : [1, 8]) {
    rows.push(...(await compareProduce(brokers, { flush, partitions }, options)))
    // When records are synced makes no difference to who reads them.
    if (flush === 'os') rows.push(...(await compareConsume(brokers, partitions, options)))
  }
  if (!options.isQuick) rows.push(...(await compareLatency(brokers, flush, options)))
  rows.push(memoryRow(brokers, flush))
  return rows
}

const cpuMetric: Metric<object> = {
  unit: 'CPU s/GB',
  better: 'less',
  aim: '≤ 0.5',
  value: (run) => run.cpuSecondsPerGb,
}

const throughputMetrics: readonly Metric<Throughput>[] = [
  { unit: 'records/s', better: 'more', value: (run) => run.recordsPerSecond },
  { unit: 'MB/s', better: 'more', aim: '≥ 1', value: (run) => run.megabytesPerSecond },
  cpuMetric,
]

const latencyMetrics: readonly Metric<ProduceResult>[] = [
  { unit: 'p50 ms', better: 'less', value: (run) => run.p50Ms },
  { unit: 'p99 ms', better: 'less', value: (run) => run.p99Ms },
]

function partitionsText(count: number): string {
  return `${count} partition${count === 1 ? '' : 's'}`
}

function manner({ isQuick }: RunOptions): 'full' | 'quick' {
  return isQuick ? 'quick' : 'full'
}

async function compareProduce(brokers: Pair, spec: Case, options: RunOptions): Promise<Row[]> {
  const { partitions } = spec
  const label = `produce, ${spec.flush}, ${partitionsText(partitions)}`
  const measure = (one: Contestant, recordCount: number): Promise<Measured<ProduceResult>> =>
    withTopic(one, partitions, (topic) => {
      const test = { bootstrap: one.broker.bootstrap, topic, recordCount, recordBytes }
      const warmupCount = recordCount * warmupShare
      const run = () => runProducerPerformance({ ...test, warmupCount })
      return withCpu(one, recordCount * recordBytes, run)
    })

  options.progress(`${label}: warming up`)
  const pilots: ProduceResult[] = []
  for (const one of brokers) pilots.push(await measure(one, pilotRecordCount[manner(options)]))
  // As many records as the slower of the two takes in a time that can be afforded.
  const slowest = Math.min(...pilots.map((pilot) => pilot.recordsPerSecond))
  const recordCount = Math.ceil((slowest * produceSeconds[manner(options)]) / 10_000) * 10_000

  const turns = { ...turnsOf(options), label: `${label}, ${recordCount} records` }
  const runs = await inTurns(brokers, turns, (one) => measure(one, recordCount))
  return metricRows(label, [...throughputMetrics, ...latencyMetrics], runs)
}

/** Consumes one topic again and again, which is filled without the tool: that takes less time. */
async function compareConsume(
  brokers: Pair,
  partitions: number,
  options: RunOptions,
): Promise<Row[]> {
  const label = `consume, ${partitionsText(partitions)}`
  const recordCount = consumeRecordCount[manner(options)]
  const [ours, peer] = brokers
  options.progress(`${label}: filling and warming up`)
  return withTopic(ours, partitions, (ourTopic, ourClient) =>
    withTopic(peer, partitions, async (peerTopic, peerClient) => {
      await fill(ourClient, { topic: ourTopic, partitions, recordCount })
      await fill(peerClient, { topic: peerTopic, partitions, recordCount })
      const measure = (one: Contestant): Promise<Measured<Throughput>> => {
        const topic = one === ours ? ourTopic : peerTopic
        const test = { bootstrap: one.broker.bootstrap, topic, recordCount, recordBytes }
        return withCpu(one, recordCount * recordBytes, () => runConsumerPerformance(test))
      }
      for (const one of brokers) await measure(one)
      const runs = await inTurns(brokers, { ...turnsOf(options), label }, measure)
      return metricRows(label, throughputMetrics, runs)
    }),
  )
}

/** Fills a topic with batches such as the producer's defaults make of records of this size. */
async function fill(
  client: RawClient,
  { topic, partitions, recordCount }: { topic: string; partitions: number; recordCount: number },
): Promise<void> {
  const value = new Uint8Array(recordBytes).fill(0x78)
  const batchRecordCount = 15
  const record = { key: null, value, timestamp: Date.now() }
  const records = await writeBatch(Array.from({ length: batchRecordCount }, () => record))
  const batchCount = Math.ceil(recordCount / batchRecordCount)
  const sent: Promise<void>[] = []
  for (let batch = 0; batch < batchCount; batch++) {
    sent.push(produceOn(client, { topic, partition: batch % partitions, records }))
    if (sent.length >= 100) await Promise.all(sent.splice(0))
  }
  await Promise.all(sent)
}

/** Measures what a record takes when none waits for another, as they do at full speed. */
async function compareLatency(brokers: Pair, flush: Flush, options: RunOptions): Promise<Row[]> {
  const label = `produce, ${flush}, ${latencyRate} records/s`
  const recordCount = latencyRate * 8
  const measure = (one: Contestant): Promise<Measured<ProduceResult>> =>
    withTopic(one, 1, (topic) => {
      const { bootstrap } = one.broker
      const test = { bootstrap, topic, recordCount, recordBytes, recordsPerSecond: latencyRate }
      const run = () => runProducerPerformance({ ...test, warmupCount: recordCount / 2 })
      return withCpu(one, recordCount * recordBytes, run)
    })
  const runs = await inTurns(brokers, { ...turnsOf(options), label, rounds: 1 }, measure)
  return metricRows(label, latencyMetrics, runs)
}

interface Turns {
  readonly label: string
  readonly rounds: number
  readonly progress: RunOptions['progress']
}

function turnsOf(options: RunOptions): Omit<Turns, 'label'> {
  return { rounds: roundCount[manner(options)], progress: options.progress }
}

async function inTurns<Result>(
  [ours, peer]: Pair,
  { label, rounds, progress }: Turns,
  measure: (one: Contestant) => Promise<Result>,
): Promise<[ours: Result[], peer: Result[]]> {
  const runs: [Result[], Result[]] = [[], []]
  for (let round = 1; round <= rounds; round++) {
    progress(`${label}, round ${round}`)
    runs[0].push(await measure(ours))
    runs[1].push(await measure(peer))
  }
  return runs
}

function memoryRow([ours, peer]: Pair, flush: Flush): Row {
  return {
    what: `resident memory after that, ${flush}`,
    unit: 'MB',
    better: 'less',
    ours: residentBytes(ours.broker.pid) / 1e6,
    peers: { [peerName]: residentBytes(peer.broker.pid) / 1e6 },
  }
}
