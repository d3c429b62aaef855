import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../runtime/manual-clock.ts'
import { seededRandom } from '../../test/support/random.ts'
import { resolveDelivery } from './producer-options.ts'
import { TopicQueues, type Unplaced } from './topic-queues.ts'

/** A topic whose partitions have the leaders given; -1 is none. */
function topic(...leaders: number[]): TopicQueues {
  const options = { ...resolveDelivery({}, 1000), codecs: {}, random: seededRandom(1) }
  const queues = new TopicQueues('orders', options)
  queues.learn({
    name: 'orders',
    id: 'id',
    isInternal: false,
    partitions: leaders.map((leader) => ({ leader })),
    learnedAtMs: new ManualClock().monotonic(),
  })
  return queues
}

function record(choice: Partial<Unplaced> & { key?: string }): Unplaced {
  return {
    record: { key: choice.key ?? null, value: 'x', timestamp: 0 },
    partition: undefined,
    partitioner: undefined,
    signal: undefined,
    resolve: () => {},
    reject: () => {},
    ...choice,
  }
}

test('queueFor() obeys a partition before a partitioner before the key', () => {
  const queues = topic(1, 1, 1)
  const partitioner = () => 1
  assert.equal(queues.queueFor(record({ partition: 2, partitioner, key: 'a' })).partition, 2)
  assert.equal(queues.queueFor(record({ partitioner, key: 'a' })).partition, 1)
  const byKey = queues.queueFor(record({ key: 'a' }))
  assert.equal(queues.queueFor(record({ partitioner: () => undefined, key: 'a' })), byKey)
})

test('queueFor() refuses partitions that there are not', () => {
  const queues = topic(1, 1)
  const missing = { code: 'partition_not_found', partition: 2 }
  assert.throws(() => queues.queueFor(record({ partition: 2 })), missing)
  for (const partition of [-1, 0.5]) {
    assert.throws(() => queues.queueFor(record({ partition })), { code: 'invalid_option' })
  }
  const partitioner = () => 7
  assert.throws(() => queues.queueFor(record({ partitioner })), { code: 'invalid_option' })
})

test('queueFor() keeps to a partition for records without a key, until that is left', () => {
  const queues = topic(1, 1, 1)
  const first = queues.queueFor(record({}))
  assert.equal(queues.queueFor(record({})), first)
  queues.leave((first.partition + 1) % 3)
  assert.equal(queues.queueFor(record({})), first)
  queues.leave(first.partition)
  assert.notEqual(queues.queueFor(record({})), first)
})

test('queueFor() leaves out partitions that nobody leads', () => {
  const queues = topic(-1, 1, -1)
  for (let round = 0; round < 10; round++) {
    const { partition } = queues.queueFor(record({}))
    assert.equal(partition, round === 0 ? 1 : partition)
    queues.leave(partition)
  }
  assert.equal(topic(-1).queueFor(record({})).partition, 0)
})

test('learn() adds the queues of new partitions and keeps the others', () => {
  const queues = topic(1)
  const [first] = queues.queues
  queues.learn({
    name: 'orders',
    id: 'id',
    isInternal: false,
    partitions: [{ leader: 1 }, { leader: 1 }],
    learnedAtMs: 0,
  })
  assert.equal(queues.queues.length, 2)
  assert.equal(queues.queues[0], first)
})
