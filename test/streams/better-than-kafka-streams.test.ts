/** Where Kafka Streams is known to be wrong, and what comes of the same input here. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import {
  StreamDriver,
  type DrivenRecord,
  type SavedState,
} from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'

const minuteMs = 60_000

/** Sends `[topic, key, value, timestamp]`s; returns all that is written to `out`, as text. */
function outputs(
  build: (sources: StreamSources) => void,
  records: readonly (readonly [string, string, unknown, number])[],
): string[] {
  const driver = new StreamDriver(build)
  for (const [topic, key, value, timestamp] of records)
    driver.send(topic, { key, value, timestamp })
  return driver.take('out').map(textOf)
}

function textOf({ key, value, timestamp }: DrivenRecord): string {
  return `${JSON.stringify(key)}=${JSON.stringify(value ?? null)}@${timestamp}`
}

// Kafka Streams (emit strategy onWindowClose) never emits [0, 5) here: it looks for windows that
// close no further back than the window store keeps them.
test('a window that time jumps over has its final result', () => {
  const found = outputs(
    (sources) => {
      const windows = sources.stream('in').window(Window.tumbling('5m')).groupByKey()
      windows.count().final().to('out')
    },
    [1, 2, 20, 26].map((minute) => ['in', 'k', 'v', minute * minuteMs] as const),
  )
  const window = (start: number) => ({
    key: 'k',
    start: start * minuteMs,
    end: (start + 5) * minuteMs,
  })
  assert.deepEqual(found, [
    `${JSON.stringify(window(0))}=2@${2 * minuteMs}`,
    `${JSON.stringify(window(20))}=1@${20 * minuteMs}`,
  ])
})

// With suppress() Kafka Streams gives it as soon as time has come to its end, and again afterwards.
test('a sliding window, whose end is in it, is over once time has passed that', () => {
  const found = outputs(
    (sources) =>
      void sources.stream('in').window(Window.sliding(10)).groupByKey().count().final().to('out'),
    [5, 20, 20, 40].map((time) => ['in', 'k', 'v', time] as const),
  )
  assert.deepEqual(found, [
    '{"key":"k","start":0,"end":10}=1@5',
    '{"key":"k","start":10,"end":20}=2@20',
  ])
})

// Kafka Streams gives it again, with what has come at the very time at which it was over.
test('a session has one final result, which nothing that comes then changes', () => {
  const driver = new StreamDriver((sources) => {
    sources.stream('in').window(Window.session(5)).groupByKey().count().final().to('out')
  })
  for (const [key, timestamp] of [
    ['k', 0],
    ['other', 5],
    ['k', 0],
    ['other', 20],
  ] as const) {
    driver.send('in', { key, value: 'v', timestamp })
  }
  assert.deepEqual(driver.take('out').map(textOf), [
    '{"key":"k","start":0,"end":0}=1@0',
    '{"key":"other","start":5,"end":5}=1@5',
  ])
  assert.deepEqual(
    driver.drops.map(({ reason, key }) => [reason, key]),
    [['late', 'k']],
  )
})

// KAFKA-16123, KAFKA-19536: a record past the end of its partner's window, but within the grace,
// is given up as alone, and joined then.
test('nobody is both alone and joined, in whichever order records come', () => {
  const times = [0, 5, 11, 14, 21, 26]
  const orders = times.flatMap((first) => times.map((second) => [first, second] as const))
  for (const [left, right] of orders) {
    for (const last of [12, 17, 40]) {
      const found = outputs(
        (sources) => {
          const pairs = sources
            .stream<string>('L')
            .outerJoin(sources.stream<string>('R'), { window: 10, grace: 5 })
          pairs.map((l, r) => `${l ?? '-'}${r ?? '-'}`).to('out')
        },
        [
          ['L', 'k', 'a', left],
          ['L', 'other', 'x', last],
          ['R', 'k', 'b', right],
          ['R', 'other', 'y', 1000],
          ['L', 'other', 'z', 1000],
        ],
      ).join(' ')
      const isJoined = found.includes('"ab"')
      assert.ok(!(isJoined && /"a-"|"-b"/.test(found)), `${left} ${right} ${last}: ${found}`)
    }
  }
})

// F3 of Kafka Streams: the record is dropped, and the result of the row before stays.
test('a foreign key that becomes null takes the result back, and the next one makes a new one', () => {
  for (const partitions of [1, 3]) {
    const driver = new StreamDriver(
      (sources) => {
        const rows = sources.table<{ of: string | null; n: number }>('rows')
        const on = ({ of }: { of: string | null }) => of
        const select = ({ n }: { n: number }, name: string) => `${n} of ${name}`
        rows.join(sources.table<string>('names'), { on, select }).to('out')
      },
      { partitions },
    )
    const row = (of: string | null, timestamp: number): string[] => {
      driver.send('rows', { key: 'k', value: { of, n: timestamp }, timestamp })
      return driver.take('out').map(textOf)
    }
    driver.send('names', { key: 'a', value: 'Ann', timestamp: 1 })
    assert.deepEqual(row('a', 2), ['"k"="2 of Ann"@2'])
    assert.deepEqual(row(null, 3), ['"k"=null@3'])
    assert.deepEqual(row('a', 4), ['"k"="4 of Ann"@4'])
    driver.send('names', { key: 'a', value: 'Anna', timestamp: 5 })
    assert.deepEqual(driver.take('out').map(textOf), ['"k"="4 of Anna"@5'])
  }
})

