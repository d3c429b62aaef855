import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockKafka } from '../testing/mock-kafka.ts'
import { leave } from './consume.ts'

test('leave() gives back what was read, and closes also what has no place yet', async (t) => {
  await using kafka = new MockKafka()
  await kafka.seed('orders', [1, 2])
  const config = { group: 'g', autoCommit: true, value: 'bytes', key: 'bytes' } as const
  const consumer = kafka.consumer<Uint8Array, Uint8Array>('orders', config)
  await consumer.next()
  await consumer.next()
  // Nobody leads the second one.
  const [first] = consumer.positions()
  t.mock.method(consumer, 'positions', () => [first, { ...first, partition: 1, position: -1 }])
  await leave(consumer, new Map([[0, 0]]))
  assert.equal(consumer.status, 'closed')
  const { members, lag } = await kafka.admin.describeGroup('g')
  assert.deepEqual([members, lag.map(({ offset }) => offset)], [[], [0]])
})
