/** What goes on while partitions move between workers, and where they come to be. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Clock } from '../../src/runtime/runtime.ts'
import { systemClock } from '../../src/runtime/system-runtime.ts'
import type { RunOptions } from '../../src/streams/dsl/run-options.ts'
import type { Transaction } from '../../src/client/transaction/transaction.ts'
import type { StreamRun, StreamStatus } from '../../src/streams/dsl/stream-queries.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

const partitions = 6
const all = Array.from({ length: partitions }, (_, partition) => partition)
const protocols = ['KIP-848', 'classic'] as const

const speed = 60
const fastClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * speed,
  after: (delayMs, callback) => systemClock.after(delayMs / speed, callback),
}

async function openKafka(
  t: TestContext,
  protocol: (typeof protocols)[number] = 'KIP-848',
  // Members of the classic protocol hear of a change with their next heartbeat, 3 s later.
  clock = protocol === 'classic' ? fastClock : systemClock,
): Promise<MockKafka> {
  const kafka = new MockKafka({ clock, broker: { groups: { consumerHeartbeatIntervalMs: 20 } } })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('sales', { partitions })
  await kafka.admin.createTopic('payments', { partitions })
  if (protocol === 'classic') {
    kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION', { times: 1000 })
  }
  return kafka
}

/** Those that are at work. */
function tasksOf(run: StreamRun): number[] {
  if (run.status === 'connecting') return []
  const running = run.metrics().tasks.filter(({ state }) => state === 'running')
  return running.map(({ partition }) => partition).toSorted((a, b) => a - b)
}

/** Sends a record to each partition. */
async function send(kafka: MockKafka, topic: string, value: unknown, key = 'key'): Promise<void> {
  await kafka.seed(
    topic,
    all.map((partition) => ({ value, key: `${key}-${partition}`, partition })),
  )
}

for (const protocol of protocols) {
  test(`tasks that stay go on while others are handed over, ${protocol}`, async (t) => {
    const kafka = await openKafka(t, protocol)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const begin = (seen: string[]): StreamRun =>
      kafka.stream<string>('sales').forEach(
        async (value, key) => {
          seen.push(`${value} ${key}`)
          if (value === 'slow') await released
        },
        { name: 'shop' },
      )
    const seen: { readonly first: string[]; readonly second: string[] } = { first: [], second: [] }
    const first = begin(seen.first)
    await first.started
    await until(() => tasksOf(first).length === partitions)
    await send(kafka, 'sales', 'slow', 'slow')
    await until(() => seen.first.length === partitions)
    const second = begin(seen.second)
    await second.started
    // Some are on their way, and cannot go before what was done with them is done.
    await until(() => tasksOf(first).length === partitions / 2)
    const staying = tasksOf(first)
    assert.deepEqual(tasksOf(second), [])
    await send(kafka, 'sales', 'quick')
    await until(() => seen.first.length === partitions * 1.5)
    const quick = seen.first.slice(partitions)
    assert.deepEqual(
      quick.toSorted(),
      staying.map((partition) => `quick key-${partition}`),
    )
    assert.equal(seen.second.length, 0)
    release()
    await until(() => seen.second.length === partitions / 2)
    assert.deepEqual([...new Set(seen.second.map((text) => text.split(' ')[0]))], ['quick'])
    await Promise.all([first.close(), second.close()])
  })

  test(`what is joined comes to one worker, ${protocol}`, async (t) => {
    const kafka = await openKafka(t, protocol)
    const seen: string[] = []
    const begin = (): StreamRun =>
      kafka.streams('shop', (sources) => {
        const sales = sources.stream<string>('sales')
        const payments = sources.stream<string>('payments')
        sales.join(payments, { window: '1h' }).forEach((sale, payment, key) => {
          seen.push(`${sale} ${payment} ${key}`)
        })
      })
    const runs = [begin()]
    await until(() => tasksOf(runs[0]!).length === partitions)
    runs.push(begin(), begin())
    await until(() => runs.every((run) => tasksOf(run).length === 2))
    await send(kafka, 'sales', 'sold')
    await send(kafka, 'payments', 'paid')
    await until(() => seen.length === partitions)
    assert.equal(new Set(seen).size, partitions)
    await Promise.all(runs.map((run) => run.close()))
  })

  test(`a worker that begins again in its folder has the tasks that it had, ${protocol}`, async (t) => {
    const kafka = await openKafka(t, protocol)
    const folders = [1, 2, 3].map(() => mkdtempSync(join(tmpdir(), 'kafka-do-rebalance-')))
    t.after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))
    const begin = (stateFolder: string): StreamRun =>
      kafka.stream('sales').groupByKey().count().to('counts', { name: 'shop', stateFolder })
    const runs = folders.map((folder) => begin(folder))
    await until(() => runs.every((run) => tasksOf(run).length === 2))
    const before = runs.map((run) => tasksOf(run))
    for (const number of [1, 0, 2]) {
      await runs[number]!.close()
      runs[number] = begin(folders[number]!)
      await until(() => runs.every((run) => tasksOf(run).length === 2))
      assert.deepEqual(
        runs.map((run) => tasksOf(run)),
        before,
      )
    }
    await Promise.all(runs.map((run) => run.close()))
  })

  test(`tasks are where they were once a worker has come and gone, ${protocol}`, async (t) => {
    const kafka = await openKafka(t, protocol)
    const begin = (): StreamRun => kafka.stream('sales').forEach(() => {}, { name: 'shop' })
    const [first, second] = [begin(), begin()]
    await until(() => [first, second].every((run) => tasksOf(run).length === 3))
    const before = [first, second].map((run) => tasksOf(run))
    const third = begin()
    await until(() => [first, second, third].every((run) => tasksOf(run).length === 2))
    await third.close()
    await until(() => [first, second].every((run) => tasksOf(run).length === 3))
    assert.deepEqual(
      [first, second].map((run) => tasksOf(run)),
      before,
    )
    await Promise.all([first.close(), second.close()])
  })
}

