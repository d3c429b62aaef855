import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { KafkaError } from '../failure/errors.ts'
import { PartitionQueue } from './accumulator.ts'
import { resolveDelivery } from './producer-options.ts'
import { TopicQueues, waiting, type Unplaced } from './topic-queues.ts'

/** A topic whose partitions have the leaders given; -1 is none. */
function topic(...leaders: number[]): TopicQueues {
  const options = {
    ...resolveDelivery({}, { timeoutMs: 1000, retries: 3 }),
    codecs: {},
    random: seededRandom(1),
  }
  const queues = new TopicQueues('orders', options)
  queues.learn({
    name: 'orders',
    id: 'id',
    partitions: leaders.map((leader) => ({ leader, epoch: 0 })),
    learnedAtMs: new ManualClock().monotonic(),
  })
  return queues
}

function record(choice: Partial<Unplaced>): Unplaced {
  return {
    key: null,
    value: 'x',
    timestamp: 0,
    partition: undefined,
    partitioner: undefined,
    asker: { signal: undefined, stored: undefined, failed() {} },
    index: 0,
    ...choice,
  }
}

function partitionFor(queues: TopicQueues, choice: Parameters<typeof record>[0]): number {
  const queue = queues.queueFor(record(choice))
  assert.ok(queue instanceof PartitionQueue)
  return queue.partition
}

function codeFor(queues: TopicQueues, choice: Parameters<typeof record>[0]): string {
  const error = queues.queueFor(record(choice))
  assert.ok(KafkaError.is(error))
  return error.code
}

for (const bytes of [new Uint8Array([1, 2]), Buffer.from([1, 2])]) {
  test(`waiting() has bytes of its own, also of a program's ${bytes.constructor.name}`, () => {
    const headers = [
      { key: 'bytes', value: bytes },
      { key: 'text', value: 'x' },
    ]
    const kept = waiting(record({ key: bytes, value: bytes, headers }), 5)
    bytes.fill(0)
    const own = new Uint8Array([1, 2])
    assert.partialDeepStrictEqual(kept, { key: own, value: own, sinceMs: 5 })
    assert.deepEqual(kept.headers, [{ key: 'bytes', value: own }, headers[1]])
  })
}

test('queueFor() obeys a partition before a partitioner before the key', () => {
  const queues = topic(1, 1, 1)
  const partitioner = () => 1
  const chosen = (choice: Parameters<typeof record>[0]) => partitionFor(queues, choice)
  assert.equal(chosen({ partition: 2, partitioner, key: 'a' }), 2)
  assert.equal(chosen({ partitioner, key: 'a' }), 1)
  assert.equal(chosen({ partitioner: () => undefined, key: 'a' }), chosen({ key: 'a' }))
})

test('queueFor() refuses partitions that there are not', () => {
  const queues = topic(1, 1)
  for (const choice of [{ partition: -1 }, { partition: 0.5 }, { partitioner: () => 7 }]) {
    assert.equal(codeFor(queues, choice), 'invalid_option')
  }
  assert.equal(codeFor(queues, { partition: 2, sinceMs: -1 }), 'partition_not_found')
})

test('queueFor() has a partition that it does not know looked up', () => {
  const queues = topic(1, 1)
  assert.equal(queues.queueFor(record({ partition: 2 })), 'unknown')
  assert.equal(queues.isKnown, false)
})

test('queueFor() keeps to a partition for records without a key, until that is left', () => {
  const queues = topic(1, 1, 1)
  const first = partitionFor(queues, {})
  assert.equal(partitionFor(queues, {}), first)
  queues.leave((first + 1) % 3)
  assert.equal(partitionFor(queues, {}), first)
  queues.leave(first)
  assert.notEqual(partitionFor(queues, {}), first)
})

test('queueFor() leaves out partitions that nobody leads', () => {
  const queues = topic(-1, 1, -1, 1)
  for (let round = 0; round < 10; round++) {
    const partition = partitionFor(queues, {})
    assert.equal(partition % 2, 1)
    queues.leave(partition)
  }
  assert.equal(partitionFor(topic(-1), {}), 0)
})

test('queueFor() stays with a partition where nobody leads another', () => {
  const queues = topic(-1, 1, -1)
  for (let round = 0; round < 10; round++) {
    assert.equal(partitionFor(queues, {}), 1)
    queues.leave(1)
  }
})

test('learn() adds the queues of new partitions and keeps the others', () => {
  const queues = topic(1)
  const [first] = queues.queues
  queues.learn({
    name: 'orders',
    id: 'id',
    partitions: [1, 1].map((leader) => ({ leader, epoch: 0 })),
    learnedAtMs: 0,
  })
  assert.equal(queues.queues.length, 2)
  assert.equal(queues.queues[0], first)
})
