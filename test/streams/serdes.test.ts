/**
 * Keys and values that JSON does not give back, on all their ways: through topics of the
 * application, and over restarts.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Serde } from '../../src/client/record/serde.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { structured } from '../../src/streams/stores/structured.ts'
import { StreamDriver, type SavedState } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

/** JSON has no `bigint`, and gives back no methods. */
class Money {
  readonly cents: bigint

  constructor(cents: bigint) {
    this.cents = cents
  }

  plus({ cents }: Money): Money {
    return new Money(this.cents + cents)
  }

  minus({ cents }: Money): Money {
    return new Money(this.cents - cents)
  }
}

const moneyBytes: Serde<Money> = {
  serialize: ({ cents }) => new Uint8Array(BigInt64Array.of(cents).buffer),
  deserialize: (bytes) => new Money(new DataView(bytes.slice().buffer).getBigInt64(0, true)),
}
const days: Serde<Date> = {
  serialize: (day) => day.toISOString(),
  deserialize: (bytes) => new Date(new TextDecoder().decode(bytes)),
}
const serdes = { key: days, value: moneyBytes }

const none = new Money(0n)
const isLarge = ({ cents }: Money): boolean => cents >= 100n
const later = (_: unknown, day: Date): Date => new Date(day.getTime() + 1)

/** One program for each step that remembers something, or lets records go through a topic. */
const programs: Readonly<Record<string, (sources: StreamSources) => void>> = {
  table: (sources) => {
    const rows = sources.table('in', serdes)
    rows.filter(isLarge).suppress(5).to('out')
  },
  'a table with its history': (sources) => {
    const rows = sources.table('in', { ...serdes, history: 50 })
    sources.stream('in', serdes).join(rows, { grace: 2 }).map(sum).to('out')
  },
  reduce: (sources) => {
    const groups = sources.stream('in', serdes).groupBy(later, { key: days })
    groups.reduce((total, one) => total.plus(one)).to('out')
  },
  'an aggregate with limits': (sources) => {
    sources
      .stream('in', serdes)
      .map(({ cents }) => `${cents}`)
      .repartition({ partitions: 2 })
      .groupByKey()
      .aggregate({
        initial: () => none,
        add: (total, text) => total.plus(new Money(BigInt(text))),
        ttl: 1000,
        value: moneyBytes,
      })
      .to('out')
  },
  'windows of time': (sources) => {
    const groups = sources.stream('in', serdes).selectKey(later, { key: days }).groupByKey()
    sources
      .results(groups.window(Window.tumbling(7)).reduce((total, one) => total.plus(one)))
      .map(({ value }) => value ?? none, { value: moneyBytes })
      .to('out')
  },
  sessions: (sources) => {
    const windows = sources.stream('in', serdes).groupByKey().window(Window.session(3))
    const totals = windows.aggregate({
      initial: () => none,
      add: (total, one) => total.plus(one),
      merge: (one, other) => one.plus(other),
      value: moneyBytes,
    })
    totals.map(({ cents }) => String(cents)).to('out')
  },
  'windows that slide': (sources) => {
    const windows = sources.stream('in', serdes).window(Window.sliding(9)).groupByKey()
    const totals = windows.reduce((total, one) => total.plus(one))
    totals.map(({ cents }) => String(cents)).to('out')
  },
  cogroup: (sources) => {
    const other = sources.stream('other', serdes).groupByKey()
    const both = sources
      .stream('in', serdes)
      .groupByKey()
      .cogroup({ initial: () => none, add: (total, one) => total.plus(one) })
      .cogroup(other, (total, one) => total.minus(one))
    both
      .window(Window.sliding(9))
      .aggregate({ value: moneyBytes })
      .map(({ cents }) => String(cents))
      .to('out')
    both.aggregate({ value: moneyBytes }).to('out')
  },
  'a join of streams': (sources) => {
    const other = sources.stream('other', serdes)
    sources
      .stream('in', serdes)
      .outerJoin(other, {
        on: { left: ({ cents }) => Number(cents % 3n), right: ({ cents }) => Number(cents % 3n) },
        window: 5,
      })
      .map((left, right) => String(left?.cents) + String(right?.cents))
      .to('out')
  },
  'a look-up by another key': (sources) => {
    const rows = sources.table('other', serdes)
    sources.stream('in', serdes).join(rows, { on: later }).map(sum).to('out')
  },
  'a join of tables': (sources) => {
    const rows = sources.table('in', serdes)
    const other = sources.table('other', serdes)
    rows
      .outerJoin(other, { select: (a, b) => (a ?? none).plus(b ?? none), value: moneyBytes })
      .suppress(2)
      .to('out')
  },
  'a join by a foreign key': (sources) => {
    const rows = sources.table('in', serdes)
    const other = sources.table('other', serdes)
    rows
      .leftJoin(other, { on: later, select: (a, b) => a.plus(b ?? none), value: moneyBytes })
      .to('out')
  },
  'groups of a table': (sources) => {
    const groups = sources.table('in', serdes).groupBy(later, { key: days })
    groups
      .aggregate({
        initial: () => none,
        add: (total, one) => total.plus(one),
        subtract: (total, one) => total.minus(one),
        value: moneyBytes,
      })
      .to('out')
  },
}

