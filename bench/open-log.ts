/**
 * How long a data folder takes to open: a large log after a clean stop and after a crash, and very
 * many small ones. The large log is a real one, with real batches, but for zeros on the disk that
 * are holes; so a crash with much to read is as fast here as memory, and not as a disk.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveLogConfig } from '../src/log/log-config.ts'
import { LogManager } from '../src/log/log-manager.ts'
import type { PartitionLog } from '../src/log/partition-log.ts'
import { writeBatch } from '../src/record/batch-writer.ts'
import { installNativeCrc32c } from '../src/record/node-crc32c.ts'
import { silentLogger } from '../src/runtime/runtime.ts'
import { systemClock, systemRandom } from '../src/runtime/system-runtime.ts'
import { NodeStorage } from '../src/storage/node-storage.ts'
import type { Storage } from '../src/storage/storage.ts'
import type { Benchmark, Row, RunOptions } from './report.ts'
import { SparseStorage } from './sparse-storage.ts'

const mebibyte = 1024 * 1024
const config = resolveLogConfig({ 'retention.ms': '-1', 'max.message.bytes': String(8 * mebibyte) })
const topicId = 'AbCdEfGhIjKlMnOpQrStUw'
const orders = { topic: 'orders', topicId, config }
const tails = [0, 16, 64, 256]

export const openLog: Benchmark = {
  name: 'open-log',
  about: 'how long a large log, and many small ones, take to open',
  async run(options) {
    installNativeCrc32c()
    const large = await withFolder((folder) => measureLarge(folder, options))
    const many = await withFolder((folder) => measureMany(folder, options))
    return {
      rows: [...large, ...many],
      notes: ['A crash: the log was never closed, and so much was appended after a checkpoint.'],
    }
  },
}

async function withFolder<Result>(body: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-open-log-'))
  try {
    return await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function open(storage: Storage): LogManager {
  return LogManager.open({
    storage,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    flush: 'ack',
    config,
    onFailure: (error) => {
      throw error
    },
  })
}

async function append(log: PartitionLog, count: number): Promise<void> {
  const value = new Uint8Array(mebibyte - 200)
  const batch = await writeBatch([{ key: null, value, timestamp: Date.now() }], {})
  for (let done = 0; done < count; done++) {
    log.append(batch, { origin: 'client', leaderEpoch: 0 })
    // Lets a sync run now and then.
    if (done % 64 === 63) await log.whenDurable(log.endOffset)
  }
  await log.whenDurable(log.endOffset)
}

/** Returns how long it takes until all logs are open, and what is found can be shown. */
async function measure(
  storage: Storage,
  endOffset?: number,
): Promise<{ manager: LogManager; ms: number }> {
  const started = performance.now()
  const manager = open(storage)
  await manager.whenReady()
  const ms = performance.now() - started
  const found = manager.get('orders', 0)!.endOffset
  if (endOffset !== undefined && found !== endOffset) throw new Error(`it ends at ${found}`)
  return { manager, ms }
}

async function measureLarge(folder: string, { isQuick, progress }: RunOptions): Promise<Row[]> {
  const gigabytes = isQuick ? 2 : 10
  const storage = new SparseStorage(folder)
  progress(`writing a log of ${gigabytes} GiB`)
  let manager = open(storage)
  // Not a whole number of segments: the last one is half full.
  let endOffset = gigabytes * 1024 - 500
  await append(manager.create({ ...orders, partition: 0 }), endOffset)
  await manager.close()
  const clean = await measure(storage, endOffset)
  manager = clean.manager
  const less = { unit: 'ms', better: 'less', peers: {} } as const
  const size = `log of ${gigabytes} GiB`
  const rows: Row[] = [{ what: `${size}, clean stop`, ...less, ours: clean.ms, aim: '< 1000 ms' }]
  for (const tail of tails) {
    progress(`a crash after ${tail} MiB`)
    await append(manager.get('orders', 0)!, tail === 0 ? 0 : 64)
    await manager.checkpoint()
    await append(manager.get('orders', 0)!, tail)
    endOffset += (tail === 0 ? 0 : 64) + tail
    // The log is left open, as by a process that is killed.
    const crashed = await measure(storage, endOffset)
    manager = crashed.manager
    rows.push({ what: `${size}, crash after ${tail} MiB`, ...less, ours: crashed.ms })
  }
  await manager.close()
  return rows
}

async function measureMany(folder: string, { isQuick, progress }: RunOptions): Promise<Row[]> {
  const count = isQuick ? 1000 : 10_000
  const storage = new NodeStorage(folder)
  progress(`creating ${count} partitions`)
  const created = open(storage)
  const batch = writeBatch([{ key: null, value: new Uint8Array(100), timestamp: 1 }], {})
  for (let partition = 0; partition < count; partition++) {
    const log = created.create({ ...orders, partition })
    log.append((await batch).slice(), { origin: 'client', leaderEpoch: 0 })
    if (partition % 500 === 499) await log.whenDurable(1)
  }
  await created.close()
  storage.close()
  const next = new NodeStorage(folder)
  const memoryBefore = heapBytes()
  const { manager, ms } = await measure(next)
  const bytes = heapBytes() - memoryBefore
  await manager.close()
  next.close()
  const what = `${count.toLocaleString('en')} partitions, clean stop`
  return [
    { what, unit: 'ms', better: 'less', ours: ms, peers: {} },
    {
      what: `${what}: memory`,
      unit: 'KB each',
      better: 'less',
      ours: bytes / count / 1000,
      peers: {},
    },
  ]
}

function heapBytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
