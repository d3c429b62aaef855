/**
 * One broker with ten thousand idle connections, a thousand topics and five hundred groups: what
 * each costs in memory, and what all of it does to the time that a record takes.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  peerName,
  restingBytes,
  startOurs,
  startPeer,
  withBroker,
  type MeasuredBroker,
} from './brokers.ts'
import { inspectFlag } from './inspector.ts'
import { measureLatency, type Latency } from './produce-latency.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { createManyTopics, GroupMembers, openIdle } from './scale-load.ts'

const connections = 10_000
const topics = 1_000
const partitionsPerTopic = 3
const groups = 500
/** Sockets, and a few files for each partition. */
const openFilesMin = 20_000
const probe = 'probe'

interface Cost {
  readonly latencyAlone: Latency
  readonly latencyLoaded: Latency
  readonly connectionBytes: number
  readonly partitionBytes: number
  readonly groupBytes: number
  readonly totalBytes: number
}

export const scale: Benchmark = {
  name: 'scale',
  about: '10,000 connections, 1,000 topics of 3 partitions and 500 groups on one broker',
  async run(options) {
    raiseOpenFiles()
    const startOwn = () => startOurs(options, { flush: 'os', nodeFlags: [inspectFlag] })
    const ours = await withBroker(startOwn, (broker) => measure('kafka.do', broker, options))
    // Apache Kafka does not notice; it is asked only where there is time.
    const peer = options.isQuick
      ? undefined
      : await withBroker(startPeer, (broker) => measure(peerName, broker, options))
    return { rows: rowsOf(ours, peer), notes }
  },
}

const notes = [
  'Memory is resident memory, after a collection of garbage in our broker; a group has one member',
  'with heartbeats, whose connection is one of the 10,000 and not counted as the group’s.',
]

/** Sees to it that processes may open enough files: each end of a connection is one. */
export function raiseOpenFiles(): void {
  const limits = `${openFilesMin * 2}:${openFilesMin * 2}`
  const limit = (): number =>
    Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
  if (limit() >= openFilesMin) return
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limits}`], { stdio: 'ignore' })
}

async function measure(
  name: string,
  broker: MeasuredBroker,
  { isQuick, progress }: RunOptions,
): Promise<Cost> {
  const { bootstrap } = broker
  const step = async (what: string): Promise<number> => {
    const bytes = await restingBytes(broker)
    progress(`${name}: ${(bytes / 1e6).toFixed(0)} MB ${what}`)
    return bytes
  }
  const client = await RawClient.connect(bootstrap)
  await createTopicsOn(client, [{ name: probe, partitions: 1 }])
  const latency = (): Promise<Latency> =>
    measureLatency(client, { topic: probe, seconds: isQuick ? 2 : 6 })
  await latency()
  const latencyAlone = await latency()
  const alone = await step('alone')
  await createManyTopics(bootstrap, { topics, partitions: partitionsPerTopic })
  const withTopics = await step(`with ${topics} topics`)
  const idle = await openIdle(bootstrap, connections - groups)
  const withIdle = await step(`with ${idle.length} connections`)
  const members = await GroupMembers.join(bootstrap, groups)
  const withGroups = await step(`with ${groups} groups`)
  const latencyLoaded = await latency()
  members.close()
  for (const connection of [...idle, client]) connection.close()
  const connectionBytes = (withIdle - withTopics) / idle.length
  return {
    latencyAlone,
    latencyLoaded,
    connectionBytes,
    partitionBytes: (withTopics - alone) / (topics * partitionsPerTopic),
    groupBytes: (withGroups - withIdle) / groups - connectionBytes,
    totalBytes: withGroups,
  }
}

function rowsOf(ours: Cost, peer: Cost | undefined): Row[] {
  const row = (
    what: string,
    facts: Pick<Row, 'unit' | 'aim'>,
    value: (cost: Cost) => number,
  ): Row => ({
    what,
    better: 'less',
    ours: value(ours),
    peers: peer === undefined ? {} : { [peerName]: value(peer) },
    ...facts,
  })
  const kilobytes = { unit: 'kB' }
  return [
    row('memory of a connection', kilobytes, (cost) => cost.connectionBytes / 1e3),
    row('memory of a partition', kilobytes, (cost) => cost.partitionBytes / 1e3),
    row('memory of a group', kilobytes, (cost) => cost.groupBytes / 1e3),
    row('memory with all of it', { unit: 'MB' }, (cost) => cost.totalBytes / 1e6),
    ...(['p50Ms', 'p99Ms'] as const).flatMap((field) => {
      const percent = field.slice(0, 3)
      return [
        row(`produce ${percent}, alone`, { unit: 'ms' }, (cost) => cost.latencyAlone[field]),
        row(`produce ${percent}, loaded`, { unit: 'ms' }, (cost) => cost.latencyLoaded[field]),
        row(
          `produce ${percent}, loaded ÷ alone`,
          { unit: '×', aim: '≤ 2 ×' },
          (cost) => cost.latencyLoaded[field] / cost.latencyAlone[field],
        ),
      ]
    }),
  ]
}
