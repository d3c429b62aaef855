/** Global tables: with the driver, and read from a broker of this process by two workers. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FailedRecord, RunOptions } from '../../src/streams/dsl/run-options.ts'
import type { StreamRun } from '../../src/streams/dsl/stream-queries.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

interface Order {
  readonly country: string | null
}

function build(sources: StreamSources): void {
  const countries = sources.globalTable<string>('countries')
  const orders = sources.stream<Order>('orders')
  const on = ({ country }: Order) => country
  orders
    .join(countries, { on })
    .map((_, name) => name)
    .to('inner')
  orders
    .leftJoin(countries, { on })
    .map((_, name) => name ?? 'unknown')
    .to('left')
}

test('a stream finds the rows of a global table by any key, whatever its partition', () => {
  const driver = new StreamDriver(build, { partitions: 4 })
  const order = (key: string, country: string | null): unknown[] => {
    driver.send('orders', { key, value: { country }, timestamp: 10 })
    return [...driver.take('inner'), ...driver.take('left')].map(({ value }) => value)
  }
  const country = (key: string, value: string | null) => {
    driver.send('countries', { key, value, timestamp: 99 })
  }
  country('fr', 'France')
  for (const key of ['a', 'b', 'c', 'd']) assert.deepEqual(order(key, 'fr'), ['France', 'France'])
  assert.deepEqual(order('e', 'de'), ['unknown'])
  assert.deepEqual(order('e', null), ['unknown'])
  assert.deepEqual(
    driver.drops.map(({ reason }) => reason),
    ['no match', 'no key'],
  )
  country('de', 'Germany')
  assert.deepEqual(driver.take('inner'), [], 'what changes in the table alone makes no result')
  assert.deepEqual(order('e', 'de'), ['Germany', 'Germany'])
  country('de', null)
  assert.deepEqual(order('e', 'de'), ['unknown'])
})

test('describe shows what is read as a whole', () => {
  let shown = ''
  const driver = new StreamDriver((sources) => {
    const countries = sources.globalTable<string>('countries')
    shown = String(
      sources
        .stream<Order>('orders')
        .join(countries, { on: () => 'fr' })
        .describe(),
    )
  })
  assert.deepEqual(driver.drops, [])
  assert.deepEqual(shown.split('\n'), [
    'orders: stream orders',
    'countries: globalTable countries',
    'orders/innerJoin: innerJoin (strategy: global table lookup) <- orders, countries',
  ])
})

test('workers read a global table to its end before they begin, and follow it then', async (t) => {
  const kafka = new MockKafka({ broker: { groups: { consumerHeartbeatIntervalMs: 50 } } })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('orders', { partitions: 2 })
  await kafka.admin.createTopic('countries', { partitions: 3 })
  const codes = Array.from({ length: 30 }, (_, number) => `c${number}`)
  await kafka.seed(
    'countries',
    codes.map((key) => ({ key, value: key.toUpperCase() })),
  )
  const order = (country: string) => ({ key: `order by ${country}`, value: { country } })
  await kafka.seed('orders', codes.map(order))
  const runs = [1, 2].map(() => kafka.streams('shop', build, { commitInterval: '20ms' }))
  const named = kafka.consumer<string>('inner')
  const first = await named.take(codes.length).toArray()
  assert.deepEqual(
    new Set(first.map(({ value }) => value)),
    new Set(codes.map((code) => code.toUpperCase())),
  )
  await kafka.seed('countries', [{ key: 'new', value: 'NEW' }])
  const found = kafka.consumer<string>('left', { offset: 'latest' })
  const next = found.filter(({ value }) => value === 'NEW').first()
  // The table is followed as fast as it can be, not in step with the orders.
  const timer = setInterval(() => void kafka.seed('orders', [order('new')]), 20)
  assert.equal((await next)?.value, 'NEW')
  clearInterval(timer)
  assert.throws(() => runs[0]!.store('countries'), { reason: 'no such store' })
  await Promise.all(runs.map((run) => run.close()))
})

test('close() while global tables are looked for leaves nothing that reads them', async (t) => {
  const answered: string[] = []
  let isLookedFor = (): void => {}
  const onRequest = ({ api }: { readonly api: string }): void => {
    // What the program remembers of its topology was written before.
    if (api === 'ListOffsets' && answered.includes('Produce')) isLookedFor()
    answered.push(api)
  }
  const kafka = new MockKafka({ instrumentation: { onRequest } })
  t.after(() => kafka.close())
  await kafka.seed('countries', [{ key: 'fr', value: 'France' }])
  await kafka.admin.createTopic('orders')
  answered.length = 0
  const closed = new Promise<void>((resolve) => {
    const run = kafka.streams('closing', build)
    isLookedFor = () => resolve(run.close())
  })
  await closed
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(answered.filter((api) => api === 'ListOffsets').length, 4, 'all were answered')
  assert.equal(answered.includes('Fetch'), false)
})

test('onError is asked of records of a global table that cannot be read', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.admin.createTopic('dead')
  const countries = ['France', 'bad', 'Spain'].map((value) => ({ key: value, value }))
  await kafka.seed('countries', countries)
  await kafka.seed('orders', ['France', 'bad', 'Spain'])
  const value = {
    serialize: JSON.stringify,
    deserialize(bytes: Uint8Array): string {
      const text = JSON.parse(new TextDecoder().decode(bytes)) as string
      if (text === 'bad') throw new Error('not this one')
      return text
    },
  }
  const begin = (options: RunOptions, seen: unknown[] = []): StreamRun =>
    kafka.streams(
      'shop',
      (sources) => {
        const known = sources.globalTable<string>('countries', { value })
        const found = sources.stream<string>('orders').leftJoin(known, { on: (name) => name })
        found.forEach((name, country) => seen.push([name, country]))
      },
      options,
    )
  await assert.rejects(begin({}).finished, /not this one/)
  const refusing = (): never => {
    throw new Error('not with me')
  }
  await assert.rejects(begin({ onError: refusing }).finished, /not with me/)
  const [seen, failed]: unknown[][] = [[], []]
  const onError = ({ topic, offset }: FailedRecord): 'skip' => {
    failed!.push(`${topic} ${offset}`)
    return 'skip'
  }
  const run = begin({ onError, deadLetter: 'dead' }, seen)
  await until(() => seen!.length === 3)
  await run.close()
  assert.deepEqual(seen, [
    ['France', 'France'],
    ['bad', undefined],
    ['Spain', 'Spain'],
  ])
  assert.deepEqual(failed, ['countries 1'])
  assert.deepEqual(await kafka.getMessages('dead'), [])
})

test('rows in partitions that a topic has gained are rows, too', async (t) => {
  const kafka = new MockKafka({ metadataMaxAge: 20 })
  t.after(() => kafka.close())
  await kafka.admin.createTopic('countries', { partitions: 1 })
  const found: (string | undefined)[] = []
  const run = kafka.streams('app', (sources) => {
    const countries = sources.globalTable<string>('countries')
    const on = ({ country }: Order) => country
    const named = sources.stream<Order>('orders').leftJoin(countries, { on })
    named.forEach((_, name) => void found.push(name))
  })
  await until(() => run.status === 'running')
  await kafka.admin.alterTopic('countries', { partitions: 2 })
  await kafka.seed('countries', [{ key: 'fr', value: 'France', partition: 1 }])
  const seen = (): boolean => found.includes('France')
  for (let count = 1; !seen(); count++) {
    await kafka.seed('orders', [{ country: 'fr' }])
    await until(() => found.length === count)
  }
  await run.close()
})
