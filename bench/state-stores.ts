/**
 * `node bench/state-stores.ts --entries 1000000`: what a local store of stream state could be made
 * of, each in a process of its own: our `EntryLog`, node:sqlite, and lmdb and classic-level where they are
 * installed (`--modules <folder>` says where). It prints what each does a second of processor time:
 * writing in commits of 1000 entries, looking up at random, reading in order; and the time to open.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { installNativeCrc32c } from '../src/record/node-crc32c.ts'
import { EntryLog } from '../src/streams/stores/node-entry-log.ts'

interface Engine {
  /** Writes all in one commit, with a position. */
  commit(entries: readonly (readonly [string, string])[], position: number): void | Promise<void>
  get(key: string): string | undefined
  /** Returns how many entries there are from `from` on, having read them, up to `limit`. */
  scan(from: string, limit: number): number
  close(): void | Promise<void>
}

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    valueBytes: { type: 'string', default: '100' },
    modules: { type: 'string', default: join(import.meta.dirname, '..') },
    only: { type: 'string' },
    engine: { type: 'string' },
    folder: { type: 'string' },
    step: { type: 'string' },
  },
})
installNativeCrc32c()
const entryCount = Number(values.entries)
const valueBytes = Number(values.valueBytes)
const commitSize = 1000
const modules = createRequire(join(values.modules, 'package.json'))

function sqlite(folder: string): Engine {
  const database = new DatabaseSync(join(folder, 'state.sqlite'))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec('PRAGMA cache_size = -65536; PRAGMA mmap_size = 4294967296')
  database.exec('CREATE TABLE IF NOT EXISTS e (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID')
  const put = database.prepare('INSERT OR REPLACE INTO e VALUES (?, ?)')
  const get = database.prepare('SELECT v FROM e WHERE k = ?')
  get.setReturnArrays(true)
  const scan = database.prepare('SELECT k, v FROM e WHERE k >= ? LIMIT ?')
  scan.setReturnArrays(true)
  return {
    commit(entries, position) {
      database.exec('BEGIN')
      for (const [key, value] of entries) put.run(key, value)
      put.run(' position', String(position))
      database.exec('COMMIT')
    },
    get: (key) => (get.get(key) as unknown as [string] | undefined)?.[0],
    scan(from, limit) {
      let count = 0
      for (const row of scan.iterate(from, limit)) if (row) count++
      return count
    },
    close: () => database.close(),
  }
}

interface Lmdb {
  open(options: object): {
    transactionSync(work: () => void): void
    putSync(key: string, value: string): void
    get(key: string): string | undefined
    getRange(options: object): Iterable<unknown>
    close(): Promise<void>
  }
}

function lmdb(folder: string): Engine {
  // Without it a power cut could tear the file.
  const database = (modules('lmdb') as Lmdb).open({
    path: join(folder, 'state'),
    encoding: 'string',
    noMetaSync: true,
  })
  return {
    commit(entries, position) {
      database.transactionSync(() => {
        for (const [key, value] of entries) database.putSync(key, value)
        database.putSync(' position', String(position))
      })
    },
    get: (key) => database.get(key),
    scan(from, limit) {
      let count = 0
      for (const row of database.getRange({ start: from, limit })) if (row) count++
      return count
    },
    close: () => database.close(),
  }
}

interface Level {
  open(): Promise<void>
  batch(operations: readonly object[]): Promise<void>
  getSync(key: string): string | undefined
  iterator(options: object): { all(): Promise<unknown[]> }
  close(): Promise<void>
}

async function level(folder: string): Promise<Engine> {
  const { ClassicLevel } = modules('classic-level') as {
    ClassicLevel: new (path: string, options: object) => Level
  }
  const database = new ClassicLevel(join(folder, 'state'), { cacheSize: 64 * 1024 * 1024 })
  await database.open()
  return {
    async commit(entries, position) {
      const operations = entries.map(([key, value]) => ({ type: 'put', key, value }))
      operations.push({ type: 'put', key: ' position', value: String(position) })
      await database.batch(operations)
    },
    get: (key) => database.getSync(key),
    scan: () => 0,
    close: () => database.close(),
  }
}

