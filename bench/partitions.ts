/**
 * What a partition costs: memory, files, the time to create it and to start with it, after a stop in
 * order and after a crash; and what thousands of them do to the time that a record takes, when they
 * are idle and when all of them are written to, each with a sync of its own.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { peerName, restingBytes, startOurs, startPeer, type MeasuredBroker } from './brokers.ts'
import { FramePump } from './frame-pump.ts'
import { inspectFlag } from './inspector.ts'
import { batchOfSize, checkProduced, produceFrame } from './kafka-requests.ts'
import { measureLatency, type Latency } from './produce-latency.ts'
import { createTopicsOn, produceOn, RawClient, untilServed } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { createManyTopics, topicName } from './scale-load.ts'
import { raiseOpenFiles } from './scale.ts'
import { percentile } from './statistics.ts'

const partitionsPerTopic = 100
/** Apache Kafka takes minutes to start with more. */
const beside = 1_000
const alone = 10_000
const quick = 1_000
/** Partitions that are produced to in turn, by so many producers. */
const spreadPartitions = 1_000
const producers = 64
const recordsPerPartition = 5
const recordBytes = 1024
const attemptMs = 20
const attemptsMax = 1_000
const probe = 'probe'

interface Cost {
  readonly createMs: number
  readonly partitionBytes: number
  readonly openFiles: number
  readonly latency: Latency
  readonly spread: Latency & { readonly recordsPerSecond: number }
  readonly spreadBytes: number
  readonly startCleanMs: number
  readonly startKilledMs: number
}

type Start = (dataFolder: string) => Promise<MeasuredBroker>

export const partitions: Benchmark = {
  name: 'partitions',
  about: 'the cost of a partition, with 10,000 of them, and with 1,000 beside Apache Kafka',
  async run(options) {
    raiseOpenFiles()
    const startOwn: Start = (dataFolder) =>
      startOurs(options, { flush: 'ack', dataFolder, nodeFlags: [inspectFlag] })
    const ours = (count: number) => measure('kafka.do', startOwn, count, options)
    if (options.isQuick) return { rows: rowsOf(quick, await ours(quick)) }
    const large = rowsOf(alone, await ours(alone))
    const properties = { 'log.flush.interval.messages': '1' }
    const startOther: Start = (dataFolder) => startPeer({ dataFolder, properties })
    const own = await ours(beside)
    const peer = await measure(peerName, startOther, beside, options)
    return { rows: [...large, ...rowsOf(beside, own, peer)] }
  },
}

async function measure(
  name: string,
  start: Start,
  count: number,
  { progress }: RunOptions,
): Promise<Cost> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'partitions-'))
  const say = (what: string): void => progress(`${name}, ${count} partitions: ${what}`)
  let broker: MeasuredBroker | undefined
  try {
    say('creating')
    broker = await start(dataFolder)
    const before = await restingBytes(broker)
    const client = await RawClient.connect(broker.bootstrap)
    await createTopicsOn(client, [{ name: probe, partitions: 1 }])
    const startMs = performance.now()
    await createManyTopics(broker.bootstrap, {
      topics: count / partitionsPerTopic,
      partitions: partitionsPerTopic,
      atOnce: 1,
    })
    const createMs = performance.now() - startMs
    const partitionBytes = ((await restingBytes(broker)) - before) / count
    const openFiles = openFilesOf(broker) / count
    say('producing')
    await measureLatency(client, { topic: probe, seconds: 2 })
    const latency = await measureLatency(client, { topic: probe, seconds: 3 })
    await produceSpread(broker)
    const spread = await produceSpread(broker)
    const spreadBytes = ((await restingBytes(broker)) - before) / count
    client.close()
    say('starting again')
    await broker.stop()
    broker = undefined
    const clean = await timedStart(start, dataFolder)
    broker = clean.broker
    await allServed(broker, count)
    await produceSpread(broker)
    await kill(broker)
    broker = undefined
    const killed = await timedStart(start, dataFolder)
    broker = killed.broker
    return {
      createMs,
      partitionBytes,
      openFiles,
      latency,
      spread,
      spreadBytes,
      startCleanMs: clean.tookMs,
      startKilledMs: killed.tookMs,
    }
  } finally {
    if (broker) await kill(broker)
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

function openFilesOf({ pid }: MeasuredBroker): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Ends a broker as a crash does. */
async function kill(broker: MeasuredBroker): Promise<void> {
  process.kill(broker.pid, 'SIGKILL')
  // It may complain about its end, which is meant.
  await broker.stop().catch(() => {})
}

/** Starts a broker; the time is that until a record is acknowledged. */
async function timedStart(
  start: Start,
  dataFolder: string,
): Promise<{ readonly broker: MeasuredBroker; readonly tookMs: number }> {
  const records = await batchOfSize(recordBytes)
  const startMs = performance.now()
  const broker = await start(dataFolder)
  const client = await RawClient.connect(broker.bootstrap)
  await produceWhenServed(client, records)
  const tookMs = performance.now() - startMs
  client.close()
  return { broker, tookMs }
}

/** Resolves when all partitions can be produced to. */
async function allServed({ bootstrap }: MeasuredBroker, count: number): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  for (let index = 0; index < count / partitionsPerTopic; index++) {
    await untilServed(client, { name: topicName(index), partitions: partitionsPerTopic })
  }
  client.close()
}

