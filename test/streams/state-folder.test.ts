/** Streams whose state is in a folder: what a restart reads, and when it does not trust the folder. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Running } from '../../src/client/running.ts'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import type { Clock, Logger } from '../../src/runtime/runtime.ts'
import type { RestoreProgress, RunOptions } from '../../src/streams/dsl/run-options.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

interface Order {
  readonly id: number
  readonly item: string
}

interface Opened {
  readonly kafka: MockKafka
  readonly stateFolder: string
  readonly warnings: string[]
}

function open(t: TestContext, clock?: Clock): Opened {
  const warnings: string[] = []
  const note: Logger['warn'] = (message, facts) => {
    warnings.push(`${message}: ${String(facts?.['reason'])}`)
  }
  const ignore = (): void => {}
  const logger = { debug: ignore, info: ignore, warn: note, error: note }
  const kafka = new MockKafka({ logger, ...(clock && { clock }) })
  const stateFolder = mkdtempSync(join(tmpdir(), 'kafka-do-state-'))
  t.after(async () => {
    await kafka.close()
    rmSync(stateFolder, { recursive: true })
  })
  return { kafka, stateFolder, warnings }
}

/** Counts, windowed counts and a join: what is looked up, and what is all in memory. */
function begin(
  kafka: MockKafka,
  options: RunOptions,
): { run: Running; restores: RestoreProgress[] } {
  const restores: RestoreProgress[] = []
  const run = kafka.streams(
    'shop',
    (sources) => {
      const orders = sources.stream<Order>('orders')
      orders.groupByKey().count().to('counts')
      orders.window(Window.tumbling('1h')).groupByKey().count().to('windows')
      const payments = sources.stream<Order>('payments')
      orders
        .join(payments, { on: ['id', 'id'], window: '1h' })
        .map(({ id }) => id)
        .to('paid')
    },
    { guarantee: 'exactlyOnce', onRestore: (progress) => restores.push(progress), ...options },
  )
  return { run, restores }
}

const timestamp = 1_700_000_000_000
const order = (id: number) => ({ value: { id, item: `i${id % 3}` }, key: `i${id % 3}`, timestamp })

async function sell(kafka: MockKafka, from: number, to: number): Promise<void> {
  const ids = Array.from({ length: to - from }, (_, index) => from + index)
  await kafka.seed('orders', ids.map(order))
}

async function resultsOf<Value>(kafka: MockKafka, topic: string, count: number): Promise<Value[]> {
  const records = await kafka
    .consumer<Value>(topic, { signal: AbortSignal.timeout(50_000) })
    .take(count)
    .toArray()
  return records.map(({ value }) => value)
}

const changelog = 'shop-orders-changelog'
const toRead = (restores: readonly RestoreProgress[]): number =>
  restores.reduce((sum, { restored, total }) => sum + (restored === 0 ? total : 0), 0)

for (const guarantee of ['exactlyOnce', 'atLeastOnce'] as const) {
  test(`a restart goes on from the folder, and reads no changelog, ${guarantee}`, async (t) => {
    const { kafka, stateFolder, warnings } = open(t)
    await kafka.admin.createTopic('orders', { partitions: 1 })
    await kafka.admin.createTopic('payments', { partitions: 1 })
    const first = begin(kafka, { stateFolder, guarantee })
    await sell(kafka, 0, 30)
    await resultsOf(kafka, 'counts', 30)
    await first.run.close()
    await first.run.finished
    assert.equal(toRead(first.restores), 0)
    const second = begin(kafka, { stateFolder, guarantee })
    await sell(kafka, 30, 60)
    await kafka.seed(
      'payments',
      Array.from({ length: 60 }, (_, id) => order(id)),
    )
    const counts = await resultsOf<number>(kafka, 'counts', 60)
    assert.deepEqual(counts.toSorted((a, b) => a - b).slice(-3), [20, 20, 20])
    const windows = await resultsOf<number>(kafka, 'windows', 60)
    assert.deepEqual(windows.toSorted((a, b) => a - b).slice(-3), [20, 20, 20])
    const paid = await resultsOf<number>(kafka, 'paid', 60)
    assert.equal(new Set(paid).size, 60)
    await second.run.close()
    // Of an exactly-once run, the marker of its last transaction.
    assert.ok(toRead(second.restores) <= 1, JSON.stringify(second.restores))
    assert.deepEqual(warnings, [])
  })
}

