/**
 * Runs one workload again and again, each time with another call to the disk failing, cuts the
 * power, and looks whether everything that was acknowledged is still there, at its offset.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogError } from '../../src/log/log-error.ts'
import { LogManager } from '../../src/log/log-manager.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { verifyLog } from '../../src/log/verify/verify.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { FaultStorage, InjectedError } from '../support/fault-storage.ts'
import { readAll, smallSegments, testBatch, testClock } from '../support/log-fixture.ts'
import { seededRandom } from '../support/random.ts'
import type { SeededRandom } from '../support/random.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAA'
const config = { ...smallSegments, segmentBytes: 400 }

/** What happened in one run. */
class History {
  /** Values by `partition@offset` whose durability was acknowledged. */
  readonly acknowledged = new Map<string, string>()
  /** Offsets below which deletion was acknowledged, by partition. */
  readonly deleted = new Map<number, number>()
  failures = 0

  open(storage: FaultStorage): LogManager {
    return LogManager.open({
      storage,
      clock: testClock(),
      random: seededRandom(1),
      logger: silentLogger,
      flush: 'ack',
      config,
      onFailure: () => this.failures++,
    })
  }
}

/** Lets an error pass that a test asked for. */
function expectInjected(error: unknown): void {
  const isInjected =
    error instanceof InjectedError || (error as Error).cause instanceof InjectedError
  if (!isInjected) assert.ok(error instanceof LogError, String(error))
}

async function attempt(body: () => void | Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    expectInjected(error)
  }
}

/** Appends one record, and notes it once it is durable. */
async function produce(
  history: History,
  log: PartitionLog,
  record: { readonly partition: number; readonly value: string },
): Promise<void> {
  const batch = testBatch({ values: [record.value] })
  const { baseOffset } = log.append(batch, { origin: 'client', leaderEpoch: 0 })
  await log.whenDurable(baseOffset + 1)
  history.acknowledged.set(`${record.partition}@${baseOffset}`, record.value)
}

/** Two partitions, several segments, deletions, a restart; goes on after whatever fails. */
async function work(storage: FaultStorage, history: History): Promise<void> {
  for (let start = 0; start < 2; start++) {
    await attempt(async () => {
      const manager = history.open(storage)
      await attempt(() => useLogs(manager, history, start))
      await manager.close()
    })
  }
}

async function useLogs(manager: LogManager, history: History, start: number): Promise<void> {
  const running: Promise<void>[] = []
  for (let count = 0; count < 12; count++) {
    for (const partition of [0, 1]) {
      const value = `${start} ${partition} ${count}`.padEnd(40, '.')
      running.push(attempt(() => produceTo(manager, history, { partition, value })))
    }
    if (count % 4 === 3) await Promise.all(running)
  }
  await attempt(async () => {
    const offset = 5 + start * 9
    const log = manager.get('orders', 0)
    if (!log) return
    await log.deleteRecordsBefore(offset)
    history.deleted.set(0, offset)
  })
}

async function produceTo(
  manager: LogManager,
  history: History,
  record: { readonly partition: number; readonly value: string },
): Promise<void> {
  const { partition } = record
  const existing = manager.get('orders', partition)
  const log = existing ?? manager.create({ topic: 'orders', topicId, partition, config })
  await produce(history, log, record)
}

/** Checks what the next start finds, and that it can go on. */
async function check(storage: FaultStorage, history: History): Promise<void> {
  const again = new History()
  const manager = again.open(storage)
  const found = new Map<string, string>()
  for (const { partition, log } of manager.all()) {
    const records = readAll(log)
    for (const { offset, value } of records) found.set(`${partition}@${offset}`, value)
    assert.equal(records.length, log.endOffset - log.startOffset)
    assert.ok(log.startOffset >= (history.deleted.get(partition) ?? 0), 'deleted records are back')
  }
  for (const [place, value] of history.acknowledged) {
    const [partition, offset] = place.split('@').map(Number)
    const log = manager.get('orders', partition!)
    assert.ok(log, `partition ${partition} is gone`)
    if (offset! >= log.startOffset) assert.equal(found.get(place), value, place)
  }
  for (const partition of [0, 1]) {
    await produceTo(manager, again, { partition, value: 'after the failure' })
  }
  await manager.close()
  assert.equal(again.failures, 0)
  for (const partition of [0, 1]) {
    const { problems } = verifyLog({ storage, folder: `orders-${partition}` })
    assert.deepEqual(problems, [])
  }
}

async function countCalls(): Promise<number> {
  const storage = new FaultStorage()
  const history = new History()
  await work(storage, history)
  assert.equal(history.acknowledged.size, 48)
  assert.equal(history.failures, 0)
  const { callCount } = storage
  await check(storage, history)
  return callCount
}

async function runWith(
  isFailing: (number: number) => boolean,
  random: SeededRandom,
): Promise<string[]> {
  const storage = new FaultStorage()
  const failed: string[] = []
  storage.failWhen((call, number, path) => {
    if (isFailing(number)) failed.push(`${call} ${path}`)
    return isFailing(number)
  })
  const history = new History()
  await work(storage, history)
  const syncFailed = failed.some((each) => /^sync .*\.log/.test(each))
  if (syncFailed) assert.ok(history.failures > 0, 'a failed sync is told')
  await check(storage.powerFailure(random), history)
  return failed
}

test('nothing acknowledged is lost when any one call to the disk fails', async (t) => {
  const calls = await countCalls()
  const { seed } = seededRandom()
  for (let call = 1; call <= calls; call++) {
    const random = seededRandom(seed + call)
    await runWith((number) => number === call, random).catch((error: unknown) => {
      t.diagnostic(`call ${call} of ${calls}, SEED=${seed}`)
      throw error
    })
  }
})

test('nothing acknowledged is lost when all calls fail from one on', async (t) => {
  const calls = await countCalls()
  const { seed } = seededRandom()
  for (let call = 1; call <= calls; call += 3) {
    const random = seededRandom(seed + call)
    await runWith((number) => number >= call, random).catch((error: unknown) => {
      t.diagnostic(`from call ${call} of ${calls}, SEED=${seed}`)
      throw error
    })
  }
})

test('nothing acknowledged is lost when the power fails at any call', async (t) => {
  const calls = await countCalls()
  const { seed } = seededRandom()
  for (let call = 1; call <= calls; call++) {
    const random = seededRandom(seed + call)
    const storage = new FaultStorage()
    const history = new History()
    // What is left is taken at the call, with what was acknowledged by then.
    let left: (() => Promise<void>) | undefined
    storage.failWhen((_, number) => {
      if (number === call) {
        const known = new History()
        for (const [place, value] of history.acknowledged) known.acknowledged.set(place, value)
        for (const [partition, offset] of history.deleted) known.deleted.set(partition, offset)
        const survivor = storage.powerFailure(random)
        left = () => check(survivor, known)
      }
      return number >= call
    })
    await work(storage, history)
    await left!().catch((error: unknown) => {
      t.diagnostic(`at call ${call} of ${calls}, SEED=${seed}`)
      throw error
    })
  }
})
