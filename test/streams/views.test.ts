/** What others see of a table that is computed from another one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import type { Table } from '../../src/streams/dsl/table.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

/** Returns what was written last for each key. */
function newest(driver: StreamDriver, topic = 'out'): Record<string, unknown> {
  const found = driver.take(topic).map(({ key, value }) => [key, value] as const)
  return Object.fromEntries(found) as Record<string, unknown>
}

const quiet: readonly (readonly [string, (sources: StreamSources) => Table<unknown>])[] = [
  ['suppress', (sources) => sources.table('left').suppress(100)],
  [
    'count with emit',
    (sources) => {
      return sources
        .stream('left')
        .groupByKey()
        .count({ emit: { every: 100 } })
    },
  ],
]

for (const [name, build] of quiet) {
  test(`a table that is joined with one behind ${name} finds what that has let through`, () => {
    const driver = new StreamDriver((sources) => {
      const left = build(sources)
      const joined = left.join(sources.table<string>('right'), {
        select: (value, user) => `${String(value)} ${user}`,
      })
      joined.to('joined')
      joined
        .groupBy((text) => text.split(' ')[0]!)
        .count()
        .to('out')
    })
    driver.send('right', { key: 'k', value: 'r1', timestamp: 0 })
    driver.send('left', { key: 'k', value: 1, timestamp: 1 })
    driver.send('right', { key: 'k', value: 'r2', timestamp: 2 })
    assert.deepEqual(newest(driver), {}, 'nothing was let through yet')
    driver.advance(200)
    assert.deepEqual(newest(driver), { 1: 1 })
    driver.send('left', { key: 'k', value: 2, timestamp: 201 })
    driver.take('joined')
    driver.send('right', { key: 'k', value: 'r3', timestamp: 202 })
    const joined = driver.take('joined').map(({ value, timestamp }) => [value, timestamp])
    assert.deepEqual(joined, [['1 r3', 202]])
    driver.advance(500)
    assert.deepEqual(newest(driver), { 1: 0, 2: 1 })
  })
}

test('store() gives all rows of tables that are computed', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const rows = { a: 1, b: 5, c: 6 }
  const messages = Object.entries(rows).map(([key, value]) => ({ key, value }))
  await kafka.seed('in', messages)
  await kafka.seed('other', [...messages.slice(0, 2), { key: 'd', value: 7 }])
  await kafka.seed('past', messages)
  const run = kafka.streams('stores', (sources) => {
    const table = sources.table<number>('in')
    const other = sources.table<number>('other')
    const large = table.filter((value) => value > 3, { name: 'large' })
    large.map((value) => (value === 6 ? null : value * 10), { name: 'tens' }).to('out')
    table.outerJoin(other, { name: 'outer' }).to('out')
    table.join(other, { name: 'named', on: (value) => (value === 1 ? 'd' : 'a') }).to('out')
    other.suppress('1h', { name: 'held' }).to('out')
    sources.table<number>('past', { history: '1h', name: 'past' }).to('out', { name: 'out' })
  })
  await run.started
  await until(() => run.status === 'running' && run.metrics().recordsIn === 9)
  const all = (name: string): unknown => Object.fromEntries(run.store(name).all())
  assert.deepEqual(all('large'), { b: 5, c: 6 })
  assert.deepEqual(all('tens'), { b: 50 })
  assert.equal(run.store('tens').get('c'), undefined)
  const outer = { a: [1, 1], b: [5, 5], c: [6, undefined], d: [undefined, 7] }
  assert.deepEqual(all('outer'), outer)
  assert.deepEqual(all('named'), { a: [1, 7], b: [5, 1], c: [6, 1] })
  assert.deepEqual(all('held'), {})
  assert.deepEqual(all('past'), rows)
  assert.deepEqual(run.store('large').range('a', 'b'), [['b', 5]])
  const noSuchStore = { name: 'StoreUnavailableError', reason: 'no such store' }
  assert.throws(() => run.store('out').all(), noSuchStore)
  assert.throws(() => run.windowStore('large').windows('b'), noSuchStore)
  await run.close()
})

test('a row that is mapped to null is none', () => {
  const driver = new StreamDriver((sources) => {
    const names = sources.table<string>('in').map((name) => (name === 'x' ? null : name))
    names
      .groupBy((name) => name!.slice(0, 1))
      .count()
      .to('out')
  })
  for (const value of ['x', 'ann', 'x']) driver.send('in', { key: 'k', value, timestamp: 1 })
  assert.deepEqual(
    driver.take('out').map(({ key, value }) => [key, value]),
    [
      ['a', 1],
      ['a', 0],
    ],
  )
})

for (const partitions of [1, 3]) {
  test(`a row that a join makes null is none, with ${partitions} partitions`, () => {
    const driver = new StreamDriver(
      (sources) => {
        const [people, names] = ['people', 'names'].map((topic) => sources.table<string>(topic))
        const select = (_: string, name: string): string | null => (name === 'x' ? null : name)
        const named = [
          people!.join(names!, { name: 'by-key', select }),
          people!.join(names!, { name: 'by-value', select, on: (value) => value }),
        ]
        for (const table of named) {
          table
            .groupBy((name) => name!.slice(0, 1))
            .count()
            .to('out')
        }
      },
      { partitions },
    )
    const name = (value: string): void => {
      driver.send('names', { key: 'k', value, timestamp: 1 })
    }
    name('x')
    driver.send('people', { key: 'k', value: 'k', timestamp: 1 })
    assert.deepEqual(driver.take('out'), [])
    for (const value of ['ann', 'x']) name(value)
    const counts = driver.take('out').map(({ value }) => value as number)
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      [0, 0, 1, 1],
    )
  })
}

test('a table that is joined with itself can be joined by a key that it names', () => {
  const driver = new StreamDriver((sources) => {
    const table = sources.table<readonly [name: string, count: number]>('in')
    const both = table.map(([, count]) => count).join(table.map(([name]) => name))
    both
      .join(sources.table<string>('names'), { on: ([, name]) => name })
      .map(([[count], name]) => `${count} ${name}`)
      .to('out')
  })
  const send = (topic: string, key: string, value: unknown): void => {
    driver.send(topic, { key, value, timestamp: 1 })
  }
  send('names', 'x', 'X')
  send('names', 'y', 'Y')
  send('in', 'a', ['x', 1])
  send('in', 'a', ['y', 2])
  assert.deepEqual(newest(driver), { a: '2 Y' })
  send('names', 'x', 'XX')
  assert.deepEqual(newest(driver), {}, 'it is not named any more')
  send('names', 'y', 'YY')
  assert.deepEqual(newest(driver), { a: '2 YY' })
})

test('a window of which the first record leaves nothing is not deleted', () => {
  const driver = new StreamDriver((sources) => {
    const add = (total: number, value: number): number | undefined => {
      return total + value > 0 ? total + value : undefined
    }
    const windows = sources.stream<number>('in').window(Window.tumbling(10)).groupByKey()
    windows.aggregate({ initial: 0, add }).to('out')
  })
  for (const value of [0, 1, -1]) driver.send('in', { key: 'k', value, timestamp: 1 })
  assert.deepEqual(
    driver.take('out').map(({ value }) => value),
    [1, undefined],
  )
})