function sum(left: Money, right: Money): string {
  return String(left.plus(right).cents)
}

/** Sends some records; returns all that comes of each. */
function results(name: string, partitions: number, isRestarted: boolean): unknown[][] {
  const entries: SavedState = new Map()
  const begin = (): StreamDriver => new StreamDriver(programs[name]!, { partitions })
  let driver = begin()
  return Array.from({ length: 40 }, (_, number) => {
    if (isRestarted) {
      driver = begin()
      driver.restore(entries)
    }
    const topic = number % 3 === 0 ? 'other' : 'in'
    const record = { key: new Date(number % 4), value: new Money(BigInt(number * 10)) }
    const isRead = name.includes('join') || /look-up|cogroup/.test(name) || topic === 'in'
    if (isRead) driver.send(topic, { ...record, timestamp: number * 2 })
    if (isRestarted) driver.save(entries)
    return driver.take('out').map(({ key, value, timestamp }) => [key, value, timestamp])
  })
}

const isTimeless = new Set([
  'reduce',
  'a look-up by another key',
  'a join by a foreign key',
  'groups of a table',
])

/** Returns the last result of each key. */
function newest(found: readonly unknown[][]): [string, unknown][] {
  const rows = new Map<string, unknown>()
  for (const [key, value] of found.flat() as [Date, unknown][]) rows.set(key.toISOString(), value)
  return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1))
}

for (const name of Object.keys(programs)) {
  test(`${name}: keys and values are what they were, also in three places and after restarts`, () => {
    const whole = results(name, 1, false)
    assert.ok(whole.flat().length > 5)
    for (const partitions of [1, 3]) {
      const found = results(name, partitions, false)
      assert.deepEqual(results(name, partitions, true), found, `${partitions} partitions`)
      // Where time goes on in each partition alone, windows do not close at the same time.
      if (isTimeless.has(name)) assert.deepEqual(newest(found), newest(whole))
    }
  })
}

test('who is not there is undefined in pairs, also behind a topic, and after a restart', () => {
  const build = (sources: StreamSources): void => {
    const rows = sources.table<string>('in')
    const others = sources.table<string>('other')
    const log = (all: string[], both: readonly (string | undefined)[]): string[] => [
      ...all,
      both.map((one) => one ?? 'undefined').join('+'),
    ]
    const pairs = sources.stream<string>('in').leftJoin(others).pairs()
    pairs
      .selectKey(([value]) => value)
      .groupByKey()
      .reduce([] as string[], log)
      .to('moved')
    sources
      .changes(rows.leftJoin(others, { on: (value) => value }).suppress(5))
      .map((both) => log([], both ?? []))
      .to('held')
  }
  for (const partitions of [1, 3]) {
    const entries: SavedState = new Map()
    const found: unknown[] = []
    for (const [key, timestamp] of [
      ['a', 1],
      ['b', 10],
      ['c', 20],
    ] as const) {
      const driver = new StreamDriver(build, { partitions })
      driver.restore(entries)
      driver.send('in', { key, value: key, timestamp })
      driver.advance(timestamp + 5)
      found.push(...driver.take('moved'), ...driver.take('held'))
      driver.save(entries)
    }
    const texts = found.map((record) => (record as { value: string[] }).value[0])
    assert.deepEqual(
      texts,
      ['a', 'a', 'b', 'b', 'c', 'c'].map((key) => `${key}+undefined`),
    )
  }
})

test('dates that a schema makes are dates in other tasks, and after a restart', () => {
  const visit = z.object({
    user: z.string(),
    at: z.coerce.date(),
    note: z.string().transform(Number),
  })
  const build = (sources: StreamSources): void => {
    const visits = sources.table('visits', { value: visit })
    visits
      .groupBy(({ user }) => user)
      .aggregate({
        initial: 0,
        add: (sum, { at, note }) => sum + at.getTime() + note,
        subtract: (sum, { at, note }) => sum - at.getTime() - note,
      })
      .to('out')
    visits.to('copies')
  }
  const entries: SavedState = new Map()
  const found: unknown[] = []
  for (const time of [10, 20, 30]) {
    const driver = new StreamDriver(build, { partitions: 3 })
    driver.restore(entries)
    const value = { user: `user-${time}`, at: new Date(time), note: 1 }
    driver.send('visits', { key: 'k', value, timestamp: time })
    found.push(...driver.take('out').map((record) => [record.key, record.value]))
    driver.save(entries)
  }
  // What is taken out again is what was added before the restart.
  assert.deepEqual(found, [
    ['user-10', 11],
    ['user-10', 0],
    ['user-20', 21],
    ['user-20', 0],
    ['user-30', 31],
  ])
})

