import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { createPartitions } from '../../protocol/create-partitions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'

async function grow(
  harness: BrokerHarness,
  { validateOnly = false, ...topic }: { [field: string]: unknown; validateOnly?: boolean },
): Promise<number> {
  const topics = [{ name: 't', count: 3, assignments: null, ...topic }]
  const request = { topics, timeoutMs: 1000, validateOnly }
  return (await harness.request(createPartitions, 3, request)).results[0]!.errorCode
}

async function countOf(harness: BrokerHarness): Promise<number> {
  const { topics } = await harness.request(metadata, 12, { topics: [{ name: 't' }] })
  return topics[0]!.partitions.length
}

test('createPartitions adds partitions that can be written to, also after a restart', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  assert.equal(await grow(harness, {}), errorCodes.NONE)
  assert.equal(await harness.send('t', 2, batchOf(['a', 'b'])), 0)
  await harness.restart()
  assert.equal(await countOf(harness), 3)
  assert.equal(await harness.send('t', 2, batchOf(['c'])), 2)
})

test('createPartitions only looks where nothing but validation is asked for', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  assert.equal(await grow(harness, { validateOnly: true }), errorCodes.NONE)
  assert.equal(await grow(harness, { validateOnly: true, count: 1 }), errorCodes.INVALID_PARTITIONS)
  assert.equal(await countOf(harness), 1)
})

test('createPartitions refuses fewer, as many, unknown topics and bad assignments', async () => {
  const harness = new BrokerHarness({ broker: { maxPartitions: 10 } })
  await harness.createTopic('t', { partitions: 2 })
  const cases: readonly [object, keyof typeof errorCodes][] = [
    [{ count: 2 }, 'INVALID_PARTITIONS'],
    [{ count: 1 }, 'INVALID_PARTITIONS'],
    [{ count: -1 }, 'INVALID_PARTITIONS'],
    [{ count: 2_000_000_000 }, 'POLICY_VIOLATION'],
    [{ name: 'other' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    [{ name: '__consumer_offsets' }, 'INVALID_REQUEST'],
    [{ assignments: [] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [{ assignments: [{ brokerIds: [1, 2] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    [{ assignments: [{ brokerIds: [7] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
  ]
  for (const [topic, expected] of cases) {
    assert.equal(await grow(harness, { ...topic }), errorCodes[expected], JSON.stringify(topic))
  }
  const twice = [3, 4].map((count) => ({ name: 't', count }))
  const { results } = await harness.request(createPartitions, 3, { topics: twice, timeoutMs: 1 })
  assert.deepEqual(
    results.map(({ errorCode }) => errorCode),
    [errorCodes.INVALID_REQUEST],
  )
  assert.equal(await countOf(harness), 2)
  assert.equal(await grow(harness, { assignments: [{ brokerIds: [1] }] }), errorCodes.NONE)
})
