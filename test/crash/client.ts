/**
 * A client in a process of its own: `client.ts <driver> load` until its parent says stop, or
 * `client.ts <driver> read <ends as JSON>`, which reads everything up to the ends, once. Writes a
 * history, and tells its parent how much was acknowledged.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Line } from '../history/history.ts'
import { HistoryWriter } from '../history/history-files.ts'
import { seededRandom } from '../support/random.ts'
import { drivers, type DriverName } from './drivers.ts'
import type { Driver } from './driver.ts'
import { byKey, runLoad } from './load.ts'
import { topic } from './records.ts'

const [name, mode, ends = '[]'] = process.argv.slice(2) as [DriverName, 'load' | 'read', string?]
const writer = new HistoryWriter(process.env['HISTORY']!)
const random = seededRandom()
const stopping = new AbortController()
const stopMs = 10_000

// Clients of others leave promises and sockets behind that fail when nobody looks any more.
process.on('unhandledRejection', note)
process.on('uncaughtException', note)
process.on('message', () => stopping.abort())
process.on('disconnect', () => process.exit(1))

function note(error: unknown): void {
  writer.write({ proc: `${name}-stray`, type: 'info', f: 'fault', note: String(error) })
}

async function load(driver: Driver): Promise<void> {
  let acknowledged = 0
  const timer = setInterval(() => process.send!({ acknowledged }), 30)
  const options = {
    name,
    driver,
    writer,
    random,
    signal: stopping.signal,
    onAcknowledged: (count: number) => void (acknowledged += count),
  }
  await Promise.race([runLoad(options), untilLate()])
  clearInterval(timer)
}

/** Some clients do not end when they are told to; their history is complete all the same. */
async function untilLate(): Promise<void> {
  while (!stopping.signal.aborted) await sleep(50)
  await sleep(stopMs, undefined, { ref: false })
}

async function readOnce(driver: Driver, ends: readonly number[]): Promise<void> {
  const proc = `${name}-final`
  const left = new Map(ends.map((end, partition) => [partition, end]))
  for (const [partition, end] of left) if (end === 0) left.delete(partition)
  if (left.size === 0) stopping.abort()
  const isolation = driver.isolation === undefined ? {} : { isolation: driver.isolation }
  await driver.consume({
    group: `${proc}-${random.below(1e9)}`,
    signal: stopping.signal,
    onAssign: () => writer.write({ proc, type: 'info', f: 'assign' }),
    onRecords(records) {
      const mops: Line['mops'] = [['poll', byKey(records)]]
      writer.write({ proc, type: 'ok', f: 'poll', mops, ...isolation })
      for (const { partition, offset } of records) {
        if (offset + 1 >= (left.get(partition) ?? Infinity)) left.delete(partition)
      }
      if (left.size === 0) stopping.abort()
      return Promise.resolve()
    },
  })
}

const driver = drivers[name]({ bootstrap: process.env['BOOTSTRAP']!, topic })
if (mode === 'load') await load(driver)
else await Promise.race([readOnce(driver, JSON.parse(ends) as number[]), untilLate()])
await Promise.race([driver.close(), sleep(2000, undefined, { ref: false })])
writer.close()
process.exit(0)
