import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { alterClientQuotas } from '../../protocol/alter-client-quotas.ts'
import { fetch } from '../../protocol/fetch.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import type { TopicTraffic } from '../topic-table.ts'

function read(harness: BrokerHarness, offset: number, maxWaitMs = 0): Promise<unknown> {
  const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1e6 }]
  return harness.request(fetch, 11, {
    maxWaitMs,
    minBytes: 1,
    topics: [{ topic: 'orders', partitions }],
  })
}

function commit(harness: BrokerHarness, name: string, committedOffset: number): Promise<unknown> {
  const topics = [
    { name, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] },
  ]
  const body = { groupId: 'readers', generationIdOrMemberEpoch: -1, memberId: '', topics }
  return harness.request(offsetCommit, 8, body)
}

function trafficOf(harness: BrokerHarness): TopicTraffic {
  const topics = harness.broker.stats.topics()
  return { ...topics.find(({ name }) => name === 'orders')!.traffic }
}

test('bytes are counted as they come, and as they are read, be it at once or later', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('orders')
  const traffic = () => trafficOf(harness)
  const batch = batchOf(['a', 'b'])
  await harness.send('orders', 0, batch)
  assert.deepEqual(traffic(), { producedBytes: batch.length, fetchedBytes: 0 })
  await read(harness, 0)
  assert.equal(traffic().fetchedBytes, batch.length)
  const waiting = read(harness, 2, 1000)
  await harness.send('orders', 0, batch)
  await waiting
  assert.deepEqual(traffic(), {
    producedBytes: 2 * batch.length,
    fetchedBytes: 2 * batch.length,
  })
})

test('what is refused is not counted as produced', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('orders')
  const broken = batchOf(['a'])
  broken[broken.length - 1]! ^= 1
  await assert.rejects(harness.send('orders', 0, broken))
  assert.equal(trafficOf(harness).producedBytes, 0)
})

test('a group is as far behind as it has not committed, in topics that are there', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('orders')
  await harness.createTopic('gone')
  await harness.send('orders', 0, batchOf(['a', 'b', 'c']))
  await commit(harness, 'orders', 1)
  await commit(harness, 'gone', 0)
  await harness.deleteTopic('gone')
  const { stats } = harness.broker
  const [group, ...others] = stats.groups()
  assert.deepEqual([group!.groupId, group!.memberCount, others], ['readers', 0, []])
  assert.deepEqual(
    [...stats.positionsOf(group!)],
    [{ topic: 'orders', partition: 0, offset: 1, lag: 2 }],
  )
})

test('each answer is counted once, with quotas and without', async () => {
  const harness = new BrokerHarness()
  const lists = () => new Map(harness.broker.stats.requests()).get('ListGroups')
  assert.equal(lists(), undefined)
  await harness.request(listGroups, 4, {})
  assert.equal(lists()!.cumulativeCounts().at(-1), 1)
  const entity = [{ entityType: 'client-id', entityName: null }]
  const ops = [{ key: 'request_percentage', value: 0.001, remove: false }]
  await harness.request(alterClientQuotas, 1, { entries: [{ entity, ops }] })
  await harness.request(listGroups, 4, {})
  assert.equal(lists()!.cumulativeCounts().at(-1), 2)
})

test('a fetch takes as long as it waits', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('orders')
  const waiting = read(harness, 0, 400)
  harness.clock.advance(400)
  await waiting
  const fetches = new Map(harness.broker.stats.requests()).get('Fetch')!
  assert.equal(fetches.sumMs, 400)
})
