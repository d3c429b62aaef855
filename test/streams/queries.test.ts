/** What can be asked of streams while they run, on a broker of this process. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

interface Order {
  readonly customer: string
}

const customers = Array.from({ length: 12 }, (_, number) => `customer-${number + 10}`)

async function openKafka(t: TestContext): Promise<MockKafka> {
  const kafka = new MockKafka({ broker: { groups: { consumerHeartbeatIntervalMs: 50 } } })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('orders', { partitions: 4 })
  return kafka
}

function build(sources: StreamSources): void {
  const byCustomer = sources.stream<Order>('orders').groupBy(({ customer }) => customer)
  byCustomer.count({ name: 'counts' }).to('counts')
  byCustomer.window(Window.tumbling(10)).count({ name: 'windows' }).to('windows')
}

function orders(timestamps: readonly number[]) {
  return timestamps.flatMap((timestamp) =>
    customers.map((customer) => ({ key: customer, value: { customer }, timestamp })),
  )
}

async function counted(kafka: MockKafka, topic: string, count: number): Promise<void> {
  await kafka.consumer(topic).take(count).toArray()
}

test('store gives rows by key, by range, and all of them', async (t) => {
  const kafka = await openKafka(t)
  const run = kafka.streams('shop', build, { commitInterval: '20ms' })
  assert.throws(() => run.store('counts'), /wait for `started`/)
  await run.started
  assert.throws(() => run.store('nothing'), { name: 'StoreUnavailableError' })
  await kafka.seed('orders', orders([1, 2, 3]))
  await counted(kafka, 'counts', 36)
  const store = run.store<number>('counts')
  assert.equal(store.get('customer-15'), 3)
  assert.equal(store.get('nobody'), undefined)
  assert.deepEqual(store.range('customer-12', 'customer-14'), [
    ['customer-12', 3],
    ['customer-13', 3],
    ['customer-14', 3],
  ])
  assert.equal(store.all().length, customers.length)
  await run.close()
})

test('windowStore gives the windows that are open', async (t) => {
  const kafka = await openKafka(t)
  const run = kafka.streams('shop', build, { commitInterval: '20ms' })
  await run.started
  await kafka.seed('orders', orders([1, 2, 12]))
  await counted(kafka, 'windows', 36)
  const store = run.windowStore<number>('windows')
  assert.deepEqual(store.windows('customer-15'), [{ value: 1, start: 10, end: 20 }])
  assert.deepEqual(store.windows('customer-15', { from: 11 }), [])
  assert.equal(store.all().length, customers.length)
  await run.close()
})

test('a table of the program can be asked as itself', async (t) => {
  const kafka = await openKafka(t)
  const counts = kafka
    .stream<Order>('orders')
    .groupBy(({ customer }) => customer)
    .count()
  const run = counts.to('counts', { commitInterval: '20ms' })
  await run.started
  await kafka.seed('orders', orders([1]))
  await counted(kafka, 'counts', 12)
  const count: number | undefined = run.store(counts).get('customer-20')
  assert.equal(count, 1)
  await run.close()
})

test('with two workers each has its part, and says who has the others', async (t) => {
  const kafka = await openKafka(t)
  const runs = [1, 2].map(() => kafka.streams('shop', build, { commitInterval: '20ms' }))
  await Promise.all(runs.map(({ started }) => started))
  await kafka.seed('orders', orders([1, 2]))
  await counted(kafka, 'counts', 24)
  const isShared = () => runs.every((run) => runningTasks(run) === 4)
  // Whoever was there first has all for a moment.
  while (!isShared()) await new Promise((resolve) => setImmediate(resolve))
  const found = runs.map((run) => new Map(run.store<number>('counts').all()))
  for (const customer of customers) {
    const here = found.findIndex((rows) => rows.has(customer))
    assert.equal(found[here]!.get(customer), 2)
    assert.equal(found[1 - here]!.has(customer), false)
    const elsewhere = runs[1 - here]!.store<number>('counts')
    assert.throws(() => elsewhere.get(customer), {
      name: 'StoreUnavailableError',
      reason: 'elsewhere',
    })
    const owner = await elsewhere.ownerOf(customer)
    assert.equal(owner.isLocal, false)
    assert.equal((await runs[here]!.store('counts').ownerOf(customer)).isLocal, true)
    const place = { topic: 'shop-orders-groupBy-repartition', partition: owner.partition }
    assert.ok(
      owner.member?.partitions.some(
        ({ topic, partition }) => topic === place.topic && partition === place.partition,
      ),
    )
  }
  await Promise.all(runs.map((run) => run.close()))
})

function runningTasks(run: StreamRun): number {
  return run.metrics().tasks.filter(({ state }) => state === 'running').length
}

test('metrics counts what comes in, goes out, drops out and fails, and commits', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const run = kafka.streams(
    'metered',
    (sources) => {
      const seen = sources.stream<{ n: number }>('in').map(({ n }) => {
        if (n === 3) throw new Error('no')
        return n
      })
      seen.window(Window.tumbling(10)).groupByKey().count({ name: 'counts' }).to('out')
    },
    { commitInterval: '10ms', onError: () => 'skip' },
  )
  await run.started
  for (const [n, timestamp] of [5, 25, 7, 26, 27].entries()) {
    await kafka.produce('in', { n }, { key: 'k', timestamp })
  }
  await counted(kafka, 'out', 3)
  const done = () => run.metrics().tasks[0]?.lag === 0 && run.metrics().commits.count > 0
  while (!done()) await new Promise((resolve) => setImmediate(resolve))
  const { commits, tasks, ...metrics } = run.metrics()
  assert.deepEqual(metrics, {
    recordsIn: 5,
    recordsOut: { 'counts/to-out': 3 },
    dropped: { counts: { late: 1 } },
    skipped: 1,
    standbys: [],
    restored: 0,
    restarts: 0,
  })
  const counts = { recordsIn: 5, lag: 0, restored: 0, toRestore: 0 }
  assert.deepEqual(tasks, [{ name: 'in', partition: 0, state: 'running', ...counts }])
  assert.ok(commits.maxMs >= commits.lastMs && commits.totalMs >= commits.maxMs)
  await run.close()
})