/** Apache Kafka listens before its broker knows which partitions it leads. */
async function produceWhenServed(client: RawClient, records: Uint8Array): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await produceOn(client, { topic: probe, partition: 0, records })
    } catch (error) {
      if (attempts === attemptsMax) throw error
      await delay(attemptMs)
    }
  }
}

/** Produces to a thousand partitions in turn, so that no two records can share a sync. */
async function produceSpread({ bootstrap }: MeasuredBroker): Promise<Cost['spread']> {
  const batch = await batchOfSize(recordBytes)
  const connecting = Array.from({ length: producers }, () => FramePump.connect(bootstrap))
  const pumps = await Promise.all(connecting)
  const tookMs: number[] = []
  const count = Math.ceil((spreadPartitions * recordsPerPartition) / producers)
  const startMs = performance.now()
  const running = pumps.map((pump, producer) => {
    const frameOf = (index: number): Uint8Array => {
      const at = (index * producers + producer) % spreadPartitions
      const topic = topicName(Math.floor(at / partitionsPerTopic))
      return produceFrame({ topic, partition: at % partitionsPerTopic }, batch)
    }
    const onAnswer = (ms: number): void => void tookMs.push(ms)
    return pump.run({ count, inFlight: 1, frameOf, onAnswer, check: checkProduced })
  })
  await Promise.all(running)
  const seconds = (performance.now() - startMs) / 1000
  for (const pump of pumps) pump.close()
  return {
    recordsPerSecond: (count * producers) / seconds,
    p50Ms: percentile(tookMs, 50),
    p99Ms: percentile(tookMs, 99),
  }
}

function rowsOf(count: number, ours: Cost, peer?: Cost): Row[] {
  const row = (what: string, unit: string, value: (cost: Cost) => number): Row => ({
    what: `${count.toLocaleString('en-US')}: ${what}`,
    unit,
    better: unit === 'records/s' ? 'more' : 'less',
    ours: value(ours),
    peers: peer === undefined ? {} : { [peerName]: value(peer) },
  })
  return [
    row('create a partition', 'ms', (cost) => cost.createMs / count),
    row('memory of a partition', 'kB', (cost) => cost.partitionBytes / 1e3),
    row('memory of a partition, used', 'kB', (cost) => cost.spreadBytes / 1e3),
    row('open files of a partition', 'files', (cost) => cost.openFiles),
    row('start after a stop', 'ms', (cost) => cost.startCleanMs),
    row('start after kill -9', 'ms', (cost) => cost.startKilledMs),
    row('produce to one, others idle', 'p50 ms', (cost) => cost.latency.p50Ms),
    row('produce to one, others idle', 'p99 ms', (cost) => cost.latency.p99Ms),
    row('produce to 1,000 in turn', 'records/s', (cost) => cost.spread.recordsPerSecond),
    row('produce to 1,000 in turn', 'p50 ms', (cost) => cost.spread.p50Ms),
    row('produce to 1,000 in turn', 'p99 ms', (cost) => cost.spread.p99Ms),
  ]
}
