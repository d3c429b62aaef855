/** How long it takes from nothing to the first accepted record, and what a broker then occupies. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root, runNode } from '../scripts/run.ts'
import { writeBatch } from '../src/record/batch-writer.ts'
import { residentBytes } from '../test/support/process-usage.ts'
import { peerName, startOurs, startPeer, type MeasuredBroker } from './brokers.ts'
import { createTopicsOn, produceOn, RawClient } from './raw-client.ts'
import type { Benchmark, RunOptions } from './report.ts'
import { median } from './statistics.ts'

const idleMs = 5_000

interface Start {
  readonly readyMs: number
  readonly idleMegabytes: number
}

export const startUp: Benchmark = {
  name: 'start-up',
  about: 'from the start of the process to the first accepted record, and idle memory',
  async run(options) {
    const { isQuick } = options
    const built = await measureBuilt(options, isQuick ? 1 : 5)
    const sources = await measure('kafka.do from sources', isQuick ? 1 : 3, options, (dataFolder) =>
      startOurs(options, { flush: 'ack', dataFolder }),
    )
    const peer = await measure(peerName, isQuick ? 1 : 3, options, (dataFolder) =>
      startPeer({ dataFolder }),
    )
    const times = { unit: 'ms', better: 'less' } as const
    const peers = { [peerName]: peer.readyMs }
    return {
      rows: [
        { what: 'first record', ...times, ours: built.readyMs, peers, aim: '≤ 300 ms' },
        { what: 'first record, from sources', ...times, ours: sources.readyMs, peers },
        {
          what: 'resident memory, idle for 5 s',
          unit: 'MB',
          better: 'less',
          ours: built.idleMegabytes,
          peers: { [peerName]: peer.idleMegabytes },
          aim: '≤ 90 MB',
        },
      ],
      notes: ['Each broker starts on data that it left behind; the record goes to a new topic.'],
    }
  },
}

/** Measures what `npm run build` makes, which is what is installed. */
async function measureBuilt(options: RunOptions, count: number): Promise<Start> {
  const program = join(root, 'dist', 'cli', 'main.js')
  options.progress('building')
  if (runNode('scripts/build.ts') !== 0 || !existsSync(program)) throw new Error('no build')
  return measure('kafka.do', count, options, (dataFolder) =>
    startOurs(options, { flush: 'ack', dataFolder, program }),
  )
}

/** Starts a broker once to have it prepare its folder, then so many times to be measured. */
async function measure(
  name: string,
  count: number,
  { progress }: RunOptions,
  start: (dataFolder: string) => Promise<MeasuredBroker>,
): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-start-up-'))
  const starts: Start[] = []
  try {
    await measureOne(folder, 'prepared', start, 0)
    for (let number = 1; number <= count; number++) {
      progress(`${name}, start ${number} of ${count}`)
      starts.push(await measureOne(folder, `first-${number}`, start, idleMs))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    readyMs: median(starts.map(({ readyMs }) => readyMs)),
    idleMegabytes: median(starts.map(({ idleMegabytes }) => idleMegabytes)),
  }
}

async function measureOne(
  folder: string,
  topic: string,
  start: (dataFolder: string) => Promise<MeasuredBroker>,
  waitMs: number,
): Promise<Start> {
  const records = await writeBatch([{ key: null, value: 'first', timestamp: Date.now() }])
  const startMs = performance.now()
  const broker = await start(folder)
  try {
    const client = await RawClient.connect(broker.bootstrap)
    await createTopicsOn(client, [{ name: topic, partitions: 1 }])
    await produceOn(client, { topic, partition: 0, records })
    const readyMs = performance.now() - startMs
    client.close()
    await delay(waitMs)
    return { readyMs, idleMegabytes: residentBytes(broker.pid) / 1e6 }
  } finally {
    await broker.stop()
  }
}
