import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json } from '../record/serde.ts'
import { AssignedPartition, noGroup } from './assigned-partition.ts'
import { fetchInput, requestFor } from './fetch-request.ts'

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
