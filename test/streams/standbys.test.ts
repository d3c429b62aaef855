/** Copies of what tasks remember, on workers that take over: what is left to read then. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { RestoreProgress, RunOptions } from '../../src/streams/dsl/run-options.ts'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

const items = Array.from({ length: 60 }, (_, number) => `item-${number}`)
const partitions = 6
const timestamp = 1_700_000_000_000

function openKafka(t: TestContext): MockKafka {
  const kafka = new MockKafka({ broker: { groups: { consumerHeartbeatIntervalMs: 20 } } })
  t.after(() => kafka.close())
  return kafka
}

interface Worker {
  readonly run: StreamRun
  readonly restores: RestoreProgress[]
}

function work(kafka: MockKafka, options: RunOptions): Worker {
  const restores: RestoreProgress[] = []
  const run = kafka.streams(
    'shop',
    (sources) => {
      const sales = sources.stream<number>('sales')
      sales.groupByKey().count().to('counts')
      sales.window(Window.tumbling('1h')).groupByKey().count().to('windows')
    },
    { commitInterval: '10ms', onRestore: (progress) => restores.push(progress), ...options },
  )
  return { run, restores }
}

/** Sells each item so many times more. */
async function sell(kafka: MockKafka, times: number): Promise<void> {
  const sales = items.map((key) => ({ key, value: 1, timestamp }))
  for (let time = 0; time < times; time++) await kafka.seed('sales', sales)
}

/** Resolves once each item was counted up to `count`, in both ways, each number once. */
async function counted(kafka: MockKafka, count: number): Promise<void> {
  for (const topic of ['counts', 'windows']) {
    const seen = new Map<string, number>()
    const consumer = kafka.consumer<number>(topic, { signal: AbortSignal.timeout(50_000) })
    for await (const { key, value } of consumer) {
      assert.equal(value, (seen.get(key!) ?? 0) + 1, `${topic} of ${key}`)
      seen.set(key!, value)
      if (seen.size === items.length && [...seen.values()].every((one) => one === count)) break
    }
  }
}

/** Resolves once what was sold is committed, and so in the changelogs. */
async function committed(kafka: MockKafka): Promise<void> {
  while ((await kafka.admin.describeGroup('shop')).totalLag > 0);
}

const isIn = ({ run }: Worker): boolean => run.status === 'running'
const tasksOf = ({ run }: Worker): number[] => run.metrics().tasks.map((task) => task.partition)

/** Whether it has so many copies, all of them as new as can be. */
function hasCopies({ run }: Worker, count: number): boolean {
  const { standbys } = run.metrics()
  return standbys.length === count && standbys.every(({ lag }) => lag === 0)
}

/** Offsets that were to be read, of all tasks that have begun since. */
const read = (restores: readonly RestoreProgress[]): number =>
  restores.reduce((sum, { restored, total }) => sum + (restored === 0 ? total : 0), 0)

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-standby-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

for (const where of ['memory', 'folders'] as const) {
  test(`who takes over reads the rest only, copies in ${where}`, async (t) => {
    const kafka = openKafka(t)
    for (const topic of ['sales', 'counts', 'windows']) {
      await kafka.admin.createTopic(topic, { partitions, retentionMs: -1 })
    }
    const options = (): RunOptions => ({
      guarantee: 'exactlyOnce',
      standbyReplicas: 1,
      ...(where === 'folders' ? { stateFolder: folderOf(t) } : {}),
    })
    const first = work(kafka, options())
    await until(() => isIn(first))
    await sell(kafka, 5)
    await counted(kafka, 5)
    // One that joins gets its copies before it takes anything over.
    const second = work(kafka, options())
    await until(() => isIn(second) && isIn(first) && tasksOf(first).length === 3)
    assert.equal(tasksOf(second).length, 3)
    const joined = read(second.restores)
    assert.ok(joined <= 3 * 2, `${joined} were left to read, all of them markers`)
    await sell(kafka, 3)
    await counted(kafka, 8)
    await until(() => hasCopies(first, 3) && hasCopies(second, 3))
    first.restores.length = 0
    await second.run.close()
    await until(() => tasksOf(first).length === partitions && isIn(first))
    const takenOver = read(first.restores)
    assert.ok(takenOver <= 3 * 2, `${takenOver} were left to read`)
    assert.deepEqual(first.run.metrics().standbys, [])
    await sell(kafka, 2)
    await counted(kafka, 10)
    await first.run.close()
  })
}

test('of three workers each has what becomes its own where one is gone, and no more', async (t) => {
  const kafka = openKafka(t)
  await kafka.admin.createTopic('sales', { partitions })
  const workers = [1, 2, 3].map(() => work(kafka, { standbyReplicas: 1 }))
  await until(() => workers.every((worker) => isIn(worker) && tasksOf(worker).length === 2))
  const copies = (): number[] =>
    workers.flatMap(({ run }) => run.metrics().standbys.map(({ partition }) => partition))
  await until(() => copies().length === partitions)
  assert.deepEqual(
    copies().toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  )
  const copied = workers.map(({ run }) => run.metrics().standbys.map((copy) => copy.partition))
  const had = workers.map((worker) => tasksOf(worker))
  await workers[1]!.run.close()
  for (const [number, worker] of [...workers.entries()].filter(([index]) => index !== 1)) {
    await until(() => isIn(worker) && tasksOf(worker).length === 3)
    const known = [...had[number]!, ...copied[number]!]
    assert.ok(tasksOf(worker).every((partition) => known.includes(partition)))
  }
  await Promise.all(workers.map(({ run }) => run.close()))
})

test('with two copies two of three workers may go at once, connections lost or not', async (t) => {
  const kafka = openKafka(t)
  for (const topic of ['sales', 'counts', 'windows']) {
    await kafka.admin.createTopic(topic, { partitions, retentionMs: -1 })
  }
  const workers = [1, 2, 3].map(() => work(kafka, { standbyReplicas: 2 }))
  await until(() => workers.every((worker) => isIn(worker) && tasksOf(worker).length === 2))
  await until(() => workers.every((worker) => hasCopies(worker, 4)))
  await sell(kafka, 3)
  await counted(kafka, 3)
  kafka.disconnect()
  await sell(kafka, 3)
  await counted(kafka, 6)
  await committed(kafka)
  const [stays, ...go] = workers as [Worker, Worker, Worker]
  await until(() => workers.every((worker) => hasCopies(worker, 4)))
  stays.restores.length = 0
  await Promise.all(go.map(({ run }) => run.close()))
  await until(() => isIn(stays) && tasksOf(stays).length === partitions)
  const takenOver = read(stays.restores)
  assert.ok(takenOver < items.length / 2, `${takenOver} were left to read`)
  await sell(kafka, 1)
  await counted(kafka, 7)
  await stays.run.close()
})

test('without standbys nothing is copied, and a task reads all it has to remember', async (t) => {
  const kafka = openKafka(t)
  for (const topic of ['sales', 'counts', 'windows']) {
    await kafka.admin.createTopic(topic, { partitions, retentionMs: -1 })
  }
  const first = work(kafka, {})
  await until(() => isIn(first))
  await sell(kafka, 2)
  await counted(kafka, 2)
  const second = work(kafka, {})
  await until(() => isIn(second) && tasksOf(second).length === 3)
  assert.ok(read(second.restores) >= items.length / 2)
  assert.deepEqual(first.run.metrics().standbys, [])
  await Promise.all([first, second].map(({ run }) => run.close()))
})
