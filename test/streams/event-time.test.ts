/** `timestamp` of a source: what is read happened when the program says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { InvalidTopologyError } from '../../src/streams/topology/invalid-topology-error.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { MockKafka as PageKafka } from '../../src/testing/mock-kafka-web.ts'

interface Reading {
  readonly sensor: string
  readonly at: string
}

const hour = 3_600_000
const at = (hours: number): string => new Date(hours * hour).toISOString()
const measured = ({ at }: Reading): Date => new Date(at)

test('windows, lateness and results go by what the program says', () => {
  const driver = new StreamDriver((sources) => {
    const byHour = sources
      .stream<Reading>('readings', { timestamp: measured })
      .groupBy(({ sensor }) => sensor)
      .window(Window.tumbling('1h'))
      .count()
    sources.results(byHour).to('counts')
  })
  for (const hours of [1.5, 1.7, 3.1, 1.9]) {
    // They all arrive at the same time.
    const value = { sensor: 'a', at: at(hours) }
    driver.send('readings', { key: 'k', value, timestamp: 99 * hour })
  }
  assert.deepEqual(
    driver.take('counts').map(({ value, timestamp }) => {
      const { value: count, start } = value as { value: number; start: number }
      return [count, start / hour, timestamp / hour]
    }),
    [
      [1, 1, 1.5],
      [2, 1, 1.7],
      [1, 3, 3.1],
    ],
  )
  assert.deepEqual(
    driver.drops.map(({ reason, timestamp }) => [reason, timestamp / hour]),
    [['late', 1.9]],
  )
})

test('key and time of the record are there to go by; without a value its own time counts', () => {
  const driver = new StreamDriver((sources) => {
    const rows = sources.table<number>('rows', {
      timestamp: (value, key, timestamp) => value + key.length + timestamp,
    })
    sources.changes(rows).to('changes')
  })
  driver.send('rows', { key: 'four', value: 10, timestamp: 100 })
  driver.send('rows', { key: 'four', value: null, timestamp: 200 })
  const times = driver.take('changes').map(({ timestamp }) => timestamp)
  assert.deepEqual(times, [114, 200])
})

test('what happened first is processed first, whatever was stored first', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const prices = [1, 3].map((hours) => ({ sensor: 'a', at: at(hours), price: hours * 10 }))
  const sales = [2, 4].map((hours) => ({ sensor: 'a', at: at(hours) }))
  const send = async (topic: string, values: readonly Reading[], timestamp: number) => {
    const messages = values.map((value) => ({ key: 'a', value, timestamp }))
    await kafka.producer<Reading>(topic).sendBatch(messages)
  }
  // By the times of the records every sale comes before any price.
  await send('sales', sales, 1)
  await send('prices', prices, 2)
  const table = kafka.table<Reading & { price: number }>('prices', { timestamp: measured })
  const found: number[] = []
  const sold = kafka.stream<Reading>('sales', { timestamp: measured }).join(table)
  for await (const [, { price }] of sold) {
    found.push(price)
    if (found.length === sales.length) break
  }
  assert.deepEqual(found, [10, 30])
})

test('what is no time fails the record, and that one alone', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  const readings = ['never', at(1), at(-1), at(2)].map((at) => ({ sensor: 'a', at }))
  await kafka.seed('readings', readings)
  const failed: string[] = []
  const run = kafka.stream<Reading>('readings', { timestamp: measured }).to('out', {
    onError: ({ offset, error }) => {
      failed.push(`${offset}: ${error.message}`)
      return 'skip'
    },
  })
  const out = await kafka.consumer<Reading>('out').take(2).toArray()
  assert.deepEqual(
    out.map(({ timestamp }) => timestamp.getTime()),
    [hour, 2 * hour],
  )
  await run.close()
  assert.equal(failed.length, 2)
  assert.match(failed[0]!, /^0: `timestamp` gave Invalid Date: it has to be a date/)
  assert.match(failed[1]!, /^2: `timestamp` gave .*1969/)
})

for (const timestamp of [-1, -5000, 1.7e18]) {
  test(`a record of ${timestamp} is in no window, and nobody's partner`, () => {
    const driver = new StreamDriver((sources) => {
      const numbers = sources.stream<number>('numbers')
      const windows = [
        Window.tumbling(1000),
        Window.hopping(1000, 100),
        Window.sliding(1000),
        Window.session(1000),
      ]
      for (const window of windows) numbers.window(window).groupByKey().count().to('out')
      numbers.outerJoin(sources.stream('others'), { window: 1000 }).pairs().to('out')
      numbers.groupByKey().count().to('all')
    })
    driver.send('numbers', { key: 'k', value: 1, timestamp })
    driver.send('others', { key: 'k', value: 1, timestamp })
    assert.deepEqual(driver.take('out'), [])
    assert.deepEqual(
      driver.drops.map(({ reason }) => reason),
      Array.from({ length: 6 }, () => 'no time'),
    )
    assert.equal(driver.take('all').length, 1)
  })
}

test('a topic that is read twice happened once', () => {
  const build =
    (one: typeof measured, other: typeof measured) =>
    (sources: Parameters<ConstructorParameters<typeof StreamDriver>[0]>[0]): void => {
      const table = sources.table<Reading>('readings', { timestamp: other })
      sources.stream<Reading>('readings', { timestamp: one }).join(table).to('out')
    }
  const refused = (error: Error): boolean =>
    error instanceof InvalidTopologyError && error.message.includes('`timestamp`')
  assert.throws(() => new StreamDriver(build(measured, ({ at }) => new Date(at))), refused)
  assert.deepEqual(new StreamDriver(build(measured, measured)).drops, [])
})

test('what is still being decompressed, as on pages, is waited for where it may be older', async (t) => {
  const kafka = new PageKafka()
  t.after(() => kafka.close())
  for (const topic of ['a', 'b']) await kafka.admin.createTopic(topic, { partitions: 1 })
  const row = 'b'.repeat(1000)
  const rows = kafka.producer<string>('b', { compression: 'gzip' })
  await rows.send(row, { key: 'k', timestamp: new Date(1) })
  await kafka.producer<string>('a').send('a', { key: 'k', timestamp: new Date(2) })
  const seen = Promise.withResolvers<unknown>()
  const run = kafka.streams('app', (sources) => {
    const pairs = sources.stream<string>('a').leftJoin(sources.table<string>('b')).pairs()
    pairs.forEach((pair) => seen.resolve(pair))
  })
  assert.deepEqual(await seen.promise, ['a', row])
  await run.close()
})

test('a record from a time that no clock shows makes no other late', () => {
  const driver = new StreamDriver((sources) => {
    sources.stream('in').groupByKey().count({ ttl: 1000 }).to('counts')
    sources.table('in', { history: 1000 }).to('rows')
  })
  const nanoseconds = 1_700_000_000_000_000_000
  for (const [key, timestamp] of [
    ['a', 1],
    ['b', nanoseconds],
    ['a', 2],
    ['c', 3],
  ] as const) {
    driver.send('in', { key, value: 1, timestamp })
  }
  for (const topic of ['counts', 'rows']) {
    const keys = driver.take(topic).map(({ key, value }) => value !== undefined && key)
    assert.deepEqual(keys, ['a', 'b', 'a', 'c'], topic)
  }
})

test('a record from a time that no clock shows is held no longer than others', () => {
  const driver = new StreamDriver((sources) => {
    sources
      .stream('in')
      .groupByKey()
      .count({ emit: { every: 1000 } })
      .to('counts')
    const rows = sources.table('rows', { history: 60_000 })
    sources.stream('in').join(rows, { grace: 1000 }).pairs().to('joined')
  })
  driver.send('rows', { key: 'a', value: 1, timestamp: 0 })
  driver.send('in', { key: 'a', value: 0, timestamp: 1_700_000_000_000_000_000 })
  for (const timestamp of [1, 2000, 4000, 6000]) {
    driver.send('in', { key: 'a', value: timestamp, timestamp })
    driver.send('in', { key: 'b', value: timestamp, timestamp })
  }
  const counts = driver.take('counts').filter(({ key }) => key === 'a')
  assert.equal(counts.at(-1)?.value, 5)
  assert.deepEqual(
    driver.take('joined').map(({ value }) => (value as readonly unknown[])[0]),
    [0, 1, 2000, 4000],
  )
})

test('what is decompressed for another task holds up none', async (t) => {
  const kafka = new PageKafka()
  t.after(() => kafka.close())
  const topics = ['a', 'b', 'others']
  for (const topic of topics) await kafka.admin.createTopic(topic, { partitions: 1 })
  const [a, b, others] = topics.map((topic) =>
    kafka.producer<string>(topic, { compression: 'gzip' }),
  )
  const value = 'b'.repeat(1000)
  for (let batch = 0; batch < 50; batch++) await others!.send(value, { key: 'k' })
  await b!.send(value, { key: 'k', timestamp: new Date(1) })
  await a!.send(value, { key: 'k', timestamp: new Date(2) })
  const seen = Promise.withResolvers<number>()
  let count = 0
  const run = kafka.streams('app', (sources) => {
    const pairs = sources.stream<string>('a').leftJoin(sources.table<string>('b')).pairs()
    pairs.forEach(() => seen.resolve(count))
    const counts = sources.stream<string>('others').groupByKey().count()
    sources.changes(counts).forEach(() => void count++)
  })
  const before = await seen.promise
  assert.ok(before < 25, `${before} of 50 others came first`)
  await run.close()
})
