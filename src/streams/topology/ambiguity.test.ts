import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamDriver } from '../stream-driver.ts'

test('what is read twice in one program is read once, and steps have names of their own', () => {
  const driver = new StreamDriver((sources) => {
    sources.stream('in').groupByKey().count().to('one')
    sources.stream('in').groupByKey().count().to('other')
    sources
      .table('in')
      .filter(() => true)
      .to('rows')
    sources
      .stream('in')
      .filter(() => true)
      .to('records')
  })
  driver.send('in', { key: 'k', value: 1, timestamp: 1 })
  driver.send('in', { key: 'k', value: 1, timestamp: 2 })
  for (const topic of ['one', 'other']) {
    assert.deepEqual(
      driver.take(topic).map(({ value }) => value),
      [1, 2],
      topic,
    )
  }
  assert.equal(driver.take('rows').length + driver.take('records').length, 4)
})

test('two steps of one name are refused', () => {
  assert.throws(
    () =>
      new StreamDriver((sources) => {
        const groups = sources.stream('in').groupByKey()
        groups.count({ name: 'counts' }).to('one')
        groups.count({ name: 'counts' }).to('other')
      }),
    {
      name: 'InvalidTopologyError',
      message:
        "two steps are called 'counts' (count and count): give one of them, or a step before " +
        'it, a `name`',
    },
  )
})

test('a topic that is read in two ways is refused', () => {
  assert.throws(
    () =>
      new StreamDriver((sources) => {
        sources.stream('in', { value: 'string' }).to('one')
        sources.stream('in').to('other')
      }),
    /'in' is read in two ways: its `key`, `value` and `timestamp` must be the same wherever/,
  )
})
