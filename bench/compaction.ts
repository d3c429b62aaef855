/**
 * What a compaction costs those who append meanwhile: how long synced appends to one topic take
 * while the broker compacts another one, beside how long they take without that.
 */

import { residentBytes } from '../test/support/process-usage.ts'
import { startOwnBroker, type OwnBroker } from '../test/support/own-broker.ts'
import { incrementalAlterConfigs } from '../src/protocol/incremental-alter-configs.ts'
import { writeBatch } from '../src/record/batch-writer.ts'
import { createTopicsOn, produceOn, RawClient, refuse } from './raw-client.ts'
import type { Benchmark, Report, RunOptions } from './report.ts'
import { percentile } from './statistics.ts'

const mib = 1024 * 1024
const recordBytes = 1000
const fillBatchBytes = 64 * 1024
/** Requests that are under way at once while the topic is filled. */
const fillDepth = 8
/** Records of each key: all but the last one go. */
const recordsPerKey = 4
/** Sizes of the batches that are appended, one after the other. */
const appendBytes = [1024, 4096, 16_384, 65_536]
const topicResource = 2
const setOperation = 0

const compacted = 'compacted'
const appended = 'appended'

export const compaction: Benchmark = {
  name: 'compaction',
  about: 'synced appends beside the compaction of another topic',
  run,
}

async function run(options: RunOptions): Promise<Report> {
  const gigabytes = Number(process.env['COMPACTION_GB'] ?? (options.isQuick ? 0.25 : 5))
  const broker = await startOwnBroker({ flags: ['--log-level', 'info'] })
  const filler = await RawClient.connect(broker.bootstrap)
  const client = await RawClient.connect(broker.bootstrap)
  try {
    const sizeBytes = Math.round(gigabytes * 1024 * mib)
    await createTopicsOn(client, [topicToCompact(sizeBytes), { name: appended, partitions: 1 }])
    options.progress(`filling a topic with ${gigabytes} GB`)
    await fill(filler, sizeBytes)
    const seconds = options.isQuick ? 4 : 15
    options.progress('appends without compaction')
    await appendFor(client, () => performance.now(), 1)
    const before = await appendSeconds(client, seconds)
    options.progress('appends beside compaction')
    const during = await appendBeside(broker, { client, control: filler })
    options.progress('appends without compaction, again')
    const after = await appendSeconds(client, seconds)
    return report(during, [...before, ...after])
  } finally {
    filler.close()
    client.close()
    await broker.stop()
  }
}

function topicToCompact(sizeBytes: number) {
  return {
    name: compacted,
    partitions: 1,
    configs: {
      'cleanup.policy': 'compact',
      // None is dirtier than that, until it is changed.
      'min.cleanable.dirty.ratio': '1',
      'segment.bytes': String(Math.min(1024 * mib, Math.round(sizeBytes / 6))),
    },
  }
}

async function fill(client: RawClient, sizeBytes: number): Promise<void> {
  const perBatch = Math.floor(fillBatchBytes / recordBytes)
  const batchCount = Math.ceil(sizeBytes / fillBatchBytes)
  const keyCount = Math.ceil((batchCount * perBatch) / recordsPerKey)
  const value = new Uint8Array(recordBytes).fill(0x78)
  const underWay: Promise<void>[] = []
  for (let batch = 0; batch < batchCount; batch++) {
    const timestamp = Date.now()
    const records = Array.from({ length: perBatch }, (_, at) => ({
      key: `key ${(batch * perBatch + at) % keyCount}`.padEnd(20),
      value,
      timestamp,
    }))
    const bytes = await writeBatch(records, { sizeHintBytes: fillBatchBytes * 1.2 })
    underWay.push(produceOn(client, { topic: compacted, partition: 0, records: bytes }))
    if (underWay.length >= fillDepth) await underWay.shift()
  }
  await Promise.all(underWay)
}

/** Appends until `now` says `until` or more; returns how long each took, in milliseconds. */
async function appendFor(client: RawClient, now: () => number, seconds: number): Promise<number[]> {
  const tookMs: number[] = []
  const endMs = now() + seconds * 1000
  while (now() < endMs) tookMs.push(await appendOne(client, tookMs.length))
  return tookMs
}

function appendSeconds(client: RawClient, seconds: number): Promise<number[]> {
  return appendFor(client, () => performance.now(), seconds)
}

async function appendOne(client: RawClient, count: number): Promise<number> {
  const value = new Uint8Array(appendBytes[count % appendBytes.length]!)
  const records = await writeBatch([{ key: null, value, timestamp: Date.now() }])
  const startMs = performance.now()
  await produceOn(client, { topic: appended, partition: 0, records })
  return performance.now() - startMs
}

interface Beside {
  readonly tookMs: readonly number[]
  readonly compactedBytes: number
  readonly seconds: number
  readonly peakBytes: number
}

async function appendBeside(
  broker: OwnBroker,
  { client, control }: { readonly client: RawClient; readonly control: RawClient },
): Promise<Beside> {
  const { responses } = await control.request(incrementalAlterConfigs, 1, {
    resources: [
      {
        resourceType: topicResource,
        resourceName: compacted,
        configs: [
          { name: 'min.cleanable.dirty.ratio', configOperation: setOperation, value: '0.1' },
        ],
      },
    ],
    validateOnly: false,
  })
  refuse(responses[0]!.errorCode, 'changing the configs of a topic')
  let tookMs: number[] = []
  let peakBytes = 0
  for (;;) {
    tookMs.push(await appendOne(client, tookMs.length))
    if (tookMs.length % 50 > 0) continue
    const log = broker.log()
    if (!log.includes('compacting a log')) tookMs = []
    peakBytes = Math.max(peakBytes, residentBytes(broker.pid))
    const done = /compacted a log.*?readBytes\D*(\d+).*?tookMs\D*(\d+)/.exec(log)
    if (!done) continue
    const [, readBytes, took] = done
    // Each byte is read twice: for its keys, and to be written anew.
    const compactedBytes = Number(readBytes) / 2
    return { tookMs, compactedBytes, seconds: Number(took) / 1000, peakBytes }
  }
}

function report(during: Beside, without: readonly number[]): Report {
  const row = (percent: number, aim: string | undefined) => ({
    what: `append beside a compaction, p${percent}`,
    unit: 'ms',
    better: 'less' as const,
    ours: percentile(during.tookMs, percent),
    peers: { 'without it': percentile(without, percent) },
    ...(aim !== undefined && { aim }),
  })
  const { compactedBytes, seconds, peakBytes } = during
  return {
    rows: [
      row(50, undefined),
      row(99, '≤ 2'),
      row(99.9, undefined),
      {
        what: 'log compacted meanwhile',
        unit: 'MB/s',
        better: 'more',
        ours: compactedBytes / 1e6 / seconds,
        peers: {},
      },
      { what: 'peak memory', unit: 'MB', better: 'less', ours: peakBytes / 1e6, peers: {} },
    ],
    notes: [
      `${(compactedBytes / 1e9).toFixed(2)} GB of records of ${recordBytes} bytes, ` +
        `${recordsPerKey} of each key, in ${seconds.toFixed(1)} s; one append of 1 to 64 KiB ` +
        `after the other on one connection, ${during.tookMs.length} beside the compaction.`,
    ],
  }
}
