import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerClient, converge, fixtureWith } from '../../../test/support/consumer-client.ts'
import {
  ClassicClient,
  formGroup,
  GroupFixture,
  settle,
} from '../../../test/support/group-fixture.ts'
import { zeroUuid } from '../../bytes/uuid.ts'
import { LogError } from '../../log/log-error.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { encodeKey, encodeValue } from '../../protocol/records/record-schema.ts'
import { consumerProtocolSubscription } from '../../protocol/records/consumer-protocol.ts'
import { offsetCommitKey, offsetCommitValue } from '../../protocol/records/classic-group-records.ts'
import { groupDefaults } from './group-options.ts'

interface Commit {
  readonly groupId?: string
  readonly memberId?: string
  readonly instanceId?: string | null
  readonly epoch?: number
  readonly version?: number
  readonly topic?: string
  readonly topicId?: string
  readonly partition?: number
  readonly offset?: number
  readonly metadata?: string | null
}

async function commit({ coordinator }: GroupFixture, changes: Commit = {}): Promise<string> {
  const partition = {
    partitionIndex: changes.partition ?? 0,
    committedOffset: changes.offset ?? 5,
    committedLeaderEpoch: 2,
    committedMetadata: changes.metadata ?? null,
  }
  const { topic: name = 't', topicId = zeroUuid } = changes
  const { topics } = await coordinator.commitOffsets(
    {
      groupId: changes.groupId ?? 'g',
      generationIdOrMemberEpoch: changes.epoch ?? -1,
      memberId: changes.memberId ?? '',
      groupInstanceId: changes.instanceId ?? null,
      retentionTimeMs: -1,
      topics: [{ name, topicId, partitions: [partition] }],
    },
    changes.version ?? 9,
  )
  return errorName(topics[0]!.partitions[0]!.errorCode)
}

/** Returns `t0=5 u1=7` of what the group has committed. */
async function committed({ coordinator }: GroupFixture, groupId = 'g'): Promise<string> {
  const { topics } = await coordinator.fetchOffsets({
    groupId,
    memberId: null,
    memberEpoch: -1,
    topics: null,
    usesTopicIds: false,
  })
  const entries = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset }) => {
      return `${name}${partitionIndex}=${committedOffset}`
    }),
  )
  return entries.sort().join(' ')
}

test('a client without a group commits, and reads what it has committed', async () => {
  const fixture = fixtureWith({ t: 2 })
  assert.equal(await commit(fixture, { metadata: 'mark' }), 'NONE')
  assert.equal(await commit(fixture, { partition: 1, offset: 7 }), 'NONE')
  const query = { groupId: 'g', memberId: null, memberEpoch: -1, usesTopicIds: false }
  const topics = [{ name: 't', topicId: zeroUuid, partitionIndexes: [1, 0, 9] }]
  const fetched = await fixture.coordinator.fetchOffsets({ ...query, topics })
  const none = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }
  const some = { committedOffset: 5, committedLeaderEpoch: 2, metadata: 'mark', errorCode: 0 }
  assert.deepEqual(fetched.topics[0]!.partitions, [
    { partitionIndex: 1, ...some, committedOffset: 7, metadata: '' },
    { partitionIndex: 0, ...some },
    { partitionIndex: 9, ...none },
  ])
})

test('a group that nobody committed for has no offsets', async () => {
  const fixture = fixtureWith({ t: 2 })
  assert.equal(await committed(fixture), '')
})

test('commits of partitions that are not there are refused', async () => {
  const fixture = fixtureWith({ t: 2 })
  const unknown = 'UNKNOWN_TOPIC_OR_PARTITION'
  assert.equal(await commit(fixture, { topic: 'x' }), unknown)
  assert.equal(await commit(fixture, { partition: 2 }), unknown)
  assert.equal(await commit(fixture, { partition: -1 }), unknown)
  assert.equal(await commit(fixture, { version: 10, topicId: zeroUuid }), 'UNKNOWN_TOPIC_ID')
  // As in Kafka, the topic comes first, even where the member is wrong as well.
  assert.equal(await commit(fixture, { topic: 'x', memberId: 'm', epoch: 1 }), unknown)
})

