import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerClient, converge } from '../../../test/support/consumer-client.ts'
import {
  ClassicClient,
  formGroup,
  GroupFixture,
  settle,
} from '../../../test/support/group-fixture.ts'
import { errorCodes, errorName } from '../../protocol/error-codes.ts'
import type { Group } from './group.ts'
import { loadGroups } from './load-groups.ts'

function fixture(): GroupFixture {
  const result = new GroupFixture()
  result.topics.set('t', 2)
  return result
}

/** Returns `g classic Stable consumer` for each group. */
function list(
  { coordinator }: GroupFixture,
  states: string[] = [],
  types: string[] = [],
): string[] {
  const { groups = [] } = coordinator.listGroups({ statesFilter: states, typesFilter: types })
  return groups
    .map(({ groupId, groupType, groupState, protocolType }) =>
      `${groupId} ${groupType} ${groupState} ${protocolType}`.trim(),
    )
    .sort()
}

async function commitFor({ coordinator, topics }: GroupFixture, groupId: string): Promise<void> {
  const { name, id: topicId } = topics.byName('t')!
  const offset = { committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }
  const partitions = [{ partitionIndex: 0, ...offset }]
  const nobody = { generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null }
  const request = {
    groupId,
    ...nobody,
    retentionTimeMs: -1,
    topics: [{ name, topicId, partitions }],
  }
  const answer = await coordinator.commitOffsets(request, 9)
  assert.equal(answer.topics[0]!.partitions[0]!.errorCode, 0)
}

function loaded({ log }: GroupFixture, groupId: string): Group | undefined {
  return loadGroups(log).groups.get(groupId)
}

test('listGroups() lists all groups, also those that are only committed for', async () => {
  const groups = fixture()
  await formGroup(new ClassicClient(groups, { groupId: 'a' }))
  await converge(new ConsumerClient(groups, { groupId: 'b' }))
  await commitFor(groups, 'c')
  const all = ['a classic Stable consumer', 'b consumer Stable consumer', 'c classic Empty']
  assert.deepEqual(list(groups), all)
  assert.deepEqual(list(groups, ['empty', ' STABLE']), all)
  assert.deepEqual(list(groups, ['Empty']), all.slice(2))
  assert.deepEqual(list(groups, [], ['Consumer']), all.slice(1, 2))
  assert.deepEqual(list(groups, ['Empty'], ['consumer']), [])
  assert.deepEqual(list(groups, [], ['share']), [])
})

test('each kind of group is described by its own API', async () => {
  const groups = fixture()
  await formGroup(new ClassicClient(groups, { groupId: 'a' }))
  await converge(new ConsumerClient(groups, { groupId: 'b' }))
  const classic = groups.coordinator.describeGroups({ groups: ['a', 'b', 'c'] })
  assert.deepEqual(
    classic.groups.map(({ errorCode, errorMessage = '' }) => [errorName(errorCode), errorMessage]),
    [
      ['NONE', ''],
      ['GROUP_ID_NOT_FOUND', 'Group b is not a classic group.'],
      ['GROUP_ID_NOT_FOUND', 'Group c not found.'],
    ],
  )
  const consumer = groups.coordinator.consumerGroupDescribe({ groupIds: ['a', 'b', 'c'] })
  assert.deepEqual(
    consumer.groups.map(({ errorCode, errorMessage = '' }) => [errorName(errorCode), errorMessage]),
    [
      ['GROUP_ID_NOT_FOUND', 'Group a is not a consumer group.'],
      ['NONE', ''],
      ['GROUP_ID_NOT_FOUND', 'Group c not found.'],
    ],
  )
})

test('a partition that a member is to give up is described as its own until it has', async () => {
  const groups = fixture()
  const [first, second] = ['a', 'b'].map((memberId) => new ConsumerClient(groups, { memberId }))
  await converge(first!)
  const countOf = (): number[] => {
    const { members = [] } = groups.coordinator.consumerGroupDescribe({ groupIds: ['g'] })
      .groups[0]!
    return members.map(({ assignment }) =>
      assignment.topicPartitions.reduce((sum, { partitions }) => sum + partitions.length, 0),
    )
  }
  const [all] = countOf()
  assert.ok(all! > 1)
  await second!.full()
  await first!.acknowledge()
  // It is told, and still reads.
  assert.deepEqual(countOf(), [all, 0])
  await first!.acknowledge()
  assert.ok(countOf()[0]! < all!)
})

