/** A table that is joined with what is made of itself: a row changes once, on both sides. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Table } from '../../src/streams/dsl/table.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'

type Numbers = Table<number>

const derived: Record<string, (table: Numbers, sources: StreamSources) => Numbers> = {
  'a table and what is computed of it': (table) =>
    table.join(
      table.map((value) => value * 10),
      { select: (one, other) => one + other },
    ),
  'what is computed of a table, and that': (table) =>
    table.map((value) => value * 10).join(table, { select: (one, other) => one + other }),
  'a table and what is left of it': (table) =>
    table.leftJoin(
      table.filter((value) => value > 1),
      { select: (one, other) => one * 10 + (other ?? 0) },
    ),
  'a table and itself': (table) => table.join(table, { select: (one, other) => one + other }),
  'joins of joins': (table, sources) => {
    const both = table.join(sources.table<number>('b'), { select: (one, other) => one + other })
    const again = both.outerJoin(
      table.filter((value) => value !== 2),
      { select: (one = 0, other = 0) => one * 100 + other },
    )
    return again.join(both, { select: (one, other) => one * 1000 + other })
  },
  'a table and a count of it': (table) =>
    table.join(table.groupBy((_, key) => key).count({ name: 'counts' }), {
      select: (one, other) => one * 10 + other,
    }),
}

for (const [what, make] of Object.entries(derived)) {
  test(`${what} have one change for each of a row, from what was there to what is`, () => {
    const driver = new StreamDriver((sources) => {
      const joined = make(sources.table<number>('a'), sources)
      joined.to('rows')
      const sums = joined
        .groupBy(() => 'all')
        .aggregate({
          initial: { count: 0, sum: 0 },
          add: ({ count, sum }, value) => ({ count: count + 1, sum: sum + value }),
          subtract: ({ count, sum }, value) => ({ count: count - 1, sum: sum - value }),
        })
      sums.to('sums')
    })
    const rows = new Map<unknown, number>()
    const send = (topic: string, key: string, value: number | null): void => {
      driver.send(topic, { key, value, timestamp: 1 })
      const changes = driver.take('rows')
      assert.ok(changes.length <= 1, `${changes.length} changes`)
      for (const change of changes) {
        if (change.value === undefined) rows.delete(change.key)
        else rows.set(change.key, change.value as number)
      }
      const sum = [...rows.values()].reduce((all, value) => all + value, 0)
      const last = driver.take('sums').at(-1)?.value as { count: number; sum: number } | undefined
      if (last) assert.deepEqual(last, { count: rows.size, sum })
      else assert.equal(changes.length, 0)
    }
    for (const value of [1, 2, 3, null, 2, 2, 1]) {
      for (const key of ['x', 'y']) {
        send('a', key, value)
        if (what === 'joins of joins') send('b', key, value === 3 ? null : 5)
      }
    }
  })
}
