import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import { deleteGroups } from '../../protocol/delete-groups.ts'
import { describeGroups } from '../../protocol/describe-groups.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import { metadata } from '../../protocol/metadata.ts'

async function brokerWithGroup(): Promise<BrokerHarness> {
  const broker = new BrokerHarness()
  await broker.request(metadata, 9, { topics: [{ name: 't' }] })
  const partition = { partitionIndex: 0, committedOffset: 1, committedMetadata: null }
  const topics = [{ name: 't', partitions: [partition] }]
  await broker.request(offsetCommit, 9, { groupId: 'g', memberId: '', topics })
  return broker
}

test('describe-groups calls a missing group dead, from version 6 on with an error', async () => {
  const broker = await brokerWithGroup()
  for (const version of [0, 5, 6]) {
    const { groups } = await broker.request(describeGroups, version, { groups: ['g', 'x'] })
    assert.deepEqual(
      groups.map(({ groupId, groupState, errorCode }) => [
        groupId,
        groupState,
        errorName(errorCode),
      ]),
      [
        ['g', 'Empty', 'NONE'],
        ['x', 'Dead', version < 6 ? 'NONE' : 'GROUP_ID_NOT_FOUND'],
      ],
    )
  }
})

test('operations are told to those who ask', async () => {
  const broker = await brokerWithGroup()
  const asked = { groups: ['g'], includeAuthorizedOperations: true }
  const { groups } = await broker.request(describeGroups, 5, asked)
  // READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS, as Kafka 4 without an authorizer.
  assert.equal(groups[0]!.authorizedOperations, 3400)
  const { groups: silent } = await broker.request(describeGroups, 5, { groups: ['g'] })
  assert.equal(silent[0]!.authorizedOperations, -0x8000_0000)
})

test('consumer-group-describe says that a group is of the other kind', async () => {
  const broker = await brokerWithGroup()
  const { groups } = await broker.request(consumerGroupDescribe, 1, { groupIds: ['g'] })
  assert.equal(errorName(groups[0]!.errorCode), 'GROUP_ID_NOT_FOUND')
  assert.equal(groups[0]!.errorMessage, 'Group g is not a consumer group.')
})

test('delete-groups answers each group', async () => {
  const broker = await brokerWithGroup()
  const { results } = await broker.request(deleteGroups, 2, { groupsNames: ['g', 'x'] })
  assert.deepEqual(
    results.map(({ groupId, errorCode }) => [groupId, errorName(errorCode)]),
    [
      ['g', 'NONE'],
      ['x', 'GROUP_ID_NOT_FOUND'],
    ],
  )
})
