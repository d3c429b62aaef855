/** Programs that change the results that they are given, as many do in JavaScript. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
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