test('version 10 names topics by id', async () => {
  const fixture = fixtureWith({ t: 2 })
  const topicId = fixture.topics.byName('t')!.id
  assert.equal(await commit(fixture, { version: 10, topic: '', topicId }), 'NONE')
  assert.equal(await committed(fixture), 't0=5')
  const query = { groupId: 'g', memberId: null, memberEpoch: -1, usesTopicIds: true }
  const topics = [topicId, zeroUuid].map((id) => ({ name: '', topicId: id, partitionIndexes: [0] }))
  const fetched = await fixture.coordinator.fetchOffsets({ ...query, topics })
  assert.deepEqual(
    fetched.topics.map(({ partitions: [partition] }) => [
      partition!.committedOffset,
      errorName(partition!.errorCode),
    ]),
    [
      [5, 'NONE'],
      [-1, 'UNKNOWN_TOPIC_ID'],
    ],
  )
  const all = await fixture.coordinator.fetchOffsets({ ...query, topics: null })
  assert.deepEqual(
    all.topics.map((topic) => topic.topicId),
    [topicId],
  )
})

test('metadata has a limit', async () => {
  const fixture = fixtureWith({ t: 2 })
  assert.equal(await commit(fixture, { metadata: 'x'.repeat(4096) }), 'NONE')
  const metadata = 'x'.repeat(4097)
  assert.equal(await commit(fixture, { metadata, offset: 6 }), 'OFFSET_METADATA_TOO_LARGE')
  assert.equal(await committed(fixture), 't0=5')
})

test('members of classic groups commit in their generation only', async () => {
  const fixture = fixtureWith({ t: 2 })
  const client = new ClassicClient(fixture)
  await formGroup(client)
  const { memberId, generation: epoch } = client
  assert.equal(await commit(fixture, { memberId, epoch }), 'NONE')
  assert.equal(await commit(fixture, { memberId, epoch: epoch - 1 }), 'ILLEGAL_GENERATION')
  assert.equal(await commit(fixture, { memberId: 'x', epoch }), 'UNKNOWN_MEMBER_ID')
  const instanceId = 'i'
  assert.equal(await commit(fixture, { memberId, epoch, instanceId }), 'UNKNOWN_MEMBER_ID')
  const elsewhere = { groupId: 'other', memberId, epoch }
  assert.equal(await commit(fixture, { ...elsewhere, version: 8 }), 'ILLEGAL_GENERATION')
  assert.equal(await commit(fixture, elsewhere), 'GROUP_ID_NOT_FOUND')
})

test('a commit keeps the session of a classic member alive', async () => {
  const fixture = fixtureWith({ t: 2 })
  const client = new ClassicClient(fixture, { sessionTimeoutMs: 10_000 })
  await formGroup(client)
  fixture.clock.advance(9000)
  await commit(fixture, { memberId: client.memberId, epoch: client.generation })
  fixture.clock.advance(9000)
  assert.equal(await client.heartbeat(), 'NONE')
})

test('members of KIP-848 groups commit and read in their epoch only', async () => {
  const fixture = fixtureWith({ t: 2 })
  const client = new ConsumerClient(fixture)
  await converge(client)
  const { memberId, epoch } = client
  assert.equal(await commit(fixture, { memberId, epoch }), 'NONE')
  assert.equal(await commit(fixture, { memberId, epoch: epoch + 1 }), 'STALE_MEMBER_EPOCH')
  assert.equal(await commit(fixture, { memberId: 'x', epoch }), 'UNKNOWN_MEMBER_ID')
  assert.equal(await commit(fixture), 'UNKNOWN_MEMBER_ID')
  assert.equal(await commit(fixture, { memberId, epoch, version: 8 }), 'UNSUPPORTED_VERSION')
  const query = { groupId: 'g', topics: null, usesTopicIds: false }
  const fetch = (member: string, memberEpoch: number) => () =>
    fixture.coordinator.fetchOffsets({ ...query, memberId: member, memberEpoch })
  await fetch(memberId, epoch)()
  assert.throws(fetch(memberId, epoch - 1), { errorName: 'STALE_MEMBER_EPOCH' })
  assert.throws(fetch('x', epoch), { errorName: 'UNKNOWN_MEMBER_ID' })
  await client.leave()
  assert.equal(await commit(fixture), 'NONE')
})

