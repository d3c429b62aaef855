/** What a result at which the program throws leaves behind, where its record is skipped. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver, type SavedState } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'

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

test('a record that comes when the result of another fails finds its partner', () => {
  const driver = new StreamDriver((sources) => {
    const [left, right] = ['left', 'right'].map((topic) => sources.stream<string>(topic))
    const pairs = left!.leftJoin(right!, { window: 10 }).pairs()
    pairs.map(([one, other]) => failFor('bad')(`${one} ${other}`, one)).to('out')
  })
  driver.send('left', { key: 'k', value: 'bad', timestamp: 1 })
  assert.throws(() => driver.send('left', { key: 'k', value: 'a', timestamp: 20 }))
  driver.send('right', { key: 'k', value: 'b', timestamp: 21 })
  assert.deepEqual(
    driver.take('out').map(({ value }) => value),
    ['a b'],
  )
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
