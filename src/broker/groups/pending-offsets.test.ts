import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { committedOffset, TransactionalClient } from '../../../test/support/transactional-client.ts'
import { deleteGroups } from '../../protocol/delete-groups.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { offsetDelete } from '../../protocol/offset-delete.ts'
import type { CommittedPartition } from './committed-offsets.ts'
import { PendingOffsets } from './pending-offsets.ts'

function commitOf(offset: number, partition = 0): CommittedPartition {
  const times = { commitTimestampMs: 0, expireTimestampMs: -1 }
  const committed = { offset, leaderEpoch: -1, metadata: '', topicId: 'id', ...times }
  return { topic: 't', partition, committed }
}

/** Ends a transaction; returns the offsets that count from here on. */
function end(
  pending: PendingOffsets,
  producerId: number,
  result: 'abort' | 'commit' = 'commit',
): (number | undefined)[] {
  return pending.end({ producerId, result }).map(({ commit }) => commit.committed?.offset)
}

test('end() returns what waited for that producer, once', () => {
  const pending = new PendingOffsets()
  pending.add(1, 'g', [commitOf(5), commitOf(6, 1)])
  pending.add(2, 'other', [commitOf(7)])
  assert.ok(pending.has('g', 't', 1))
  assert.deepEqual(end(pending, 1), [5, 6])
  assert.deepEqual(end(pending, 1), [])
  assert.ok(!pending.has('g', 't', 1))
  assert.deepEqual([pending.hasAny('g'), pending.hasAny('other')], [false, true])
})

test('hasAny() looks at nothing of other groups', (context) => {
  const pending = new PendingOffsets()
  const commits = Array.from({ length: 100 }, (_, partition) => commitOf(5, partition))
  pending.add(1, 'g', commits)
  const { mock } = context.mock.method(Map.prototype, 'values')
  assert.ok(!pending.hasAny('other'))
  assert.equal(mock.callCount(), 0)
  assert.deepEqual([...pending.of('g')], commits)
  assert.deepEqual([...pending.groupIds()], ['g'])
})

test('end() leaves out what came before another that was committed meanwhile', () => {
  const pending = new PendingOffsets()
  pending.add(1, 'g', [commitOf(5), commitOf(50, 1)])
  pending.add(2, 'g', [commitOf(6)])
  pending.add(3, 'g', [commitOf(7)])
  assert.deepEqual(end(pending, 2), [6])
  assert.deepEqual(end(pending, 1), [50])
  assert.deepEqual(end(pending, 3), [7])
})

test('end() leaves nothing out for what is aborted', () => {
  const pending = new PendingOffsets()
  pending.add(1, 'g', [commitOf(5)])
  pending.add(2, 'g', [commitOf(6)])
  assert.deepEqual(end(pending, 2, 'abort'), [6])
  assert.deepEqual(end(pending, 1), [5])
})

test('end() goes by the last of several commits of a transaction', () => {
  const pending = new PendingOffsets()
  pending.add(1, 'g', [commitOf(5)])
  pending.add(2, 'g', [commitOf(6)])
  pending.add(1, 'g', [commitOf(7)])
  pending.add(1, 'g', [commitOf(8)])
  assert.deepEqual(end(pending, 1), [5, 8])
  assert.deepEqual(end(pending, 2), [])
})

test('supersede() has what was committed outside of transactions count', () => {
  const pending = new PendingOffsets()
  pending.add(1, 'g', [commitOf(5), commitOf(50, 1)])
  pending.supersede('g', commitOf(6))
  assert.ok(!pending.has('g', 't', 0))
  assert.deepEqual(end(pending, 1), [50])
})

test('of two transactions the one that committed later counts, whichever ends last', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  const [one, two] = ['one', 'two'].map((id) => new TransactionalClient(harness, id, 2))
  for (const client of [one!, two!]) assert.equal(await client.initialise(), 0)
  assert.equal(await one!.commitOffset('g', 't', 5), 0)
  assert.equal(await two!.commitOffset('g', 't', 7), 0)
  assert.equal(await two!.end(true), 0)
  assert.equal(await one!.end(true), 0)
  assert.equal(await committedOffset(harness, 'g', 't', { requireStable: true }), 7)
  await harness.restart()
  assert.equal(await committedOffset(harness, 'g', 't', { requireStable: true }), 7)
})

test('a group that is deleted does not come back with a transaction that ends later', async () => {
  const harness = new BrokerHarness()
  for (const name of ['t', 'u']) await harness.createTopic(name)
  const client = new TransactionalClient(harness, 'one', 2)
  assert.equal(await client.initialise(), 0)
  for (const name of ['t', 'u']) assert.equal(await client.commitOffset('g', name, 5), 0)
  const { groups } = await harness.request(listGroups, 5, {})
  assert.deepEqual(
    groups.map(({ groupId }) => groupId),
    ['g'],
  )
  const { results } = await harness.request(deleteGroups, 2, { groupsNames: ['g'] })
  assert.equal(results[0]!.errorCode, 0)
  assert.equal(await client.end(true), 0)
  for (let start = 0; start < 2; start++) {
    for (const name of ['t', 'u']) assert.equal(await committedOffset(harness, 'g', name), -1)
    await harness.restart()
  }
})

test('OffsetDelete takes what waits for a transaction along', async () => {
  const harness = new BrokerHarness()
  for (const name of ['t', 'u']) await harness.createTopic(name)
  const client = new TransactionalClient(harness, 'one', 2)
  assert.equal(await client.initialise(), 0)
  for (const name of ['t', 'u']) assert.equal(await client.commitOffset('g', name, 5), 0)
  const topics = [{ name: 'u', partitions: [{ partitionIndex: 0 }] }]
  assert.equal((await harness.request(offsetDelete, 0, { groupId: 'g', topics })).errorCode, 0)
  assert.equal(await client.end(true), 0)
  for (let start = 0; start < 2; start++) {
    assert.equal(await committedOffset(harness, 'g', 't'), 5)
    assert.equal(await committedOffset(harness, 'g', 'u'), -1)
    await harness.restart()
  }
})
