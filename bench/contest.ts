/** Two brokers doing the same in turns: what is measured of each, and the rows it comes to. */

import { execFileSync } from 'node:child_process'
import { cpuSeconds } from '../test/support/process-usage.ts'
import { peerName, type MeasuredBroker } from './brokers.ts'
import { createTopicsOn, deleteTopicOn, RawClient } from './raw-client.ts'
import type { Row } from './report.ts'
import { median } from './statistics.ts'

export type Flush = 'os' | 'ack'

export interface Contestant {
  readonly name: string
  readonly broker: MeasuredBroker
  /** Settings of the topics that make Apache Kafka's promise the same as ours. */
  readonly topicConfigs: Readonly<Record<string, string>>
}

export type Pair = readonly [ours: Contestant, peer: Contestant]

export function pair(ours: MeasuredBroker, peer: MeasuredBroker, flush: Flush): Pair {
  const syncEach: Record<string, string> = flush === 'ack' ? { 'flush.messages': '1' } : {}
  return [
    { name: 'kafka.do', broker: ours, topicConfigs: {} },
    { name: peerName, broker: peer, topicConfigs: syncEach },
  ]
}

let topicCount = 0

/** Runs `use` with a topic that is deleted afterwards, on a disk that has nothing left to write. */
export async function withTopic<Result>(
  { broker, topicConfigs }: Contestant,
  partitions: number,
  use: (topic: string, client: RawClient) => Promise<Result>,
): Promise<Result> {
  const name = `perf-${++topicCount}`
  const client = await RawClient.connect(broker.bootstrap)
  try {
    await createTopicsOn(client, [{ name, partitions, configs: topicConfigs }])
    execFileSync('sync')
    const result = await use(name, client)
    await deleteTopicOn(client, name)
    return result
  } finally {
    client.close()
  }
}

/** What a run gave, and the processor time that the broker took for it. */
export type Measured<Result> = Result & { readonly cpuSecondsPerGb: number }

export async function withCpu<Result extends object>(
  { broker }: Contestant,
  bytes: number,
  run: () => Promise<Result>,
): Promise<Measured<Result>> {
  const before = cpuSeconds(broker.pid)
  const result = await run()
  return { ...result, cpuSecondsPerGb: (cpuSeconds(broker.pid) - before) / (bytes / 1e9) }
}

export type Metric<Result> = Pick<Row, 'unit' | 'better' | 'aim'> & {
  readonly value: (run: Measured<Result>) => number
}

/** Returns a row for each metric: the median of the runs of each. */
export function metricRows<Result>(
  what: string,
  metrics: readonly Metric<Result>[],
  [ours, peer]: readonly [ours: readonly Measured<Result>[], peer: readonly Measured<Result>[]],
): Row[] {
  return metrics.map(({ value, ...facts }) => ({
    ...facts,
    what,
    ours: median(ours.map(value)),
    peers: { [peerName]: median(peer.map(value)) },
  }))
}
