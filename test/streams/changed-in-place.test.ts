/** Programs that change the results that they are given, as many do in JavaScript. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { structured } from '../../src/streams/stores/structured.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'

interface Sum {
  n: number
}

const adding = {
  initial: { n: 0 },
  add: (sum: Sum, { n }: Sum): Sum => {
    sum.n += n
    return sum
  },
  merge: (sum: Sum, { n }: Sum): Sum => {
    sum.n += n
    return sum
  },
}

/** Returns what is written when a number comes at each of these times. */
function written(build: (sources: StreamSources) => void, times: readonly number[]): unknown[] {
  const driver = new StreamDriver(build)
  const values = times.flatMap((timestamp) => {
    driver.send('in', { key: 'k', value: { n: 1 }, timestamp })
    return driver.take('out').map(({ value }) => (value as Sum | undefined)?.n ?? value)
  })
  return values
}

test('a row that was changed in place is deleted where it passes a test no more', () => {
  const values = written(
    (sources) => {
      const sums = sources.stream<Sum>('in').groupByKey().aggregate(adding)
      sums.filter(({ n }) => n < 3).to('out')
    },
    [1, 2, 3, 4],
  )
  assert.deepEqual(values, [1, 2, undefined])
})

test('a row that was changed in place leaves its group', () => {
  const values = written(
    (sources) => {
      const sums = sources.stream<Sum>('in').groupByKey().aggregate(adding)
      const sizes = sums.groupBy(({ n }) => (n > 1 ? 'large' : 'small'))
      const total = sizes.aggregate({
        ...adding,
        subtract: (sum, { n }) => {
          sum.n -= n
          return sum
        },
      })
      total.map(({ n }) => ({ n })).to('out')
    },
    [1, 1, 1],
  )
  // It is 1, and small; then 2, and large, for which small is 0; then 3.
  assert.deepEqual(values, [1, 0, 2, 3])
})

for (const window of [Window.tumbling(10), Window.sliding(10), Window.session(10)]) {
  test(`a result of a window (${window.kind}) that was changed in place is taken back`, () => {
    const values = written(
      (sources) => {
        const sums = sources.stream<Sum>('in').window(window).groupByKey().aggregate(adding)
        sums.filter(({ n }) => n < 2).to('out')
      },
      [5, 5],
    )
    assert.deepEqual(values, [1, undefined])
  })
}

test('what was given on stays as it was, where somebody keeps it', async () => {
  const [seen, late]: [Sum[], number[]] = [[], []]
  const driver = new StreamDriver((sources) => {
    const sums = sources.stream<Sum>('in').groupByKey().aggregate(adding)
    const changes = sources.changes(sums).filter((sum) => sum !== null)
    const same = changes.peek(() => {}).filter(() => true)
    same
      .toTable()
      .filter(({ n }) => n < 2)
      .to('small')
    same.forEach((sum) => void seen.push(sum))
    same
      .mapAsync(async (sum) => sum, { concurrency: 1 })
      .forEach(({ n }) => {
        late.push(n)
      })
    same
      .join(sources.stream('other'), { window: 10 })
      .pairs()
      .map(([{ n }]) => n)
      .to('pairs')
  })
  for (const timestamp of [1, 2, 3]) driver.send('in', { key: 'k', value: { n: 1 }, timestamp })
  driver.send('other', { key: 'k', value: 1, timestamp: 4 })
  await driver.settled()
  const values = (topic: string): unknown[] => driver.take(topic).map(({ value }) => value)
  assert.deepEqual(values('small'), [{ n: 1 }, undefined])
  assert.deepEqual(seen, [{ n: 1 }, { n: 2 }, { n: 3 }])
  assert.deepEqual(late, [1, 2, 3])
  assert.deepEqual(values('pairs'), [1, 2, 3])
})

test('take() returns what was written as it was then', () => {
  const driver = new StreamDriver((sources) => {
    sources.stream<Sum>('in').groupByKey().aggregate(adding).to('out')
  })
  for (const timestamp of [1, 2]) driver.send('in', { key: 'k', value: { n: 1 }, timestamp })
  assert.deepEqual(
    driver.take('out').map(({ value }) => value),
    [{ n: 1 }, { n: 2 }],
  )
})

test('a first value that is changed in place is that of one window', () => {
  const values = written(
    (sources) => {
      const windows = sources.stream<Sum>('in').window(Window.hopping(10, 5)).groupByKey()
      windows
        .reduce(adding.add)
        .map(({ n }) => ({ n }))
        .to('out')
    },
    [6, 7],
  )
  assert.deepEqual(values, [1, 1, 2, 2])
})

for (const window of [Window.hopping(10, 5), Window.sliding(5)]) {
  test(`so is one that an aggregate begins with, where windows overlap (${window.kind})`, () => {
    const add = (sum: Sum | null, value: Sum): Sum => (sum ? adding.add(sum, value) : value)
    const sums = written(
      (sources) => {
        const windows = sources.stream<Sum>('in').window(window).groupByKey()
        windows.aggregate<Sum | null>({ initial: null, add }).to('out')
      },
      [6, 7, 9],
    )
    const counts = written(
      (sources) => void sources.stream('in').window(window).groupByKey().count().to('out'),
      [6, 7, 9],
    )
    assert.deepEqual(sums, counts)
    const gathered = written(
      (sources) => {
        const groups = sources.stream<Sum>('in').groupByKey()
        const both = groups.cogroup<Sum | null>({ initial: null, add })
        both
          .cogroup(sources.stream<Sum>('other').groupByKey(), add)
          .window(window)
          .aggregate()
          .to('out')
      },
      [6, 7, 9],
    )
    assert.deepEqual(gathered, counts)
  })
}

test('so is one of which JSON would lose something', () => {
  const at = new Date(0)
  const values = written(
    (sources) => {
      const dated = sources
        .stream<Sum>('in')
        .map(({ n }): Sum => Object.assign({ n }, { at }), { value: structured<Sum>() })
      dated.window(Window.hopping(10, 5)).groupByKey().reduce(adding.add).to('out')
    },
    [6, 7],
  )
  assert.deepEqual(values, [1, 1, 2, 2])
})