test('a record without a key waits for its table, also over a restart', () => {
  const entries: SavedState = new Map()
  const begin = (): StreamDriver => {
    const driver = new StreamDriver((sources) => {
      const rows = sources.table('rows', { history: 100 })
      const nameless = sources.stream('in').selectKey((): string | undefined => undefined)
      nameless.leftJoin(rows, { grace: 5 }).to('out')
    })
    driver.restore(entries)
    return driver
  }
  const driver = begin()
  driver.send('in', { key: 'k', value: 1, timestamp: 1 })
  driver.save(entries)
  const next = begin()
  next.advance(10)
  assert.deepEqual(next.take('out'), [{ key: null, value: [1, undefined], timestamp: 1 }])
})

test('what JSON would lose is refused, with what to say', () => {
  const driver = new StreamDriver(
    (sources) => {
      const lengths = sources.stream('in', serdes).map(() => new Set([1]))
      lengths
        .selectKey(() => 'all')
        .groupByKey()
        .count()
        .to('out')
    },
    { partitions: 3 },
  )
  const record = { key: new Date(1), value: none, timestamp: 1 }
  assert.throws(() => driver.send('in', record), {
    message:
      "'in/map/selectKey/moved' has an object of the class Set in its value, which JSON does not " +
      'give back: say `value: structured()`, or another serde, at the step that makes it',
  })
  const counting = new StreamDriver((sources) => {
    const groups = sources.stream('in', serdes).groupByKey()
    groups.aggregate({ initial: 0n, add: (sum, { cents }) => sum + cents }).to('out')
  })
  counting.send('in', record)
  assert.throws(() => counting.save(new Map()), /'in\/aggregate' has a bigint in its value/)
  const initial = none
  assert.throws(
    () =>
      new StreamDriver((sources) => {
        const groups = sources.stream('in', serdes).groupByKey()
        groups.aggregate({ initial, add: (total, one) => total.plus(one) }).to('out')
      }),
    /initial.*a function that makes it, where it is an object of a class/,
  )
})

test('what is written has the serdes that it was read with, as long as it is that', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.admin.createTopic('in', { partitions: 2 })
  await kafka.producer('in', { value: 'bytes' }).send(Uint8Array.of(1, 2), { key: 'k' })
  const run = kafka.streams('copy', (sources) => {
    const records = sources.stream<Uint8Array>('in', { value: 'bytes' })
    records.filter((data) => data.length > 1).to('copies')
    records
      .selectKey((data) => data[0], { key: 'json' })
      .repartition()
      .to('moved')
    records.map((data) => data.length).to('lengths')
    records.toTable().to('rows')
  })
  const first = async (topic: string) => {
    const record = await kafka.consumer(topic, { value: 'bytes' }).first()
    return [record!.key, [...(record!.value as Uint8Array)]]
  }
  assert.deepEqual(await first('copies'), ['k', [1, 2]])
  assert.deepEqual(await first('moved'), ['1', [1, 2]])
  assert.deepEqual(await first('lengths'), ['k', [...new TextEncoder().encode('2')]])
  assert.deepEqual(await first('rows'), ['k', [1, 2]])
  await run.close()
  const again = kafka.streams(
    'copy',
    (sources) => {
      const rows = sources.stream<Uint8Array>('in', { value: 'bytes' }).toTable()
      rows.to('rows')
    },
    { onTopologyChange: 'accept' },
  )
  await again.started
  const rows = again.store<Uint8Array>('in/toTable')
  const there = () => {
    try {
      return rows.get('k')
    } catch {
      return undefined
    }
  }
  while (!there()) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(there(), Uint8Array.of(1, 2))
  await again.close()
})

test('keys that structured() writes are told from each other', () => {
  const keys = [1n, 2n, new Map([['a', 1]]), new Map([['a', 2]]), new Set(['a']), new Set(['b'])]
  const build = (sources: StreamSources): void => {
    const key = structured<(typeof keys)[number]>()
    sources
      .stream<number>('in')
      .groupBy((number) => keys[number]!, { key })
      .count()
      .to('out')
  }
  for (const partitions of [1, 3]) {
    const saved: SavedState = new Map()
    for (const count of [1, 2]) {
      const driver = new StreamDriver(build, { partitions })
      driver.restore(saved)
      keys.forEach((_, number) => driver.send('in', { key: 'k', value: number, timestamp: 1 }))
      const counts = driver.take('out').map(({ value }) => value)
      assert.deepEqual(counts, Array(keys.length).fill(count))
      driver.save(saved)
    }
  }
})