test('commits are answered only when they are durable, and so is reading them', async () => {
  const fixture = fixtureWith({ t: 2 })
  fixture.log.holdSyncs()
  const answers = new Set<string>()
  const both = Promise.all([
    commit(fixture).then(() => answers.add('committed')),
    committed(fixture).then((offsets) => answers.add(offsets)),
  ])
  await settle()
  assert.equal(answers.size, 0)
  fixture.log.releaseSyncs()
  await both
  assert.deepEqual(answers, new Set(['committed', 't0=5']))
})

test('a commit that the log refuses is not there', async () => {
  const fixture = fixtureWith({ t: 2 })
  await commit(fixture)
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is gone')
  assert.equal(await commit(fixture, { offset: 6 }), 'NOT_COORDINATOR')
  assert.equal(await committed(fixture), 't0=5')
})

test('offsets of a topic that is deleted while the disk is full do not pass on', async () => {
  const fixture = fixtureWith({ t: 2 })
  await commit(fixture)
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
  const topic = fixture.topics.byName('t')!
  fixture.topics.remove('t')
  fixture.coordinator.topicRemoved(topic, Promise.resolve())
  fixture.topics.set('t', 2)
  assert.equal(await committed(fixture), '')
  fixture.restart()
  assert.equal(await committed(fixture), '')
  fixture.log.failure = undefined
  fixture.restart()
  fixture.restart()
  assert.equal(await committed(fixture), '')
})

test('offsets survive a restart', async () => {
  const fixture = fixtureWith({ t: 2 })
  await commit(fixture)
  await commit(fixture, { offset: 9 })
  fixture.restart()
  assert.equal(await committed(fixture), 't0=9')
})

test('a topic that is deleted takes its offsets along', async () => {
  const fixture = fixtureWith({ t: 1, u: 1 })
  await commit(fixture)
  await commit(fixture, { topic: 'u' })
  await commit(fixture, { groupId: 'other' })
  const topic = fixture.topics.byName('t')!
  fixture.topics.remove('t')
  fixture.coordinator.topicRemoved(topic, Promise.resolve())
  assert.equal(await committed(fixture), 'u0=5')
  assert.equal(await committed(fixture, 'other'), '')
  fixture.restart()
  assert.equal(await committed(fixture), 'u0=5')
})

test('offsets stay on the disk until it is decided there that their topic is gone', async () => {
  const fixture = fixtureWith({ t: 3 })
  for (const partition of [0, 1, 2]) await commit(fixture, { partition })
  const topic = fixture.topics.byName('t')!
  const { promise: decided, resolve: decide } = Promise.withResolvers<void>()
  fixture.topics.remove('t')
  const before = fixture.log.records.length
  fixture.coordinator.topicRemoved(topic, decided)
  assert.equal(await committed(fixture), '')
  assert.equal(fixture.log.records.length, before)
  // There is another topic of the name by then, and somebody has read it.
  fixture.topics.set('t', 3)
  await commit(fixture, { partition: 1, offset: 7 })
  decide()
  await decided
  assert.equal(await committed(fixture), 't1=7')
  fixture.restart()
  assert.equal(await committed(fixture), 't1=7')
  assert.equal(fixture.log.records.length, before + 3)
})

