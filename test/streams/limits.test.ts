/** What a program can say of tables that grow, of results that come too often, and of late records. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamDriver, type SavedState } from '../../src/streams/stream-driver.ts'
import type { TableLimits } from '../../src/streams/dsl/aggregate-plans.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { Window, type WindowDefinition } from '../../src/streams/window.ts'

function counting(limits: TableLimits<number>): StreamDriver {
  return new StreamDriver((sources) => {
    sources.stream('in').groupByKey().count(limits).to('out')
  })
}

/** Sends `key@timestamp`s; returns what comes of each, as `key=count@timestamp`s. */
function run(driver: StreamDriver, notation: string): string[] {
  return notation.split(' ').map((text) => {
    const [key, timestamp] = text.split('@')
    driver.send('in', { key, value: 'v', timestamp: Number(timestamp) })
    return taken(driver)
  })
}

function taken(driver: StreamDriver): string {
  const results = driver.take('out')
  return results
    .map(
      ({ key, value, timestamp }) =>
        `${String(key)}=${String((value as number | undefined) ?? '-')}@${timestamp}`,
    )
    .join(' ')
}

test('ttl deletes a row so long after the newest of its records', () => {
  const driver = counting({ ttl: 10 })
  assert.deepEqual(run(driver, 'a@0 b@4 a@6 c@14 c@15 c@16 a@17'), [
    'a=1@0',
    'b=1@4',
    'a=2@6',
    'c=1@14 b=-@4',
    'c=2@15',
    'c=3@16 a=-@6',
    'a=1@17',
  ])
  driver.advance(30)
  assert.equal(taken(driver), 'c=-@16 a=-@17')
  assert.deepEqual(run(driver, 'd@20'), [''], 'a row that would be gone at once is none')
  assert.equal(driver.drops[0]?.reason, 'late')
})

test('maxKeys deletes the row whose records are the oldest', () => {
  const driver = counting({ maxKeys: 2 })
  assert.deepEqual(run(driver, 'a@0 b@1 a@2 c@3 d@4 b@5'), [
    'a=1@0',
    'b=1@1',
    'a=2@2',
    'c=1@3 b=-@1',
    'd=1@4 a=-@2',
    'b=1@5 c=-@3',
  ])
})

test('a row whose first result failed is forgotten as others are', () => {
  const driver = new StreamDriver((sources) => {
    const counts = sources.stream('in').groupByKey().count({ ttl: 10 })
    const checked = counts.map((count, key) => {
      if (key === 'bad') throw new Error('no such thing')
      return count
    })
    checked.to('out')
  })
  const send = (key: string, timestamp: number): void =>
    driver.send('in', { key, value: 1, timestamp })
  assert.throws(() => send('bad', 0), /no such thing/)
  // Its deletion fails, too, as that says what it was.
  assert.throws(() => send('a', 20), /no such thing/)
  const saved: SavedState = new Map()
  driver.save(saved)
  const rows = [...saved.values()].filter(({ key: [kind] }) => kind === 'row')
  assert.deepEqual(
    rows.map(({ key: [, key] }) => key),
    ['a'],
  )
})

test('limits are kept over a restart', () => {
  const input = 'a@0 b@4 a@6 c@7 c@14 d@15 a@17 b@18 b@40'
  const limits = { ttl: 10, maxKeys: 3 }
  const steady = run(counting(limits), input)
  const saved: SavedState = new Map()
  const restarted = input.split(' ').flatMap((step) => {
    const driver = counting(limits)
    driver.restore(new Map([...saved].toReversed()))
    const outputs = run(driver, step)
    driver.save(saved)
    return outputs
  })
  assert.deepEqual(restarted, steady)
})

test('emit lets of each row only the newest change go on', () => {
  const driver = counting({ emit: { every: 10 } })
  assert.deepEqual(run(driver, 'a@0 a@1 b@2 a@10 a@11 a@22'), [
    '',
    '',
    '',
    'a=3@10',
    '',
    'b=1@2 a=5@22',
  ])
})

test('a late record is told of with its window, and how far time had come', () => {
  const late = (window: WindowDefinition): unknown => {
    const driver = new StreamDriver((sources) => {
      sources
        .stream('in')
        .window(window)
        .groupByKey()
        .count()
        .forEach(() => {})
    })
    run(driver, 'a@5 a@100 a@7')
    const [drop] = driver.drops
    assert.deepEqual([drop?.reason, drop?.timestamp, drop?.streamTime], ['late', 7, 100])
    return drop?.window
  }
  assert.deepEqual(late(Window.tumbling(10)), { start: 0, end: 10 })
  assert.deepEqual(late(Window.sliding(3)), { start: 4, end: 7 })
  assert.deepEqual(late(Window.session(10)), { start: 7, end: 7 })
})

test('repartition has as many tasks as it has partitions, and one for each key', () => {
  const driver = new StreamDriver(
    (sources) => {
      const names = sources.stream<string>('in').selectKey((value) => value)
      names.repartition({ partitions: 5, name: 'by-name' }).groupByKey().count().to('out')
    },
    { partitions: 2 },
  )
  for (const [timestamp, value] of ['x', 'y', 'x', 'z', 'x'].entries()) {
    driver.send('in', { key: `${timestamp}`, value, timestamp })
  }
  assert.equal(taken(driver), 'x=1@0 y=1@1 x=2@2 z=1@3 x=3@4')
})

/**
 * Sends each of 100 keys `values`, once. Returns how many entries there are when time has gone on:
 * of who has sent them, and of who was restored from those.
 */
function left(build: (sources: StreamSources) => void, values: readonly unknown[]): number[] {
  const before = new StreamDriver(build)
  for (let number = 0; number < 100; number++) {
    for (const [timestamp, value] of values.entries()) {
      before.send('in', { key: `key-${number}`, value, timestamp })
    }
  }
  const entries: SavedState = new Map()
  before.save(entries)
  assert.ok(entries.size > 100)
  const after = new StreamDriver(build)
  after.restore(new Map([...entries].toReversed()))
  return [before, after].map((driver) => {
    const saved = new Map(entries)
    for (const timestamp of [15, 1000]) {
      driver.send('in', { key: `at ${timestamp}`, value: 1, timestamp })
    }
    driver.advance(10_000)
    driver.save(saved)
    return saved.size
  })
}

test('sliding windows forget keys that do not come again', () => {
  const build = (sources: StreamSources): void => {
    sources.stream('in').groupByKey().window(Window.sliding(10)).count().to('out')
  }
  assert.deepEqual(left(build, [1]), [1, 1], 'the time')
})

test('a table with a history forgets rows that were deleted before it begins', () => {
  const build = (sources: StreamSources): void => {
    sources.table('in', { history: 10 }).to('out')
  }
  assert.deepEqual(left(build, [1, null]), [3, 3], 'the time, and two rows that are there')
  assert.deepEqual(left(build, [1, 2]), [103, 103], 'of each row what it is now')
})
