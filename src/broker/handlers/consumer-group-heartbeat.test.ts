import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'

const joining = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  rebalanceTimeoutMs: 60_000,
  subscribedTopicNames: ['t'],
  topicPartitions: [],
}

test('consumer-group-heartbeat joins, and consumer-group-describe tells of it', async () => {
  for (const version of [0, 1]) {
    const broker = new BrokerHarness()
    const { topics } = await broker.request(metadata, 12, { topics: [{ name: 't' }] })
    const { topicId } = topics[0]!
    const joined = await broker.request(consumerGroupHeartbeat, version, joining)
    assert.deepEqual(joined, {
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      memberId: 'm',
      memberEpoch: 1,
      heartbeatIntervalMs: 500,
      assignment: { topicPartitions: [{ topicId, partitions: [0] }] },
    })
    await broker.restart()
    const { groups } = await broker.request(consumerGroupDescribe, version, { groupIds: ['g'] })
    const [group] = groups
    assert.deepEqual(
      [group!.groupState, group!.groupEpoch, group!.assignmentEpoch, group!.assignorName],
      ['Stable', 1, 1, 'uniform'],
    )
    const [member] = group!.members
    const partitions = { topicPartitions: [{ topicId, topicName: 't', partitions: [0] }] }
    assert.deepEqual(member!.assignment, partitions)
    assert.deepEqual(member!.targetAssignment, partitions)
    assert.deepEqual(
      [member!.memberEpoch, member!.clientId, member!.clientHost, member!.subscribedTopicNames],
      [1, 'test', '/client', ['t']],
    )
    assert.equal(member!.memberType, version === 1 ? 1 : -1)
  }
})

test('consumer-group-heartbeat says why it refuses', async () => {
  const broker = new BrokerHarness()
  const body = { ...joining, memberEpoch: 7 }
  const refused = await broker.request(consumerGroupHeartbeat, 1, body)
  assert.equal(errorName(refused.errorCode), 'GROUP_ID_NOT_FOUND')
  assert.equal(refused.errorMessage, 'Group g not found.')
})
