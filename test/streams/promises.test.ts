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

test('settled() waits for all that comes of a callback, and tells what fails in it', async () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const driver = new StreamDriver((sources) => {
    const next = async (value: number): Promise<number> => (await turn(), value + 1)
    const twice = sources.stream<number>('in').mapAsync(next).mapAsync(next)
    twice.to('out')
    twice.forEach(async (value) => {
      await turn()
      if (value === 9) throw new Error('not nine')
    })
  })
  driver.send('in', { key: 'k', value: 1, timestamp: 1 })
  await driver.settled()
  assert.deepEqual(
    driver.take('out').map(({ value }) => value),
    [3],
  )
  driver.send('in', { key: 'k', value: 7, timestamp: 2 })
  await assert.rejects(driver.settled(), /not nine/)
})

test('settled() tells what fails while something else goes on', async () => {
  const gate = Promise.withResolvers<void>()
  const driver = new StreamDriver((sources) => {
    sources
      .stream<string>('in')
      .mapAsync(async (value) => {
        if (value === 'slow') await gate.promise
        return value
      })
      .forEach(async (value) => {
        // Nobody may be told of it but whoever waits: then the process would have ended by now.
        if (value === 'fails') setImmediate(() => setImmediate(gate.resolve))
        if (value === 'fails') throw new Error('failed')
      })
  })
  driver.send('in', { key: 'a', value: 'fails', timestamp: 1 })
  driver.send('in', { key: 'b', value: 'slow', timestamp: 1 })
  await assert.rejects(driver.settled(), /failed/)
})
