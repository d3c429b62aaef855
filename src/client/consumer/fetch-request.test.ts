import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json } from '../record/serde.ts'
import { AssignedPartition, noGroup } from './assigned-partition.ts'
import { askedFor, fetchInput, requestFor, type Requested } from './fetch-request.ts'

const KiB = 1024

/** Returns how much is asked for of each of `count` partitions. */
function limits(count: number, roundTripMs: number, maxPartitionFetchBytes = 1024 * KiB): number[] {
  const requested = Array.from({ length: count }, (_, partition) => {
    const place = { topic: 'orders', partition, position: 0 }
    const start = { ...place, value: json, key: json, committer: noGroup }
    return requestFor(new AssignedPartition(start))
  })
  const input = fetchInput(
    requested,
    {
      fetchMinBytes: 1,
      fetchMaxWaitMs: 500,
      fetchMaxBytes: 8192 * KiB,
      maxPartitionFetchBytes,
      isolation: 'read_committed',
      roundTripMs,
    },
    { currentLeaderEpoch: () => 0 },
  )
  return input.topics.flatMap((topic) => topic.partitions.map((one) => one.partitionMaxBytes))
}

test('of a broker that is far as much is taken of each partition as may be', () => {
  assert.deepEqual(limits(2, 10), [1024 * KiB, 1024 * KiB])
  assert.deepEqual(limits(2, Infinity, 100), [100, 100])
})

test('of a near one little is taken at a time, shared out between the partitions', () => {
  assert.deepEqual(limits(1, 0.3), [1024 * KiB])
  assert.deepEqual(limits(2, 0.3), [512 * KiB, 512 * KiB])
  assert.deepEqual(limits(2, 0.3, 100), [100, 100])
  assert.equal(limits(1000, 0.3)[999], 64 * KiB)
})

/** Fetches of `count` partitions of each of several topics, one of each in turn. */
function requests(topics: readonly string[], count: number) {
  let looks = 0
  const requested = Array.from({ length: count * topics.length }, (_, index): Requested => {
    const partition = {
      topic: topics[index % topics.length]!,
      topicId: `id of ${topics[index % topics.length]!}`,
      get partition() {
        looks++
        return Math.floor(index / topics.length)
      },
    } as unknown as AssignedPartition
    return { partition, round: 0, position: index }
  })
  return { requested, looks: () => looks }
}

test('who has asked for what is answered is found in as many steps as there are answers', () => {
  const { requested, looks } = requests(['orders', 'parts'], 1000)
  for (const [place, topic] of ['orders', 'parts'].entries()) {
    for (let partition = 0; partition < 1000; partition++) {
      const found = askedFor(requested, { topic, topicId: '' }, partition)
      assert.equal(found?.position, 2 * partition + place)
    }
  }
  assert.ok(looks() < 10_000, `${looks()} looks`)
})

test('who has asked is found in any order, by name or by id; who has not is not', () => {
  const { requested } = requests(['orders', 'parts'], 3)
  const find = (topic: string, topicId: string, partition: number): number | undefined =>
    askedFor(requested, { topic, topicId }, partition)?.position
  assert.equal(find('parts', '', 2), 5)
  assert.equal(find('', 'id of orders', 0), 0)
  assert.equal(find('', 'id of parts', 0), 1)
  assert.equal(find('orders', '', 3), undefined)
  assert.equal(find('other', '', 1), undefined)
  assert.equal(find('orders', '', 1), 2)
  assert.equal(find('orders', '', 1), 2)
})
