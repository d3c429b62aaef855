/** What a result at which the program throws leaves behind, where its record is skipped. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver, type SavedState } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

function failFor(bad: string): (value: unknown, key: string) => unknown {
  return (value, key) => {
    if (key === bad) throw new Error('no such thing')
    return value
  }
}

const keysOf = (driver: StreamDriver): unknown[] => driver.take('out').map(({ key }) => key)

test('a result that fails as its window closes takes none of the others along', () => {
  const build = (sources: StreamSources): void => {
    const numbers = sources.stream<number>('in')
    const counts = numbers.window(Window.tumbling(10)).groupByKey().count().final()
    sources.results(counts).map(failFor('bad')).to('out')
  }
  const driver = new StreamDriver(build)
  const send = (key: string, timestamp: number): void => {
    driver.send('in', { key, value: 1, timestamp })
  }
  for (const key of ['a', 'bad', 'b', 'c']) send(key, 1)
  assert.throws(() => send('late', 10), /no such thing/)
  const saved: SavedState = new Map()
  driver.save(saved)
  send('later', 11)
  assert.deepEqual(keysOf(driver), ['a', 'b', 'c'])
  const next = new StreamDriver(build)
  next.restore(saved)
  next.advance(20)
  assert.deepEqual(keysOf(next), ['b', 'c', 'late'])
})

test('a record that comes when the result of another fails finds its partner', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const failed: string[] = []
  const found = Promise.withResolvers<string>()
  const run = kafka.streams(
    'app',
    (sources) => {
      const [left, right] = ['left', 'right'].map((topic) => sources.stream<string>(topic))
      const pairs = left!.leftJoin(right!, { window: 10 }).pairs()
      pairs
        .map(([one, other]) => failFor('bad')(`${one} ${other}`, one))
        .forEach((pair) => found.resolve(pair as string))
    },
    {
      onError: ({ topic, offset }) => {
        failed.push(`${topic} ${offset}`)
        return 'skip'
      },
    },
  )
  await kafka.seed('left', [
    { key: 'k', value: 'bad', timestamp: 1 },
    { key: 'k', value: 'a', timestamp: 20 },
  ])
  await kafka.seed('right', [{ key: 'k', value: 'b', timestamp: 21 }])
  assert.equal(await found.promise, 'a b')
  assert.deepEqual(failed, ['left 1'])
  await run.close()
})

test('a record whose pair fails waits for others, after a restart as before it', () => {
  const build = (sources: StreamSources): void => {
    const [left, right] = ['left', 'right'].map((topic) => sources.stream<string>(topic))
    const pairs = left!.join(right!, { window: 10 }).pairs()
    pairs.map(([left, right]) => failFor('bad')(left + right, right)).to('out')
  }
  const driver = new StreamDriver(build)
  driver.send('left', { key: 'k', value: 'a', timestamp: 1 })
  assert.throws(() => driver.send('right', { key: 'k', value: 'bad', timestamp: 2 }))
  const saved: SavedState = new Map()
  driver.save(saved)
  const next = new StreamDriver(build)
  next.restore(saved)
  for (const each of [driver, next]) {
    assert.throws(() => each.send('left', { key: 'k', value: 'b', timestamp: 3 }), /no such thing/)
    each.send('right', { key: 'k', value: 'c', timestamp: 4 })
    assert.deepEqual(
      each.take('out').map(({ value }) => value),
      ['ac', 'bc'],
    )
  }
})

test('a record at which time has come for results that fail is not skipped with them', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const failed: string[] = []
  const [results, all, deadLetters]: string[][] = [[], [], []]
  const done = Promise.withResolvers<void>()
  const run = kafka.streams(
    'app',
    (sources) => {
      const numbers = sources.stream<number>('in')
      const counts = numbers.window(Window.tumbling(10)).groupByKey().count().final()
      const checked = sources.results(counts).map((_, key) => {
        if (key.startsWith('bad')) throw new Error(`no ${key}`)
        return key
      })
      checked.forEach((key) => void results!.push(key))
      numbers.forEach((_, key) => {
        all!.push(key)
        if (key === 'last') done.resolve()
      })
    },
    {
      deadLetter: 'dead',
      onError: ({ offset, error }) => {
        failed.push(`${offset} ${error.message}`)
        return 'skip'
      },
    },
  )
  const first = ['a', 'bad-1', 'b', 'bad-2', 'c'].map((key) => ({ key, value: 1, timestamp: 1 }))
  const then = ['x', 'y', 'z', 'last'].map((key) => ({ key, value: 1, timestamp: 11 }))
  await kafka.seed('in', [...first, ...then])
  await done.promise
  await run.close()
  assert.deepEqual(results, ['a', 'b', 'c'])
  assert.deepEqual(all, ['a', 'bad-1', 'b', 'bad-2', 'c', 'x', 'y', 'z', 'last'])
  assert.deepEqual(failed, ['5 no bad-1', '5 no bad-2'])
  await kafka.seed('dead', [{ key: 'end', value: 1 }])
  for await (const { key } of kafka.consumer('dead')) {
    if (key === 'end') break
    deadLetters!.push(key!)
  }
  assert.deepEqual(deadLetters, [])
})

test('a record that is held for no time, and fails, is a dead letter', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const run = kafka.streams(
    'app',
    (sources) => {
      const names = sources.table<string>('names', { history: 10 })
      const joined = sources.stream<string>('in').leftJoin(names, { grace: 0 })
      joined.pairs().map(failFor('bad')).to('out')
    },
    { deadLetter: 'dead' },
  )
  const keys = ['a', 'bad', 'b']
  await kafka.seed(
    'in',
    keys.map((key) => ({ key, value: key, timestamp: 1 })),
  )
  for await (const { key } of kafka.consumer('dead')) {
    assert.equal(key, 'bad')
    break
  }
  await run.close()
})

test('a held record that fails behind a table elsewhere takes no other along', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  for (const topic of ['in', 'rows', 'dead'])
    await kafka.admin.createTopic(topic, { partitions: 2 })
  await kafka.seed('rows', [{ key: 'row', value: 'x', timestamp: 1 }])
  const passed: string[] = []
  const run = kafka.streams(
    'app',
    (sources) => {
      const rows = sources.table<string>('rows', { history: '1h' })
      const held = sources.stream<string>('in').leftJoin(rows, { on: () => 'row', grace: 10 })
      held
        .map((value) => failFor('bad')(value, value))
        .forEach((value) => passed.push(value as string))
    },
    { deadLetter: 'dead' },
  )
  await run.started
  for (const [index, value] of ['bad', 'a', 'b'].entries()) {
    await kafka.seed('in', [{ key: 'k', value, timestamp: 20 * (index + 1) }])
  }
  await until(() => passed.includes('a') && run.metrics().skipped > 0)
  await run.close()
  assert.deepEqual(passed, ['a'])
  assert.deepEqual(await kafka.getMessages('dead'), [])
})
