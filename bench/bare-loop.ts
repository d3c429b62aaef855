/**
 * Our broker beside the bare loop: how much of what Node can do at all is left when a broker has read
 * the request, found the partition, and kept its books.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithUs } from '../test/support/end-with-us.ts'
import { cpuSeconds } from '../test/support/process-usage.ts'
import { bareAppend, bareClear, bareRead } from './bare-requests.ts'
import { startOurs, withBroker, type MeasuredBroker } from './brokers.ts'
import type { Flush } from './contest.ts'
import { FramePump, type Load } from './frame-pump.ts'
import {
  batchOfSize,
  checkFetched,
  checkProduced,
  fetchFrame,
  produceFrame,
} from './kafka-requests.ts'
import { createTopicsOn, deleteTopicOn, RawClient } from './raw-client.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { median } from './statistics.ts'

const bareName = 'bare loop'
const kibibyte = 1024

interface Case {
  readonly batchBytes: number
  readonly inFlight: number
}

const cases: readonly Case[] = [
  { batchBytes: 64 * kibibyte, inFlight: 32 },
  { batchBytes: 1024 * kibibyte, inFlight: 8 },
]

/** What is written, and read again, in one round; a disk takes less of it. */
const roundBytes = { os: 384e6, ack: 128e6 }
const quickRoundBytes = { os: 128e6, ack: 32e6 }
const rounds = { full: 7, quick: 3 }

/** One of the two, as the benchmark sees it. */
interface Contestant {
  readonly pid: number
  /** Makes an empty log; `end` removes what was written, before it gets to the disk if it can. */
  readonly begin: () => Promise<void>
  readonly end: () => Promise<void>
  readonly write: (pump: FramePump, work: Work) => Promise<void>
  readonly read: (pump: FramePump, work: Work) => Promise<void>
  readonly pump: FramePump
}

interface Work extends Case {
  readonly count: number
  readonly batch: Uint8Array
}

interface Speed {
  readonly megabytesPerSecond: number
  readonly cpuSeconds: number
}

export const bareLoop: Benchmark = {
  name: 'bare-loop',
  about: 'append and fetch of 64 KiB and 1 MiB batches, beside a loop that does nothing else',
  async run(options) {
    const rows: Row[] = []
    for (const flush of ['os', 'ack'] as const) {
      await withBroker(
        () => startOurs(options, { flush }),
        async (broker) => rows.push(...(await compare(broker, flush, options))),
      )
    }
    return { rows, notes }
  },
}

const notes = ['Medians of rounds in turn; one batch a request, 2 MiB (8 MiB) of them in flight.']

async function compare(broker: MeasuredBroker, flush: Flush, options: RunOptions): Promise<Row[]> {
  const ours = await brokerContestant(broker)
  const bare = await bareContestant(flush)
  try {
    const rows: Row[] = []
    for (const each of cases) {
      options.progress(`${flush}, ${each.batchBytes / kibibyte} KiB`)
      rows.push(...(await compareCase([ours, bare.contestant], { ...each, flush }, options)))
    }
    return rows
  } finally {
    ours.pump.close()
    await bare.stop()
  }
}

async function compareCase(
  contestants: readonly [ours: Contestant, bare: Contestant],
  { flush, ...each }: Case & { readonly flush: Flush },
  { isQuick }: RunOptions,
): Promise<Row[]> {
  const bytes = (isQuick ? quickRoundBytes : roundBytes)[flush]
  const count = Math.floor(bytes / each.batchBytes)
  const work = { ...each, count, batch: await batchOfSize(each.batchBytes) }
  const roundCount = isQuick ? rounds.quick : rounds.full
  const writes: [Speed[], Speed[]] = [[], []]
  const reads: [Speed[], Speed[]] = [[], []]
  // The first round is for the compiler.
  for (let round = 0; round <= roundCount; round++) {
    for (const [index, contestant] of contestants.entries()) {
      await contestant.begin()
      const written = await timed(contestant, work, contestant.write)
      const read = await timed(contestant, work, contestant.read)
      await contestant.end()
      if (round === 0) continue
      writes[index]!.push(written)
      reads[index]!.push(read)
    }
  }
  const size = each.batchBytes < kibibyte ** 2 ? '64 KiB' : '1 MiB'
  const gigabytes = (roundCount * count * each.batchBytes) / 1e9
  return [
    ...rowsOf(`append, ${flush}, ${size}`, writes, gigabytes),
    // When records are synced makes no difference to who reads them.
    ...(flush === 'os' ? rowsOf(`fetch, ${size}`, reads, gigabytes) : []),
  ]
}

