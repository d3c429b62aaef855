/** Steps of the DSL that have no case of Kafka Streams: what they do, and what they refuse. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MapAsyncOptions } from '../../src/streams/dsl/carried-options.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

interface Span {
  readonly from: number
  readonly to: number
}

/** Joins spans that overlap, which no equality says. */
function overlaps(maxScan: number | undefined, partitions = 1): StreamDriver {
  return new StreamDriver(
    (sources) => {
      const on = (one: Span, other: Span): boolean => one.from < other.to && other.from < one.to
      const options = maxScan === undefined ? { on } : { on, maxScan }
      sources
        .stream<Span>('left')
        .join(sources.stream<Span>('right'), { ...options, window: 10 })
        .map((one, other) => `${one.from}-${one.to} ${other.from}-${other.to}`)
        .to('out')
    },
    { partitions },
  )
}

test('a join by a test without an equality compares all, in whichever partitions they are', () => {
  for (const partitions of [1, 3]) {
    const driver = overlaps(100, partitions)
    const send = (topic: string, from: number, to: number, timestamp: number): void => {
      driver.send(topic, { key: `${from}`, value: { from, to }, timestamp })
    }
    send('left', 1, 5, 1)
    send('left', 6, 9, 2)
    send('right', 4, 7, 3)
    send('right', 9, 10, 4)
    send('right', 4, 5, 40)
    assert.deepEqual(
      driver.take('out').map(({ value }) => value),
      ['1-5 4-7', '6-9 4-7'],
    )
  }
})

test('such a join is refused without `maxScan`, and fails beyond it', () => {
  assert.throws(() => overlaps(undefined), {
    name: 'InvalidOptionError',
    message: /on.*a test with an equality of a property of each side.*or `maxScan`/,
  })
  const driver = overlaps(2)
  const value = { from: 1, to: 5 }
  for (const timestamp of [1, 2, 3]) driver.send('left', { key: 'k', value, timestamp })
  assert.throws(() => driver.send('right', { key: 'k', value, timestamp: 4 }), {
    name: 'ScanLimitError',
    message: /more than 2 others close enough in time \(maxScan\)/,
  })
})

test('sessions without a way to make two of them one are refused, before any grow together', () => {
  const build = (merge?: (one: number, other: number) => number) => {
    return new StreamDriver((sources) => {
      const sessions = sources.stream<number>('in').window(Window.session(5)).groupByKey()
      const add = (total: number, value: number): number => total + value
      if (merge) sessions.aggregate({ initial: 0, add, merge }).to('out')
      else sessions.reduce(0, add).to('out')
    })
  }
  assert.throws(() => build(), {
    name: 'InvalidOptionError',
    message: /merge.*what makes two sessions one, as in aggregate\(\{ initial, add, merge \}\)/,
  })
  assert.deepEqual(build((one, other) => one + other).drops, [])
})

test('a program that runs nothing is refused', async () => {
  await using kafka = new MockKafka()
  assert.throws(
    () => {
      kafka.streams('idle', (sources) => {
        sources.stream('in').groupByKey().count()
      })
    },
    { name: 'InvalidTopologyError', message: /no stream ends in `to`, `forEach` or `branch`/ },
  )
})

test('reduce of a table takes rows out of the groups that they leave', () => {
  const driver = new StreamDriver((sources) => {
    interface Account {
      readonly branch: string
      readonly cents: number
    }
    sources
      .table<Account>('accounts')
      .groupBy(({ branch }) => branch)
      .reduce(
        (total, { cents }) => ({ ...total, cents: total.cents + cents }),
        (total, { cents }) => {
          return total.cents === cents ? undefined : { ...total, cents: total.cents - cents }
        },
      )
      .to('out')
  })
  const send = (key: string, branch: string, cents: number): void => {
    driver.send('accounts', { key, value: { branch, cents }, timestamp: 1 })
  }
  send('a', 'north', 10)
  send('b', 'north', 5)
  send('a', 'south', 20)
  send('b', 'south', 5)
  assert.deepEqual(
    driver
      .take('out')
      .map(({ key, value }) => [key, (value as { cents: number } | undefined)?.cents]),
    [
      ['north', 10],
      ['north', 15],
      ['north', 5],
      ['south', 20],
      ['north', undefined],
      ['south', 25],
    ],
  )
})

/** Works on records 0 to 4, of which each fails `failures` times. */
async function worked(failures: number, options: MapAsyncOptions<number>): Promise<unknown[]> {
  const left = new Map<number, number>()
  const driver = new StreamDriver((sources) => {
    sources
      .stream<number>('in')
      .mapAsync(async (value) => {
        const more = left.get(value) ?? failures
        left.set(value, more - 1)
        if (more > 0) throw new Error(`not yet ${value}`)
        return value * 10
      }, options)
      .to('out')
  })
  for (const value of [0, 1, 2]) driver.send('in', { key: 'k', value, timestamp: value })
  await driver.settled()
  return driver.take('out').map(({ value }) => value)
}

