import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import { offsetDelete } from '../../protocol/offset-delete.ts'
import { offsetFetch } from '../../protocol/offset-fetch.ts'

async function brokerWithOffset(): Promise<{ broker: BrokerHarness; topicId: string }> {
  const broker = new BrokerHarness()
  const { topics } = await broker.request(metadata, 12, { topics: [{ name: 't' }] })
  await commit(broker, 5)
  return { broker, topicId: topics[0]!.topicId }
}

async function commit(broker: BrokerHarness, committedOffset: number): Promise<void> {
  const partition = { partitionIndex: 0, committedOffset, committedMetadata: 'mark' }
  const topics = [{ name: 't', partitions: [partition] }]
  const answer = await broker.request(offsetCommit, 8, { groupId: 'g', memberId: '', topics })
  assert.equal(answer.topics[0]!.partitions[0]!.errorCode, 0)
}

const wanted = [{ name: 't', partitionIndexes: [0] }]

test('offset-fetch reads one group before version 8', async () => {
  const { broker } = await brokerWithOffset()
  for (let version = 1; version <= 7; version++) {
    const answer = await broker.request(offsetFetch, version, { groupId: 'g', topics: wanted })
    const { committedOffset, metadata: mark } = answer.topics[0]!.partitions[0]!
    assert.deepEqual([answer.errorCode, committedOffset, mark], [0, 5, 'mark'])
    if (version === 1) continue
    const all = await broker.request(offsetFetch, version, { groupId: 'g', topics: null })
    assert.deepEqual(all.topics, answer.topics)
  }
})

test('offset-fetch reads several groups from version 8 on', async () => {
  const { broker, topicId } = await brokerWithOffset()
  for (let version = 8; version <= 10; version++) {
    const topics = [{ name: 't', topicId, partitionIndexes: [0] }]
    const groups = [
      { groupId: 'g', topics },
      { groupId: 'x', topics },
      { groupId: 'g', topics: null },
    ]
    const answer = await broker.request(offsetFetch, version, { groups, requireStable: true })
    assert.deepEqual(
      answer.groups.map((group) => [
        group.groupId,
        errorName(group.errorCode),
        group.topics[0]?.partitions[0]?.committedOffset,
      ]),
      [
        ['g', 'NONE', 5],
        ['x', 'NONE', -1],
        ['g', 'NONE', 5],
      ],
    )
    assert.equal(answer.groups[2]!.topics[0]!.topicId === topicId, version === 10)
  }
})

test('committed offsets are there after a restart, and go with their topic', async () => {
  const { broker } = await brokerWithOffset()
  await commit(broker, 9)
  await broker.restart()
  const read = async () => {
    const answer = await broker.request(offsetFetch, 7, { groupId: 'g', topics: wanted })
    return answer.topics[0]!.partitions[0]!.committedOffset
  }
  assert.equal(await read(), 9)
  await broker.request(deleteTopics, 5, { topicNames: ['t'], timeoutMs: 1000 })
  await broker.request(metadata, 9, { topics: [{ name: 't' }] })
  assert.equal(await read(), -1)
})

test('offset-delete removes what was committed', async () => {
  const { broker } = await brokerWithOffset()
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
  const answer = await broker.request(offsetDelete, 0, { groupId: 'g', topics })
  assert.deepEqual([answer.errorCode, answer.topics[0]!.partitions[0]!.errorCode], [0, 0])
  const all = await broker.request(offsetFetch, 7, { groupId: 'g', topics: null })
  assert.deepEqual(all.topics, [])
})
