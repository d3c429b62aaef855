/** `cogroup`: several streams that add to one result; in the driver, and on a broker. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsOf, type StreamSources } from '../../src/streams/dsl/stream-source.ts'
import { StreamDriver, type SavedState } from '../../src/streams/stream-driver.ts'
import { TopologyDescription } from '../../src/streams/topology/describe.ts'
import { Window, type WindowDefinition } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

interface Click {
  readonly user: string
}

interface Sale {
  readonly buyer: string
  readonly price: number
}

const nothing = { clicks: 0, spent: 0 }

function profiles(sources: StreamSources) {
  const sales = sources.stream<Sale>('sales').groupBy(({ buyer }) => buyer)
  return sources
    .stream<Click>('clicks')
    .groupBy(({ user }) => user)
    .cogroup({
      initial: nothing,
      add: (sum) => ({ ...sum, clicks: sum.clicks + 1 }),
      merge: (one, other) => ({
        clicks: one.clicks + other.clicks,
        spent: one.spent + other.spent,
      }),
    })
    .cogroup(sales, (sum, { price }) => {
      // What is taken back for more than was spent leaves nobody.
      return sum.spent + price < 0 ? undefined : { ...sum, spent: sum.spent + price }
    })
}

/** Sends `c` (a click) and `s` (a sale for 10) at times; returns what is written, as text. */
function run(driver: StreamDriver, notation: string): string[] {
  return notation.split(' ').map((text) => {
    const timestamp = Number(text.slice(1))
    if (text[0] === 'c') driver.send('clicks', { key: 'x', value: { user: 'ann' }, timestamp })
    else {
      const price = text[0] === 's' ? 10 : -100
      driver.send('sales', { key: 'y', value: { buyer: 'ann', price }, timestamp })
    }
    return taken(driver)
  })
}

function taken(driver: StreamDriver): string {
  return driver
    .take('out')
    .map(({ key, value, timestamp }) => {
      const { clicks, spent } = (value ?? { clicks: '-', spent: '-' }) as typeof nothing
      const { start, end } = key as { start?: number; end?: number }
      return `${start === undefined ? '' : `[${start},${end}]`}${clicks}/${spent}@${timestamp}`
    })
    .join(' ')
}

function windowed(window: WindowDefinition): StreamDriver {
  return new StreamDriver((sources) => {
    profiles(sources).window(window).aggregate().to('out')
  })
}

for (const partitions of [1, 3]) {
  test(`cogroup adds to one row from all of its streams, over ${partitions} partitions`, () => {
    const driver = new StreamDriver((sources) => profiles(sources).aggregate().to('out'), {
      partitions,
    })
    assert.deepEqual(run(driver, 'c1 s2 c5 s3 t6 s7'), [
      '1/0@1',
      '1/10@2',
      '2/10@5',
      '2/20@5',
      '-/-@6',
      '0/10@7',
    ])
    assert.deepEqual(driver.drops, [])
  })
}

test('cogroup has a result for each window, of whichever kind', () => {
  assert.deepEqual(run(windowed(Window.tumbling(10)), 'c1 s2 c12'), [
    '[0,10]1/0@1',
    '[0,10]1/10@2',
    '[10,20]1/0@12',
  ])
  assert.deepEqual(run(windowed(Window.session(5, { grace: 10 })), 'c1 s10 c5'), [
    '[1,1]1/0@1',
    '[10,10]0/10@10',
    '[1,1]-/-@1 [10,10]-/-@10 [1,10]2/10@10',
  ])
  // The window that begins behind the click is of the sale alone, which came before.
  assert.deepEqual(run(windowed(Window.sliding(10, { grace: 20 })), 's20 c15'), [
    '[10,20]0/10@20',
    '[10,20]1/10@20 [5,15]1/0@15 [16,26]0/10@20',
  ])
})

test('cogroup goes on after a restart, also where windows slide', () => {
  for (const window of [Window.tumbling(10), Window.session(5), Window.sliding(5)]) {
    const entries: SavedState = new Map()
    const whole = windowed(window)
    for (const step of 'c1 s2 c5 s8 c11 s12 t13'.split(' ')) {
      const next = windowed(window)
      next.restore(entries)
      assert.deepEqual(run(next, step), run(whole, step), `${window.kind} ${step}`)
      next.save(entries)
    }
  }
})

test('what cogroup drops is shown as its stream had it', () => {
  const driver = new StreamDriver((sources) => {
    const clicks = sources.stream<Click>('clicks').groupBy(({ user }) => user)
    const sales = sources.stream<Sale>('sales').groupBy(({ buyer }) => buyer)
    const both = clicks.cogroup({ initial: 0, add: (count) => count + 1 })
    both
      .cogroup(sales, (count) => count + 1)
      .window(Window.tumbling(10))
      .aggregate({ name: 'both' })
      .to('out')
  })
  driver.send('clicks', { key: 'k', value: { user: null }, timestamp: 1 })
  driver.send('clicks', { key: 'k', value: { user: 'ann' }, timestamp: 20 })
  driver.send('sales', { key: 'k', value: { buyer: 'ann', price: 1 }, timestamp: 5 })
  assert.deepEqual(driver.drops, [
    { reason: 'no key', step: 'both', key: null, value: { user: null }, timestamp: 1 },
    {
      reason: 'late',
      step: 'both',
      key: 'ann',
      value: { buyer: 'ann', price: 1 },
      timestamp: 5,
      streamTime: 20,
      window: { start: 0, end: 10 },
    },
  ])
})

test('describe shows a cogroup with all of its streams', () => {
  const ends = endsOf((sources) => profiles(sources).aggregate({ ttl: '1d' }).to('out'))
  assert.deepEqual(String(new TopologyDescription(ends)).split('\n'), [
    'clicks: stream clicks',
    'clicks/groupBy: groupBy <- clicks',
    'sales: stream sales',
    'sales/groupBy: groupBy <- sales',
    'clicks/groupBy/cogroup: cogroup (isLimited: true, ttlMs: 86400000) ' +
      '<- clicks/groupBy, sales/groupBy',
    'clicks/groupBy/cogroup/to-out: to out <- clicks/groupBy/cogroup',
  ])
})

test('cogroup counts what comes from topics with other numbers of partitions', async (t) => {
  const kafka = new MockKafka()
  t.after(() => kafka.close())
  await kafka.admin.createTopic('clicks', { partitions: 3 })
  await kafka.admin.createTopic('sales', { partitions: 2 })
  const users = Array.from({ length: 20 }, (_, number) => `user-${number}`)
  await kafka.seed(
    'clicks',
    users.map((user) => ({ key: `c${user}`, value: { user } })),
  )
  await kafka.seed(
    'sales',
    users.map((buyer) => ({ key: `s${buyer}`, value: { buyer, price: 5 } })),
  )
  const run = kafka.streams('profiles', (sources) => profiles(sources).aggregate().to('out'))
  const rows = new Map<string, unknown>()
  for await (const { key, value } of kafka.consumer('out')) {
    rows.set(key!, value)
    const isWhole = [...rows.values()].every((row) => {
      const { clicks, spent } = row as typeof nothing
      return clicks === 1 && spent === 5
    })
    if (rows.size === users.length && isWhole) break
  }
  await run.close()
})
