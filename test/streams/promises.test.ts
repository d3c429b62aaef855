import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test } from 'node:test'
import { StreamDriver } from '../../src/streams/stream-driver.ts'
import type { StreamSources } from '../../src/streams/dsl/stream-source.ts'
import type { WindowedTable } from '../../src/streams/dsl/windowed-table.ts'
import { Window } from '../../src/streams/window.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'

interface Order {
  readonly id: number
  readonly amount: number
}

/** Twenty operators between two topics: stateless ones, a join with a table, and a windowed count. */
function build(sources: StreamSources): WindowedTable<number> {
  let orders = sources.stream<Order>('orders')
  for (let step = 0; step < 8; step++) {
    orders = orders
      .filter(({ amount }) => amount >= 0, { name: `keep-${step}` })
      .map(({ id, amount }) => ({ id, amount: amount + 1 }), { name: `add-${step}` })
  }
  const counts = orders
    .join(sources.table<{ name: string }>('customers'))
    .map((order) => order)
    .groupByKey()
    .window(Window.tumbling('1s'))
    .count()
  counts.to('counts')
  return counts
}

/** Counts the promises that are made until `stop` is called. */
function countPromises() {
  let count = 0
  const hook = createHook({ init: (_, type) => void (type === 'PROMISE' && count++) })
  hook.enable()
  return {
    stop: (): number => {
      hook.disable()
      return count
    },
  }
}

test('a task makes no promise for a record, whatever operators it goes through', () => {
  const driver = new StreamDriver((sources) => void build(sources))
  driver.send('customers', { key: 'a', value: { name: 'A' }, timestamp: 0 })
  const promises = countPromises()
  for (let id = 0; id < 1_000; id++) {
    driver.send('orders', { key: 'a', value: { id, amount: 1 }, timestamp: id * 10 })
  }
  assert.equal(promises.stop(), 0)
  assert.equal(driver.take('counts').length, 1_000)
})

/** Returns how many promises are made while so many records are processed, in all of the process. */
async function promisesFor(count: number): Promise<number> {
  await using kafka = new MockKafka()
  for (const topic of ['orders', 'customers', 'counts']) await kafka.admin.createTopic(topic)
  const records = Array.from({ length: count }, (_, id) => ({
    value: { id, amount: 1 },
    key: 'a',
  }))
  await kafka.producer('customers').send({ name: 'A' }, { key: 'a' })
  await kafka.producer('orders').sendBatch(records)
  const all = Promise.withResolvers<void>()
  let seen = 0
  const promises = countPromises()
  const run = kafka.streams('twenty', (sources) => {
    build(sources).forEach(() => {
      if (++seen === count) all.resolve()
    })
  })
  await Promise.race([all.promise, run.finished])
  const made = promises.stop()
  await run.close()
  return made
}

test('a running topology makes promises for requests and turns, not for records', async () => {
  const few = await promisesFor(2_000)
  const more = (await promisesFor(22_000)) - few
  assert.ok(more < 4_000, `${more} more promises for 20,000 more records through 20 operators`)
})
