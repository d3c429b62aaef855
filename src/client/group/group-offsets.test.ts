import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { offsetFetch, type OffsetFetchRequest } from '../../protocol/offset-fetch.ts'
import { fetchOffsets } from './group-offsets.ts'

/** A broker whose newest version of OffsetFetch is `version`, and what it was asked for. */
function brokerOf(version: number) {
  const asked: string[] = []
  function answer({ groupId, topics, groups: [group] }: OffsetFetchRequest) {
    const names = (group ?? { topics }).topics?.map(({ name }) => name)
    asked.push(`${group?.groupId ?? groupId}: ${names?.join() ?? 'all'}`)
    const partitions = [
      { partitionIndex: 0, committedOffset: 5, metadata: '', errorCode: 0 },
      { partitionIndex: 1, committedOffset: -1, metadata: '', errorCode: 0 },
    ]
    const found = { topics: [{ name: 'orders', partitions }] }
    return group ? { groups: [{ groupId: group.groupId, ...found }] } : found
  }
  const broker = new ScriptedBroker()
    .on(findCoordinator, () => ({ nodeId: 1, host: 'broker-1', port: 9092 }), 3)
    .on(offsetFetch, answer, version)
  return { broker, asked }
}

// Apache Kafka has version 8 since 3.0; Redpanda has those up to 7.
for (const version of [2, 7, 8, 9]) {
  test(`fetchOffsets() asks brokers whose newest version is ${version}`, async () => {
    const { broker, asked } = brokerOf(version)
    const cluster = broker.cluster()
    const partitions = [{ topic: 'orders', partition: 0 }]
    const found = [{ topic: 'orders', partition: 0, offset: 5 }]
    assert.deepEqual(await fetchOffsets(cluster, { group: 'shop' }), found)
    const options = { partitions, requireStable: true }
    assert.deepEqual(await fetchOffsets(cluster, { group: 'shop' }, options), found)
    assert.deepEqual(asked, ['shop: all', 'shop: orders'])
  })
}

test('fetchOffsets() tells what is wrong with a group that is asked for alone', async () => {
  const { broker } = brokerOf(7)
  broker.on(offsetFetch, () => ({ errorCode: 30 }), 7)
  const refused = fetchOffsets(broker.cluster(), { group: 'shop' })
  await assert.rejects(refused, { code: 'unauthorized', group: 'shop' })
})
