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

interface Row {
  /** The key of a row that it names. */
  readonly of: string | null
  readonly n: number
}

const named: Record<string, (rows: Table<Row>) => Table<number>> = {
  itself: (rows) =>
    rows.join(rows, { on: ({ of }) => of, select: (one, other) => one.n * 100 + other.n }),
  'itself, or nothing': (rows) =>
    rows.leftJoin(rows, {
      on: ({ of }) => of,
      select: (one, other) => one.n * 100 + (other?.n ?? 0),
    }),
  'a sum of its rows': (rows) => {
    const sums = rows
      .groupBy(({ of }) => of)
      .aggregate({
        initial: 0,
        add: (sum, { n }) => sum + n,
        subtract: (sum, { n }) => sum - n,
      })
    return rows.join(sums, { on: ({ of }) => of, select: (one, sum) => one.n * 100 + sum })
  },
}

for (const [what, make] of Object.entries(named)) {
  test(`a table whose rows name rows of ${what} has one change for each, and the right one`, () => {
    // With several partitions they are joined by way of topics, and changes come one by one.
    const [driver, across] = [1, 3].map((partitions) => {
      const build = (sources: StreamSources): void => {
        const joined = make(sources.table<Row>('rows'))
        joined.to('joined')
        const sums = joined
          .groupBy(() => 'all')
          .aggregate({ initial: 0, add: (sum, n) => sum + n, subtract: (sum, n) => sum - n })
        sums.to('sums')
      }
      return new StreamDriver(build, { partitions })
    }) as [StreamDriver, StreamDriver]
    const [rows, expected] = [new Map<unknown, unknown>(), new Map<unknown, unknown>()]
    const names = ['x', 'y', 'z', null]
    for (let step = 0; step < 200; step++) {
      const key = names[step % 3]!
      const of = names[(step * 7 + (step >> 2)) % 4]!
      const value = step % 11 === 0 ? null : { of, n: step % 13 }
      for (const one of [driver, across]) one.send('rows', { key, value, timestamp: 1 })
      const changes = driver.take('joined')
      assert.equal(new Set(changes.map((change) => change.key)).size, changes.length)
      for (const { key: changed, value: n } of changes) rows.set(changed, n)
      for (const { key: changed, value: n } of across.take('joined')) expected.set(changed, n)
      for (const name of ['x', 'y', 'z']) assert.equal(rows.get(name), expected.get(name), name)
      const sum = [...rows.values()].reduce<number>((all, n) => all + ((n as number) ?? 0), 0)
      const last = driver.take('sums').at(-1)?.value
      if (changes.length > 0) assert.equal(last, sum, `step ${step}`)
    }
  })
}