test('offsets of a topic that is deleted right before a crash do not pass on', async () => {
  const fixture = fixtureWith({ t: 2 })
  await commit(fixture)
  fixture.topics.remove('t')
  // Version 3 is Kafka's without the topic id: nobody can tell which topic was meant.
  const key = encodeKey(offsetCommitKey, { group: 'g', topic: 'u', partition: 0 })
  const old = { offset: 3, leaderEpoch: -1, metadata: '', commitTimestamp: 0 }
  await fixture.log.append([{ key, value: encodeValue(offsetCommitValue, old, 3) }])
  fixture.restart()
  fixture.topics.set('t', 1)
  assert.equal(await committed(fixture), 'u0=3')
})

async function remove({ coordinator }: GroupFixture, ...topics: readonly string[]) {
  const { errorCode, topics: answers } = await coordinator.deleteOffsets({
    groupId: 'g',
    topics: topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
  })
  if (errorCode !== 0) return errorName(errorCode)
  return answers?.map(({ partitions }) => errorName(partitions[0]!.errorCode))
}

test('OffsetDelete removes offsets that nobody reads on from', async () => {
  const fixture = fixtureWith({ t: 1, u: 1 })
  assert.equal(await remove(fixture, 't'), 'GROUP_ID_NOT_FOUND')
  await commit(fixture)
  await commit(fixture, { topic: 'u' })
  assert.deepEqual(await remove(fixture, 't', 'x'), ['NONE', 'UNKNOWN_TOPIC_OR_PARTITION'])
  assert.equal(await committed(fixture), 'u0=5')
})

test('a group that nobody joined outlives its offsets until the next check', async () => {
  const fixture = fixtureWith({ t: 1, u: 1 })
  const isThere = () => fixture.coordinator.listGroups({ statesFilter: [], typesFilter: [] }).groups
  await commit(fixture)
  assert.deepEqual(await remove(fixture, 't'), ['NONE'])
  // Whoever got no answer asks again.
  assert.deepEqual(await remove(fixture, 't'), ['NONE'])
  fixture.clock.advance(groupDefaults.offsetsRetentionCheckMs)
  assert.deepEqual(isThere(), [])

  await commit(fixture)
  const topic = fixture.topics.byName('t')!
  fixture.topics.remove('t')
  fixture.coordinator.topicRemoved(topic, Promise.resolve())
  // Topics and their groups are often deleted together.
  assert.equal(errorName(await fixture.coordinator.deleteGroup('g')), 'NONE')
  assert.deepEqual(isThere(), [])
})

test('OffsetDelete refuses topics that members of a KIP-848 group read', async () => {
  const fixture = fixtureWith({ t: 1, u: 1 })
  await commit(fixture, { topic: 'u' })
  await converge(new ConsumerClient(fixture))
  assert.deepEqual(await remove(fixture, 't', 'u'), ['GROUP_SUBSCRIBED_TO_TOPIC', 'NONE'])
})

test('OffsetDelete refuses topics that members of a classic group may read', async () => {
  const fixture = fixtureWith({ t: 1, u: 1 })
  const worker = new ClassicClient(fixture, { protocolType: 'connect' })
  await formGroup(worker)
  assert.equal(await remove(fixture, 't'), 'NON_EMPTY_GROUP')
  await worker.leave()
  // Its metadata is no subscription, so that it may read anything.
  const opaque = new ClassicClient(fixture)
  await formGroup(opaque)
  assert.deepEqual(await remove(fixture, 't'), ['GROUP_SUBSCRIBED_TO_TOPIC'])
  await opaque.leave()
  const metadata = encodeValue(consumerProtocolSubscription, { topics: ['t'] })
  const reader = new ClassicClient(fixture, { metadata })
  await formGroup(reader)
  assert.deepEqual(await remove(fixture, 't', 'u'), ['GROUP_SUBSCRIBED_TO_TOPIC', 'NONE'])
})