test('a folder that is behind is brought to the end of the changelog, and one that is gone too', async (t) => {
  const { kafka, stateFolder, warnings } = open(t)
  await kafka.admin.createTopic('orders', { partitions: 1 })
  await kafka.admin.createTopic('payments', { partitions: 1 })
  const first = begin(kafka, { stateFolder })
  await sell(kafka, 0, 10)
  await resultsOf(kafka, 'counts', 10)
  await first.run.close()
  // As another worker would, that has the partitions for a while.
  const elsewhere = begin(kafka, {})
  await sell(kafka, 10, 40)
  await resultsOf(kafka, 'counts', 40)
  await elsewhere.run.close()
  const back = begin(kafka, { stateFolder })
  await sell(kafka, 40, 50)
  const counts = await resultsOf<number>(kafka, 'counts', 50)
  assert.equal(Math.max(...counts), 17)
  await back.run.close()
  const all = toRead(elsewhere.restores)
  const rest = toRead(back.restores)
  assert.ok(rest > 0)
  assert.ok(all > 0)
  const progress = back.restores.at(-1)!
  assert.deepEqual([progress.topic, progress.restored, progress.isDone], [changelog, rest, true])
  rmSync(join(stateFolder, 'shop'), { recursive: true })
  const anew = begin(kafka, { stateFolder })
  await sell(kafka, 50, 60)
  assert.equal(Math.max(...(await resultsOf<number>(kafka, 'counts', 60))), 20)
  await anew.run.close()
  assert.ok(toRead(anew.restores) > rest)
  assert.deepEqual(warnings, [])
})

test('a folder is not used where its changelog was made anew', async (t) => {
  const { kafka, stateFolder, warnings } = open(t)
  await kafka.admin.createTopic('orders', { partitions: 1 })
  await kafka.admin.createTopic('payments', { partitions: 1 })
  const first = begin(kafka, { stateFolder })
  await sell(kafka, 0, 30)
  await resultsOf(kafka, 'counts', 30)
  await first.run.close()
  await kafka.admin.deleteTopic(changelog)
  const second = begin(kafka, { stateFolder })
  await sell(kafka, 30, 33)
  const counts = await resultsOf<number>(kafka, 'counts', 33)
  assert.deepEqual(counts.slice(-3), [1, 1, 1], 'as if nothing had been remembered')
  await second.run.close()
  assert.deepEqual(warnings, ['local state is not used: the changelog was made anew'])
})

test('a second worker is refused a folder that is in use', async (t) => {
  const { kafka, stateFolder } = open(t)
  await kafka.seed('orders', [order(1)])
  await kafka.seed('payments', [order(1)])
  const first = begin(kafka, { stateFolder })
  await first.run.started
  const second = begin(kafka, { stateFolder })
  await assert.rejects(second.run.finished, /'stateFolder' must be a folder for this worker alone/)
  await first.run.close()
  const third = begin(kafka, { stateFolder })
  await third.run.started
  await third.run.close()
  assert.deepEqual(
    readdirSync(join(stateFolder, 'shop')).filter((name) => name.includes('lock')),
    [],
  )
})

test('what a folder has of tasks that went elsewhere is removed after a while', async (t) => {
  const clock = new ManualClock()
  const { kafka, stateFolder } = open(t, clock)
  await kafka.seed('orders', [order(1)])
  await kafka.seed('payments', [order(1)])
  const folder = join(stateFolder, 'shop')
  // As if this worker had had more tasks before.
  for (const partition of [7, 8])
    mkdirSync(join(folder, `${changelog}-${partition}`), { recursive: true })
  const { run } = begin(kafka, { stateFolder })
  await run.started
  const passUntil = async (minutes: number, isOver: () => boolean): Promise<void> => {
    for (let second = 0; second < minutes * 60 && !isOver(); second++) {
      clock.advance(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const left = (): string[] => readdirSync(folder).filter((name) => /-[78]/.test(name))
  await passUntil(9, () => false)
  assert.equal(left().length, 2)
  await passUntil(20, () => left().length === 0)
  assert.deepEqual(left(), [])
  assert.ok(readdirSync(folder).includes(`${changelog}-0`), 'its own stays')
  await run.close()
})
