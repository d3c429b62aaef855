/** Where nothing comes, time goes on by itself, and nothing is written for that. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import type { RestoreProgress, RunOptions } from '../../src/streams/dsl/run-options.ts'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

interface Setting {
  readonly kafka: MockKafka
  readonly results: number[]
  /** Counts records in windows of 100 ms. */
  readonly begin: (options: RunOptions) => StreamRun
  /** Lets time pass until `isSo`. */
  readonly pass: (isSo: () => boolean) => Promise<void>
}

function open(t: TestContext): Setting {
  const clock = new ManualClock()
  const kafka = new MockKafka({ clock })
  t.after(() => kafka.close())
  const results: number[] = []
  const begin = (options: RunOptions): StreamRun =>
    kafka.streams(
      'idle',
      (sources) => {
        const all = sources.stream<number>('in').groupBy(() => 'all')
        const counts = all.window(Window.tumbling('100ms')).count().final()
        counts.forEach((_, { value }) => void results.push(value))
      },
      { commitInterval: '20ms', ...options },
    )
  const pass = (isSo: () => boolean): Promise<void> =>
    until(() => {
      if (isSo()) return true
      clock.advance(5)
      return false
    })
  return { kafka, results, begin, pass }
}

/** Has a run process a record of a window that stays open. */
async function processed({ kafka, begin, pass }: Setting): Promise<void> {
  await kafka.seed('in', [{ key: null, value: 1, timestamp: 10 }])
  const run = begin({ idle: '1h' })
  await run.started
  await pass(() => run.metrics().recordsIn === 1)
  await run.close()
}

test('after a restart windows close though nothing has come since', async (t) => {
  const setting = open(t)
  await processed(setting)
  assert.deepEqual(setting.results, [])
  const run = setting.begin({ idle: '50ms' })
  await run.started
  await setting.pass(() => setting.results.length > 0)
  await run.close()
  assert.deepEqual(setting.results, [1])
})

test('a result that time alone makes, and that fails, is skipped as others are', async (t) => {
  const clock = new ManualClock()
  const kafka = new MockKafka({ clock })
  t.after(() => kafka.close())
  const [failed, results]: string[][] = [[], []]
  const run = kafka.streams(
    'idle',
    (sources) => {
      const windows = sources.stream('in').window(Window.tumbling('100ms')).groupByKey()
      const named = sources.results(windows.count().final()).map((_, key) => {
        if (key === 'bad') throw new Error('no such thing')
        return key
      })
      const late = named.mapAsync(async (key) => {
        if (key === 'worse') throw new Error('no such thing')
        return key
      })
      late.forEach((key) => void results!.push(key))
    },
    {
      commitInterval: '20ms',
      idle: '50ms',
      onError: ({ topic, partition, offset, error }) => {
        failed!.push(`${topic}-${partition} ${offset} ${error.message}`)
        return 'skip'
      },
    },
  )
  const keys = ['a', 'bad', 'b', 'worse', 'c']
  await kafka.seed(
    'in',
    keys.map((key) => ({ key, value: 1, timestamp: 10 })),
  )
  await run.started
  await until(() => {
    clock.advance(5)
    return results!.length === 3
  })
  assert.deepEqual(results, ['a', 'b', 'c'])
  assert.deepEqual(failed, ['in-0 4 no such thing', 'in-0 4 no such thing'])
  await run.close()
})

test('what waits at a broker that does not answer after a restart is not late', async (t) => {
  const setting = open(t)
  const { kafka, results, begin, pass } = setting
  await processed(setting)
  await kafka.seed('in', [{ key: null, value: 1, timestamp: 20 }])
  const onRestore = ({ isDone }: RestoreProgress): void => {
    if (isDone) kafka.failNext('Fetch', 'NOT_LEADER_OR_FOLLOWER', { times: 3 })
  }
  const run = begin({ idle: '50ms', onRestore })
  await run.started
  await pass(() => results.length > 0)
  await run.close()
  assert.deepEqual(results, [2])
})

test('what comes while a broker does not answer is not late', async (t) => {
  const setting = open(t)
  const { kafka, results, begin, pass } = setting
  await kafka.seed('in', [{ key: null, value: 1, timestamp: 10 }])
  const run = begin({ idle: '1s' })
  await run.started
  await pass(() => run.metrics().recordsIn === 1)
  kafka.failNext('Fetch', 'NOT_LEADER_OR_FOLLOWER', { times: 20 })
  const { count } = run.metrics().commits
  // What it was asked before it answers within 500 ms.
  await pass(() => run.metrics().commits.count === count + 40)
  await kafka.seed('in', [{ key: null, value: 1, timestamp: 20 }])
  await pass(() => results.length > 0)
  await run.close()
  assert.deepEqual(results, [2])
})

test('what waits behind an open transaction of others is not late', async (t) => {
  const setting = open(t)
  const { kafka, results, begin, pass } = setting
  await kafka.seed('in', [{ key: null, value: 1, timestamp: 10 }])
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { promise: isOpen, resolve: hasOpened } = Promise.withResolvers<void>()
  const transaction = kafka.transaction('in', async (open) => {
    await open.send(1, { key: null, timestamp: new Date(20) })
    hasOpened()
    await ended
  })
  await isOpen
  await kafka.seed('in', [{ key: null, value: 1, timestamp: 30 }])
  const run = begin({ idle: '50ms' })
  await run.started
  await pass(() => run.metrics().recordsIn === 1)
  const { count } = run.metrics().commits
  await pass(() => run.metrics().commits.count === count + 20)
  assert.deepEqual(results, [])
  end()
  await transaction
  await pass(() => results.length > 0)
  await run.close()
  assert.deepEqual(results, [3])
})

for (const guarantee of ['atLeastOnce', 'exactlyOnce'] as const) {
  test(`while time goes on by itself nothing is written, ${guarantee}`, async (t) => {
    const { kafka, results, begin, pass } = open(t)
    await kafka.seed('in', [{ key: null, value: 1, timestamp: 10 }])
    const run = begin({ idle: '50ms', guarantee })
    await run.started
    const commits = async (count: number): Promise<void> => {
      const begun = run.metrics().commits.count
      await pass(() => run.metrics().commits.count >= begun + count)
    }
    const ends = async (): Promise<number[]> => {
      const topics = ['idle-in-changelog', '__consumer_offsets', '__transaction_state']
      const known = guarantee === 'exactlyOnce' ? topics : topics.slice(0, 2)
      const lists = known.map((topic) => kafka.admin.listOffsets(topic, 'latest'))
      const found = await Promise.all(lists)
      return found.map((list) => list.reduce((sum, { offset }) => sum + offset, 0))
    }
    await pass(() => results.length > 0)
    await commits(2)
    const before = await ends()
    assert.ok(before.every((end) => end > 0))
    await commits(10)
    assert.deepEqual(await ends(), before)
    await run.close()
  })
}