function entryLog(folder: string): Engine {
  const log = new EntryLog({ folder, secret: [1, 2] })
  return {
    commit: (entries, offset) => log.apply(entries, { topicId: 'bench', offset, savedAtMs: 0 }),
    get: (key) => log.get(key),
    scan(_, limit) {
      let count = 0
      log.forEach(() => count++)
      return Math.min(count, limit)
    },
    close: () => log.close(),
  }
}

const engines: Record<string, (folder: string) => Engine | Promise<Engine>> = {
  EntryLog: entryLog,
  'node:sqlite': sqlite,
  lmdb,
  'classic-level': level,
}

const padding = 'x'.repeat(valueBytes)
const keyOf = (number: number): string =>
  `["orders/count",["customer-${((number * 2654435761) % 4294967296).toString(36)}"]]`

async function measured(name: string, operations: number, work: () => unknown): Promise<void> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (user + system) / 1e6
  const rate = Math.round(operations / seconds).toLocaleString('en')
  const wall = (performance.now() - begun).toFixed(0)
  process.stdout.write(`  ${name.padEnd(24)} ${rate.padStart(12)} /s of processor, ${wall} ms\n`)
}

async function writeAll(engine: Engine, count: number): Promise<void> {
  for (let from = 0; from < count; from += commitSize) {
    const entries = Array.from({ length: Math.min(commitSize, count - from) }, (_, index) => {
      return [keyOf(from + index), `[${from + index},"${padding}"]`] as const
    })
    await engine.commit(entries, from)
  }
}

async function runStep(name: string, folder: string, step: string): Promise<void> {
  const opened = performance.now()
  const engine = await engines[name]!(folder)
  engine.get(' position')
  const openMs = performance.now() - opened
  const lookups = Math.min(entryCount, 300_000)
  if (step === 'fill') await measured('fill', entryCount, () => writeAll(engine, entryCount))
  else {
    process.stdout.write(`  open ${openMs.toFixed(1)} ms\n`)
    let found = 0
    await measured('look up at random', lookups, () => {
      for (let n = 0; n < lookups; n++) {
        if (engine.get(keyOf((n * 7919) % entryCount)) !== undefined) found++
      }
    })
    if (found !== lookups) throw new Error(`${found} of ${lookups} were found`)
    await measured('read all', entryCount, () => engine.scan('[', entryCount))
    await measured('change at random', lookups, async () => {
      for (let from = 0; from < lookups; from += commitSize) {
        const changed = Array.from({ length: commitSize }, (_, index) => {
          return [keyOf(((from + index) * 104_729) % entryCount), `[${from},"${padding}"]`] as const
        })
        await engine.commit(changed, from)
      }
    })
    const { rss, heapUsed } = process.memoryUsage()
    const mib = (count: number): string => `${(count / 1024 / 1024).toFixed(0)} MiB`
    process.stdout.write(`  memory ${mib(rss)}, of it JavaScript's ${mib(heapUsed)}\n`)
  }
  await engine.close()
}

function sizeOf(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return bytes
}

if (values.engine) await runStep(values.engine, values.folder!, values.step!)
else {
  for (const name of values.only ? [values.only] : Object.keys(engines)) {
    const folder = mkdtempSync(join(tmpdir(), 'kafka-do-state-stores-'))
    process.stdout.write(`${name}, ${entryCount} entries of ${valueBytes} bytes\n`)
    for (const step of ['fill', 'use']) {
      const own = ['--engine', name, '--folder', folder, '--step', step]
      const args = [import.meta.filename, ...process.argv.slice(2), ...own]
      spawnSync(process.execPath, ['--no-warnings', ...args], { stdio: 'inherit' })
    }
    process.stdout.write(`  on disk ${(sizeOf(folder) / 1024 / 1024).toFixed(0)} MiB\n`)
    rmSync(folder, { recursive: true })
  }
}