// Kafka Streams counts it where windows are of time or sessions, and passes it to reducers.
test('a record without a value is not counted, in whatever windows', () => {
  for (const window of [Window.tumbling(10), Window.session(5), Window.sliding(5)]) {
    const found = outputs(
      (sources) => void sources.stream('in').window(window).groupByKey().count().to('out'),
      [['in', 'k', null, 1]],
    )
    assert.deepEqual(found, [])
  }
})

test('what a program leaves without a value is not counted, and finds no partner', () => {
  const driver = new StreamDriver((sources) => {
    const odd = sources.stream<number>('in').map((number) => (number % 2 ? number : null))
    const lasting = Window.tumbling(100)
    odd.groupByKey().count().to('counts')
    odd.groupByKey().count({ ttl: 100 }).to('limited')
    odd.window(lasting).groupByKey().count().to('windows')
    odd.outerJoin(sources.stream('other'), { window: 10 }).to('pairs')
    odd.leftJoin(sources.table('other')).to('rows')
    const both = odd.groupByKey().cogroup({ initial: 0, add: (count) => count + 1 })
    both
      .cogroup(sources.stream('other').groupByKey(), (count) => count)
      .aggregate()
      .to('both')
  })
  for (const value of [2, 3, 4]) driver.send('in', { key: 'k', value, timestamp: value })
  driver.advance(1000)
  for (const topic of ['counts', 'limited', 'windows', 'pairs', 'rows', 'both']) {
    assert.equal(driver.take(topic).filter(({ value }) => value !== undefined).length, 1, topic)
  }
  assert.equal(driver.drops.length, 12)
  assert.ok(driver.drops.every(({ reason }) => reason === 'no value'))
})

// Kafka Streams writes deletions of what never was, in joins of tables and where a reducer deletes.
test('what was not there is not deleted', () => {
  const join = outputs(
    (sources) => void sources.table<string>('L').join(sources.table<string>('R')).to('out'),
    [
      ['R', 'k', 'r', 1],
      ['L', 'k', null, 2],
      ['L', 'k', 'l', 3],
      ['R', 'k', null, 4],
      ['L', 'k', null, 5],
    ],
  )
  assert.deepEqual(join, ['"k"=["l","r"]@3', '"k"=null@4'])
  const aggregate = outputs(
    (sources) => {
      const groups = sources.stream<number>('in').groupByKey()
      const add = (total: number, value: number) => (value === 0 ? undefined : total + value)
      groups.aggregate({ initial: 0, add }).to('out')
    },
    [
      ['in', 'k', 0, 1],
      ['in', 'k', 5, 2],
      ['in', 'k', 0, 3],
      ['in', 'k', 0, 4],
    ],
  )
  assert.deepEqual(aggregate, ['"k"=5@2', '"k"=null@3'])
})

test('an aggregate that leaves nothing of a window deletes it, in whatever windows', () => {
  for (const window of [Window.tumbling(10), Window.session(5), Window.sliding(5)]) {
    const entries: SavedState = new Map()
    const begin = (): StreamDriver =>
      new StreamDriver((sources) => {
        const groups = sources.stream<number>('in').window(window).groupByKey()
        const totals = groups.aggregate({
          initial: 0,
          add: (total, value) => (value === 0 ? undefined : total + value),
          merge: (one, other) => one + other,
        })
        totals.to('out')
        totals.final().to('finals')
      })
    const whole = begin()
    const last: unknown[] = []
    for (const [value, timestamp] of [
      [1, 2],
      [2, 3],
      [0, 3],
      [7, 4],
    ] as const) {
      const driver = begin()
      driver.restore(entries)
      for (const one of [whole, driver]) one.send('in', { key: 'k', value, timestamp })
      const [found, expected] = [driver.take('out'), whole.take('out')]
      assert.deepEqual(found, expected, `${window.kind} ${value}`)
      last.push(found.at(-1)?.value)
      driver.save(entries)
    }
    // Of those that slide, the last is that which begins with the second record.
    const second = window.kind === 'sliding' ? 2 : 3
    assert.deepEqual(last, [1, second, undefined, 7], window.kind)
    whole.advance(100)
    assert.equal(whole.take('finals').at(-1)?.value, 7, window.kind)
  }
})

// Windows of Kafka Streams and ksqlDB close by records alone (ksqlDB 9007).
test('windows close when time goes on without records', () => {
  const driver = new StreamDriver((sources) => {
    sources.stream('in').window(Window.tumbling(10)).groupByKey().count().final().to('out')
  })
  driver.send('in', { key: 'k', value: 'v', timestamp: 3 })
  assert.deepEqual(driver.take('out'), [])
  driver.advance(10)
  assert.deepEqual(driver.take('out').map(textOf), ['{"key":"k","start":0,"end":10}=1@3'])
})