test('mapAsync tries again what has failed, and keeps the order', async () => {
  const retry = { maxAttempts: 3, baseDelay: 1 } as const
  assert.deepEqual(await worked(2, { retry }), [0, 10, 20])
  await assert.rejects(worked(3, { retry }), /not yet/)
  await assert.rejects(worked(1, {}), { message: 'not yet 0' })
})

test('mapAsync gives up an attempt that takes too long', async () => {
  const driver = new StreamDriver((sources) => {
    const never = (): Promise<never> => new Promise(() => {})
    sources.stream('in').mapAsync(never, { timeout: 5 }).to('out')
  })
  driver.send('in', { key: 'k', value: 1, timestamp: 1 })
  await assert.rejects(driver.settled(), {
    name: 'TimeoutError',
    message: 'cannot work on a record: 5 ms have passed',
  })
  assert.throws(() => {
    return new StreamDriver((sources) => {
      const work = (value: unknown): Promise<unknown> => Promise.resolve(value)
      sources.stream('in').mapAsync(work, { concurrency: 0 }).to('out')
    })
  }, /concurrency/)
})

test('a record at which work fails in the end goes to deadLetter, and those behind it follow', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.seed('in', [1, 2, 3])
  const refuse = (value: number): Promise<number> => {
    return value === 2 ? Promise.reject(new Error(`no ${value}`)) : Promise.resolve(value)
  }
  const seen: number[] = []
  const run = kafka.streams(
    'failing',
    (sources) => {
      const numbers = sources.stream<number>('in')
      numbers.mapAsync(refuse, { ordered: 'partition' }).to('out')
      numbers.forEach(async (value) => seen.push(await refuse(value)))
    },
    { deadLetter: 'failed' },
  )
  const outputs = await kafka.consumer<number>('out').take(2).toArray()
  const letters = await kafka.consumer<number>('failed').take(2).toArray()
  assert.deepEqual(
    outputs.map(({ value }) => value),
    [1, 3],
  )
  assert.deepEqual(seen, [1, 3])
  for (const { value, headers } of letters) {
    assert.equal(value, 2)
    assert.equal(headers['error'], 'no 2')
    assert.equal(headers['original-offset'], '1')
  }
  assert.equal(run.metrics().skipped, 2)
  await run.close()
})

test('a record at which a step behind mapAsync fails goes to deadLetter, at once or later', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.seed('in', [1, 2, 3, 4, 5])
  const run = kafka.streams(
    'failing',
    (sources) => {
      const pass = (value: number): Promise<number> => Promise.resolve(value)
      const refuse = (refused: number) => (value: number) => {
        if (value === refused) throw new Error(`no ${refused}`)
        return value
      }
      const later = (refused: number) => async (value: number) => refuse(refused)(value)
      const passed = sources
        .stream<number>('in')
        .mapAsync(pass, { ordered: 'partition' })
        .map(refuse(2))
        .mapAsync(later(3), { ordered: 'partition' })
        .mapAsync(pass, { ordered: 'partition' })
        .map(refuse(4))
      passed.forEach(later(5))
      passed.to('out')
    },
    { deadLetter: 'failed' },
  )
  const outputs = await kafka.consumer<number>('out').take(2).toArray()
  assert.deepEqual(
    outputs.map(({ value }) => value),
    [1, 5],
  )
  const letters = await kafka.consumer<number>('failed').take(4).toArray()
  const found = letters.map(({ value, headers }) => [value, headers['error']] as const)
  assert.deepEqual(
    found.toSorted(([one], [other]) => one - other),
    [2, 3, 4, 5].map((value) => [value, `no ${value}`]),
  )
  for (const { value, headers } of letters) {
    assert.equal(headers['original-offset'], String(value - 1))
  }
  await run.close()
  await run.finished
})

test('a record that mapAsync works on for the third time arrives, in a run', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.seed('in', [1, 2, 3])
  let failures = 2
  const run = kafka
    .stream<number>('in')
    .mapAsync(
      (value) => {
        if (value === 2 && failures-- > 0) return Promise.reject(new Error('busy'))
        return Promise.resolve(value)
      },
      { retry: { maxAttempts: 5, baseDelay: 1 }, ordered: 'partition' },
    )
    .to('out')
  const records = await kafka.consumer<number>('out').take(3).toArray()
  assert.deepEqual(
    records.map(({ value }) => value),
    [1, 2, 3],
  )
  await run.close()
})
