/** What others see of a table that is computed from another one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import type { Table } from '../../src/streams/dsl/table.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'

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