test('deleteGroup() deletes groups without members, with their offsets', async () => {
  const groups = fixture()
  const { coordinator } = groups
  const classic = new ClassicClient(groups, { groupId: 'a' })
  const consumer = new ConsumerClient(groups, { groupId: 'b' })
  await formGroup(classic)
  await converge(consumer)
  await commitFor(groups, 'c')
  const remove = async (groupId: string) => errorName(await coordinator.deleteGroup(groupId))
  assert.equal(await remove('a'), 'NON_EMPTY_GROUP')
  assert.equal(await remove('b'), 'NON_EMPTY_GROUP')
  assert.equal(await remove('d'), 'GROUP_ID_NOT_FOUND')
  await classic.leave()
  await consumer.leave()
  await commitFor(groups, 'a')
  for (const groupId of ['a', 'b', 'c']) {
    assert.equal(await remove(groupId), 'NONE')
    assert.equal(await remove(groupId), 'GROUP_ID_NOT_FOUND')
  }
  assert.deepEqual(list(groups), [])
  groups.restart()
  assert.deepEqual(list(groups), [])
})

test('an empty classic group becomes a KIP-848 one, and keeps its offsets', async () => {
  const groups = fixture()
  const classic = new ClassicClient(groups)
  await formGroup(classic)
  const consumer = new ConsumerClient(groups)
  assert.equal(await consumer.full(), 'GROUP_ID_NOT_FOUND')
  await classic.leave()
  await commitFor(groups, 'g')
  assert.equal(await consumer.full(), 'NONE')
  assert.deepEqual(list(groups), ['g consumer Stable consumer'])
  assert.equal(await classic.heartbeat(), 'UNKNOWN_MEMBER_ID')
  const query = { groupId: 'g', memberId: null, memberEpoch: -1, usesTopicIds: false, topics: null }
  assert.equal((await groups.coordinator.fetchOffsets(query)).topics.length, 1)
  groups.restart()
  assert.deepEqual(list(groups), ['g consumer Stable consumer'])
})

test('an empty KIP-848 group becomes a classic one', async () => {
  const groups = fixture()
  const consumer = new ConsumerClient(groups)
  await converge(consumer)
  const worker = new ClassicClient(groups, { protocolType: 'connect' })
  assert.equal(errorName((await worker.join()).errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
  await consumer.leave()
  const classic = new ClassicClient(groups)
  await formGroup(classic)
  assert.deepEqual(list(groups), ['g classic Stable consumer'])
  assert.equal(await consumer.heartbeat({ memberEpoch: 1 }), 'GROUP_ID_NOT_FOUND')
  groups.restart()
  assert.deepEqual(list(groups), ['g classic Stable consumer'])
  assert.equal(await classic.heartbeat(), 'NONE')
})

test('a request that is refused does not change a group of the other kind', async () => {
  const groups = fixture()
  const consumer = new ConsumerClient(groups)
  await converge(consumer)
  await consumer.leave()
  const before = loaded(groups, 'g')
  const stranger = new ClassicClient(groups)
  stranger.memberId = 'stranger'
  assert.equal(errorName((await stranger.join()).errorCode), 'UNKNOWN_MEMBER_ID')
  assert.deepEqual(loaded(groups, 'g'), before)
})

test('a group that was never stored leaves nothing in the log', async () => {
  const groups = fixture()
  void new ClassicClient(groups, { version: 3 }).joinOnce()
  await settle()
  assert.equal(groups.log.records.length, 0)
})

test('a group without a name is refused', async () => {
  const groups = fixture()
  const code = errorCodes.INVALID_GROUP_ID
  const described = groups.coordinator.consumerGroupDescribe({ groupIds: [''] })
  assert.equal(described.groups[0]!.errorCode, code)
  assert.equal(
    (await groups.coordinator.deleteOffsets({ groupId: '', topics: [] })).errorCode,
    code,
  )
  const classic = new ClassicClient(groups, { groupId: '' })
  assert.equal((await classic.join()).errorCode, code)
  for (const groupId of ['', '  ']) {
    assert.equal(await new ConsumerClient(groups, { groupId }).full(), 'INVALID_REQUEST')
  }
})