test('a task begins when it is restored, whatever others still read', async (t) => {
  const kafka = await openKafka(t)
  const statuses: StreamStatus[] = []
  const begin = (options: RunOptions = {}): StreamRun =>
    kafka
      .stream('sales')
      .groupByKey()
      .count()
      .to('counts', { name: 'shop', ...options })
  const before = begin()
  await until(() => tasksOf(before).length === partitions)
  await before.close()
  // Whoever reads a changelog waits for the transaction that writes to it.
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { promise: isOpen, resolve: hasOpened } = Promise.withResolvers<void>()
  const open = kafka.transaction('shop-sales-changelog', async (transaction) => {
    await transaction.send(null, { key: '["gone",0]', partition: 4 })
    hasOpened()
    await released
  })
  await isOpen
  const run = begin()
  run.onStatus((status) => statuses.push(status))
  assert.equal(run.status, 'connecting')
  await until(() => tasksOf(run).length === partitions - 1)
  assert.equal(run.status, 'restoring')
  const [waiting] = run.metrics().tasks.filter(({ state }) => state === 'restoring')
  assert.deepEqual([waiting?.partition, waiting?.restored, waiting?.toRestore], [4, 0, 1])
  await send(kafka, 'sales', 1)
  const consumer = kafka.consumer<number>('counts')
  const counted = await consumer.take(partitions - 1).toArray()
  assert.equal(new Set(counted.map(({ key }) => key)).size, partitions - 1)
  // Others need not wait until it is done.
  const other = begin()
  await until(() => tasksOf(run).length + tasksOf(other).length === partitions - 1)
  await until(() => tasksOf(run).length >= 2 && tasksOf(other).length >= 2)
  release()
  await open
  await until(() => [run, other].every((one) => one.status === 'running'))
  assert.deepEqual(
    [...tasksOf(run), ...tasksOf(other)].toSorted((a, b) => a - b),
    all,
  )
  await other.close()
  await run.close()
  await until(() => statuses.at(-1) === 'closed')
  assert.equal(run.status, 'closed')
  assert.equal(statuses[0], 'restoring')
  assert.ok(statuses.includes('running'))
})

test('a worker whose copies come no closer joins all the same', async (t) => {
  const kafka = await openKafka(t, 'KIP-848', fastClock)
  const begin = (): StreamRun =>
    kafka.stream('sales').groupByKey().count().to('counts', { name: 'shop', standbyReplicas: 1 })
  const first = begin()
  await until(() => tasksOf(first).length === partitions)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { promise: isOpen, resolve: hasOpened } = Promise.withResolvers<void>()
  const work = async (transaction: Transaction): Promise<void> => {
    for (const partition of all) await transaction.send(null, { key: '["gone",0]', partition })
    hasOpened()
    await released
  }
  const open = kafka.transaction('shop-sales-changelog', work, { transactionTimeout: '10m' })
  await isOpen
  const second = begin()
  await second.started
  await until(() => second.metrics().tasks.length === partitions / 2)
  assert.equal(second.status, 'restoring')
  // One that is still getting its copies can go at any time.
  const third = begin()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(third.status, 'connecting')
  await third.close()
  await third.finished
  release()
  await open
  await until(() => second.status === 'running')
  await Promise.all([first.close(), second.close()])
})

test('exactly once, nothing is committed where nothing comes', async (t) => {
  const kafka = await openKafka(t)
  const run = kafka
    .stream('sales')
    .groupByKey()
    .count()
    .to('counts', { name: 'shop', guarantee: 'exactlyOnce', commitInterval: '5ms' })
  await until(() => run.status === 'running')
  await send(kafka, 'sales', 1)
  await kafka.consumer('counts').take(partitions).toArray()
  const ends = async (): Promise<number[]> => {
    const topics = ['counts', 'shop-sales-changelog', '__consumer_offsets', '__transaction_state']
    const found = await Promise.all(topics.map((topic) => kafka.admin.listOffsets(topic, 'latest')))
    return found.map((list) => list.reduce((sum, { offset }) => sum + offset, 0))
  }
  const commits = (): number => run.metrics().commits.count
  const seen = commits()
  await until(() => commits() >= seen + 2)
  const before = await ends()
  const then = commits()
  await until(() => commits() >= then + 10)
  assert.deepEqual(await ends(), before)
  await run.close()
})

test('what is joined with a topic that is made anew goes on once it is there', async (t) => {
  const kafka = await openKafka(t)
  const run = kafka.streams(
    'shop',
    (sources) => {
      const payments = sources.stream<string>('payments')
      sources.stream<string>('sales').join(payments, { window: '1h' }).pairs().to('pairs')
    },
    { commitInterval: '10ms' },
  )
  await until(() => tasksOf(run).length === partitions)
  await send(kafka, 'sales', 'old')
  await send(kafka, 'payments', 'first')
  await until(() => run.metrics().recordsIn === 2 * partitions)
  while ((await kafka.admin.describeGroup('shop')).totalLag > 0);
  await kafka.admin.deleteTopic('sales')
  await until(() => run.status === 'connecting')
  await send(kafka, 'payments', 'second')
  await kafka.admin.createTopic('sales', { partitions })
  await send(kafka, 'sales', 'new')
  const pairs = new Set<string>()
  for await (const { key, value } of kafka.consumer<string[]>('pairs')) {
    assert.ok(!pairs.has(`${key} ${value.join()}`), 'each pair comes once')
    pairs.add(`${key} ${value.join()}`)
    if (pairs.size === 4 * partitions) break
  }
  await run.close()
})