async function timed(
  { pid, pump }: Contestant,
  work: Work,
  run: (pump: FramePump, work: Work) => Promise<void>,
): Promise<Speed> {
  const cpuBefore = cpuSeconds(pid)
  const startMs = performance.now()
  await run(pump, work)
  const seconds = (performance.now() - startMs) / 1000
  return {
    megabytesPerSecond: (work.count * work.batchBytes) / 1e6 / seconds,
    cpuSeconds: cpuSeconds(pid) - cpuBefore,
  }
}

function rowsOf(what: string, [ours, bare]: [Speed[], Speed[]], gigabytes: number): Row[] {
  const speed = (runs: readonly Speed[]) => median(runs.map((run) => run.megabytesPerSecond))
  const cpu = (runs: readonly Speed[]) =>
    runs.reduce((sum, run) => sum + run.cpuSeconds, 0) / gigabytes
  return [
    {
      what,
      unit: 'MB/s',
      better: 'more',
      aim: '≥ 0.7',
      ours: speed(ours),
      peers: { [bareName]: speed(bare) },
    },
    { what, unit: 'CPU s/GB', better: 'less', ours: cpu(ours), peers: { [bareName]: cpu(bare) } },
  ]
}

async function brokerContestant({ bootstrap, pid }: MeasuredBroker): Promise<Contestant> {
  const client = await RawClient.connect(bootstrap)
  let topicCount = 0
  const place = () => ({ topic: `bare-${topicCount}`, partition: 0 })
  return {
    pid,
    pump: await FramePump.connect(bootstrap),
    async begin() {
      topicCount++
      await createTopicsOn(client, [{ name: place().topic, partitions: 1 }])
    },
    end: () => deleteTopicOn(client, place().topic),
    write(pump, { batch, ...work }) {
      const frame = produceFrame(place(), batch)
      return pump.run({ ...work, frameOf: () => frame, check: checkProduced })
    },
    read(pump, { batch, ...work }) {
      const frames = Array.from({ length: work.count }, (_, offset) =>
        fetchFrame(place(), offset, batch.length),
      )
      return pump.run({ ...work, frameOf: (index) => frames[index]!, check: checkFetched })
    },
  }
}

async function bareContestant(
  flush: Flush,
): Promise<{ readonly contestant: Contestant; readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'bare-loop-'))
  const program = join(import.meta.dirname, 'bare-server.ts')
  const child = spawn(process.execPath, [program, join(folder, 'log'), flush], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  endWithUs(child)
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  const pump = await FramePump.connect(`127.0.0.1:${port.toString().trim()}`)
  const plain = (load: Omit<Load, 'inFlight'>): Promise<void> => pump.run({ inFlight: 1, ...load })
  const clear = (): Promise<void> => plain({ count: 1, frameOf: () => bareClear })
  return {
    contestant: {
      pid: child.pid!,
      pump,
      begin: clear,
      end: clear,
      write(_, { batch, ...work }) {
        const frame = bareAppend(batch)
        return pump.run({ ...work, frameOf: () => frame })
      },
      read(_, { batch, ...work }) {
        const frames = Array.from({ length: work.count }, (__, index) =>
          bareRead(index * batch.length, batch.length),
        )
        return pump.run({ ...work, frameOf: (index) => frames[index]! })
      },
    },
    async stop() {
      pump.close()
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
