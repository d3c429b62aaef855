/** What callbacks of a program hold up while they take their time, and what they do not. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import { until } from './until.ts'

function openKafka(t: TestContext): MockKafka {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  return kafka
}

/** Lets what is ready go on, while no time has to pass. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('as many callbacks go on at once as may, however many there were before', async (t) => {
  const kafka = openKafka(t)
  const numbers = Array.from({ length: 6000 }, (_, number) => number)
  await kafka.seed('in', numbers)
  const release: (() => void)[] = []
  let begun = 0
  const run = kafka.stream<number>('in').forEach(() => {
    begun++
    return new Promise<void>((resolve) => release.push(resolve))
  })
  await until(() => begun >= 1000)
  await turns()
  let most = 0
  for (let done = 1; done <= 6; done++) {
    release.shift()!()
    await turns()
    most = Math.max(most, begun - done)
  }
  // The turn that got there went on to its end.
  assert.ok(most < 1500, String(most))
  while (begun < numbers.length || release.length > 0) {
    for (const resolve of release.splice(0)) resolve()
    await turns()
  }
  await run.close()
  assert.equal(run.metrics().recordsIn, numbers.length)
})

test('commits do not add up behind a callback that takes long', async (t) => {
  const clock = new ManualClock()
  const kafka = new MockKafka({ clock })
  t.after(() => kafka.close())
  await kafka.seed('in', [{ key: 'slow', value: 1 }])
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const run = kafka
    .stream('in')
    .groupByKey()
    .count()
    .forEach((key) => (key === 'slow' ? released : undefined), {
      name: 'counted',
      commitInterval: '20ms',
    })
  await run.started
  await until(() => (clock.advance(1), run.metrics().recordsIn === 1))
  for (let interval = 0; interval < 20; interval++) {
    await kafka.seed('in', [{ key: 'quick', value: 1 }])
    await until(() => (clock.advance(1), run.metrics().recordsIn === interval + 2))
    clock.advance(20)
    await turns()
  }
  assert.equal(run.metrics().commits.count, 0)
  release()
  await until(() => run.metrics().commits.count > 0)
  await turns()
  assert.equal(run.metrics().commits.count, 1)
  await until(() => (clock.advance(1), run.metrics().commits.count > 1))
  const { lag } = await kafka.admin.describeGroup('counted')
  assert.deepEqual(
    lag.map(({ offset }) => offset),
    [21],
  )
  await run.close()
})

test('forEach waits for what is no Promise, and begins when somebody waits for it', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('in', [1, 2])
  const inserted: number[] = []
  const insert = (value: number): PromiseLike<void> => ({
    // oxlint-disable-next-line unicorn/no-thenable -- As queries of databases are.
    then(resolve) {
      inserted.push(value)
      return Promise.resolve().then(resolve)
    },
  })
  const run = kafka.stream<number>('in').forEach(insert)
  await until(() => run.status === 'running' && run.metrics().recordsIn === 2)
  await run.close()
  assert.deepEqual(inserted, [1, 2])
})

test('forEach has one callback of a key go on at a time, and those of others beside it', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('in', [
    { key: 'a', value: 1 },
    { key: 'a', value: 2 },
    { key: 'b', value: 3 },
    { key: null, value: 4 },
    { key: null, value: 5 },
    { key: 'a', value: 6 },
  ])
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const seen: string[] = []
  const failed: number[] = []
  const run = kafka.stream<number>('in').forEach(
    async (value) => {
      seen.push(`${value} begun`)
      if (value === 1 || value === 4) await released
      if (value === 2) throw new Error('not this one')
      seen.push(`${value} done`)
    },
    { onError: ({ offset }) => (failed.push(offset), 'skip') },
  )
  await until(() => seen.includes('5 done'))
  await turns()
  const others = ['1 begun', '3 begun', '3 done', '4 begun', '5 begun', '5 done']
  assert.deepEqual(seen, others)
  release()
  await until(() => seen.includes('6 done'))
  assert.deepEqual(
    seen.slice(others.length).filter((text) => !text.startsWith('4')),
    ['1 done', '2 begun', '6 begun', '6 done'],
  )
  assert.deepEqual(failed, [1])
  await run.close()
})

test('a callback that settles several records together has those of one key at once', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed(
    'in',
    [1, 2, 3, 4].map((value) => ({ key: 'a', value })),
  )
  const batches: number[][] = []
  let open: { readonly values: number[]; readonly full: PromiseWithResolvers<void> } | undefined
  const collect = (value: number): Promise<void> => {
    open ??= { values: [], full: Promise.withResolvers() }
    const { values, full } = open
    if (values.push(value) === 2) {
      open = undefined
      batches.push(values)
      full.resolve()
    }
    return full.promise
  }
  const run = kafka.stream<number>('in').forEach(collect, { ordered: false })
  await until(() => batches.length === 2)
  await run.close()
  assert.deepEqual(batches, [
    [1, 2],
    [3, 4],
  ])
  const { lag } = await kafka.admin.describeGroup('in-forEach')
  assert.equal(lag[0]?.offset, 4)
})

test('a loop over a stream ends when its client is closed, from within it, too', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('in', [1, 2, 3])
  const seen: number[] = []
  for await (const value of kafka.stream<number>('in')) {
    seen.push(value)
    await kafka.close()
  }
  assert.deepEqual(seen, [1])
})

test('two runs that have one name of their steps are refused, while both would go on', async (t) => {
  const kafka = openKafka(t)
  const begin = (name?: string) =>
    kafka.stream('in').forEach(() => {}, name === undefined ? {} : { name })
  const first = begin()
  assert.throws(() => begin(), {
    name: 'InvalidTopologyError',
    message: /'in\/forEach' runs already.*give one a `name`/,
  })
  const workers = [begin('shared'), begin('shared')]
  await Promise.all([first, ...workers].map((run) => run.started))
  await Promise.all([first, ...workers].map((run) => run.close()))
  const again = begin()
  await again.started
  await again.close()
})

test('what is run again, or gone through again, goes on where it was', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('in', [1, 2])
  const numbers = kafka.stream<number>('in').filter(() => true)
  const seen: number[] = []
  for (const wanted of [2, 3]) {
    const run = numbers.forEach((number) => seen.push(number))
    await until(() => seen.length === wanted)
    await run.close()
    await kafka.seed('in', [3])
  }
  assert.deepEqual(seen, [1, 2, 3])
  const looped: number[] = []
  for (let loop = 0; loop < 2; loop++) {
    for await (const number of numbers) {
      looped.push(number)
      if (number === 3) break
    }
  }
  assert.deepEqual(looped, [3, 3])
  const groups = (await kafka.admin.listGroups()).map(({ id }) => id)
  assert.deepEqual(groups, ['in-filter-forEach'])
})

test('branches that are run again go on where they were', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed('in', [1])
  const numbers = kafka.stream<number>('in')
  for (const number of [1, 2]) {
    const run = numbers.branch([[() => true, 'out']])
    await run.started
    await until(() => run.metrics().recordsIn === 1)
    await run.close()
    await kafka.seed('in', [number + 1])
  }
  const groups = (await kafka.admin.listGroups()).map(({ id }) => id)
  assert.deepEqual(groups, ['in-branch-all'])
  const [{ offset } = { offset: 0 }] = await kafka.admin.listOffsets('out', 'latest')
  assert.equal(offset, 2)
})

test('what a loop has looked at is committed, however much waits for it', async (t) => {
  const kafka = openKafka(t)
  await kafka.seed(
    'in',
    Array.from({ length: 2000 }, (_, number) => number),
  )
  let committed = 0
  let count = 0
  for await (const number of kafka.stream<number>('in')) {
    assert.equal(number, count++)
    if (count < 100) continue
    const { lag } = await kafka.admin.describeGroup('in-forEach')
    committed = lag[0]?.offset ?? 0
    // Others commit every second.
    if (committed >= 100 || count === 600) break
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(committed >= 100 && committed < count, `${committed} of ${count}`)
})

test('a commit waits for few callbacks of one key, however many records of it there are', async (t) => {
  const kafka = openKafka(t)
  const messages = Array.from({ length: 500 }, (_, value) => ({ key: 'hot', value }))
  await kafka.seed('in', messages)
  const release: (() => void)[] = []
  const run = kafka
    .stream<number>('in')
    .forEach(() => new Promise<void>((resolve) => release.push(resolve)))
  await run.started
  await until(() => run.metrics().recordsIn > 0)
  await turns()
  const { recordsIn } = run.metrics()
  assert.ok(recordsIn < 30, String(recordsIn))
  let called = 0
  while (called < messages.length) {
    await until(() => release.length > 0)
    release.shift()!()
    called++
  }
  await run.close()
  assert.equal(run.metrics().recordsIn, messages.length)
})

test('of several ends of one stream none goes on where another was', async (t) => {
  const kafka = openKafka(t)
  const sent = [1, 2, 3]
  await kafka.seed('in', sent)
  const stream = kafka.stream<number>('in')
  const seen: number[] = []
  const beginOne = (): StreamRun => stream.forEach((value) => void seen.push(value))
  const handled: number[] = []
  let isDown = true
  const beginOther = (): StreamRun =>
    stream.forEach((value) => {
      if (isDown) throw new Error('it is down')
      handled.push(value)
    })
  const one = beginOne()
  await assert.rejects(beginOther().finished, /it is down/)
  await until(() => seen.length === sent.length)
  await one.close()
  isDown = false
  // In the other order than before.
  const runs = [beginOther(), beginOne()]
  await until(() => handled.length === sent.length)
  await Promise.all(runs.map((run) => run.close()))
})
