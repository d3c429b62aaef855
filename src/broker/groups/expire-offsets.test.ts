import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { loadExpressions } from '../expressions.ts'
import { ConsumerClient, converge } from '../../../test/support/consumer-client.ts'
import { ClassicClient, formGroup, GroupFixture } from '../../../test/support/group-fixture.ts'
import { MigratingConsumer } from '../../../test/support/migrating-consumer.ts'
import { errorName } from '../../protocol/error-codes.ts'

before(loadExpressions)

const retentionMs = 100_000
const checkMs = 1000

function fixtureOf(...topics: string[]): GroupFixture {
  const fixture = new GroupFixture({
    offsetsRetentionMs: retentionMs,
    offsetsRetentionCheckMs: checkMs,
    maxSessionTimeoutMs: 1e9,
    consumerSessionTimeoutMs: 1e9,
  })
  for (const topic of topics) fixture.topics.set(topic, 1)
  return fixture
}

interface Commit {
  readonly topic?: string
  readonly retentionTimeMs?: number
  readonly memberId?: string
  readonly epoch?: number
}

async function commit(fixture: GroupFixture, changes: Commit = {}): Promise<void> {
  const { topic = 't', retentionTimeMs = -1, memberId = '', epoch = -1 } = changes
  const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1 }
  const { id: topicId } = fixture.topics.byName(topic)!
  const { topics } = await fixture.coordinator.commitOffsets(
    {
      groupId: 'g',
      generationIdOrMemberEpoch: epoch,
      memberId,
      groupInstanceId: null,
      retentionTimeMs,
      topics: [{ name: topic, topicId, partitions: [{ ...partition, committedMetadata: null }] }],
    },
    9,
  )
  assert.equal(errorName(topics[0]!.partitions[0]!.errorCode), 'NONE')
}

/** The topics that the group has offsets of; `gone` where it is not there any more. */
async function kept({ coordinator }: GroupFixture): Promise<string> {
  const groups = coordinator.listGroups({ statesFilter: [], typesFilter: [] }).groups ?? []
  if (groups.length === 0) return 'gone'
  const { topics } = await coordinator.fetchOffsets({
    groupId: 'g',
    memberId: null,
    memberEpoch: -1,
    topics: null,
    usesTopicIds: false,
  })
  return topics.map(({ name }) => name).join(' ')
}

/** Also after a restart, which knows only what the log says. */
async function checkKept(fixture: GroupFixture, expected: string): Promise<void> {
  assert.equal(await kept(fixture), expected)
  fixture.restart()
  assert.equal(await kept(fixture), expected)
}

test('what a client without a group committed is kept from its commit on', async () => {
  const fixture = fixtureOf('t', 'u')
  await commit(fixture)
  fixture.clock.advance(retentionMs / 2)
  await commit(fixture, { topic: 'u' })
  fixture.clock.advance(retentionMs / 2 - 1)
  await checkKept(fixture, 't u')
  fixture.clock.advance(checkMs)
  await checkKept(fixture, 'u')
  fixture.clock.advance(retentionMs)
  await checkKept(fixture, 'gone')
})

test('offsets of a classic group are kept from when its last member left', async () => {
  const fixture = fixtureOf('t')
  const client = new ClassicClient(fixture, { sessionTimeoutMs: 1e8 })
  await formGroup(client)
  const { memberId, generation: epoch } = client
  await commit(fixture, { memberId, epoch })
  fixture.clock.advance(3 * retentionMs)
  await checkKept(fixture, 't')
  await client.leave()
  fixture.clock.advance(retentionMs - checkMs)
  await checkKept(fixture, 't')
  fixture.clock.advance(2 * checkMs)
  await checkKept(fixture, 'gone')
})

test('a stable group of consumers loses offsets of topics that nobody reads any more', async () => {
  const fixture = fixtureOf('t', 'u')
  const classic = new MigratingConsumer(fixture, {
    topics: ['t'],
    isCooperative: false,
    sessionTimeoutMs: 1e8,
  })
  for (let step = 0; step < 3; step++) await classic.step()
  const { memberId, generation: epoch } = classic
  await commit(fixture, { memberId, epoch })
  await commit(fixture, { topic: 'u', memberId, epoch })
  fixture.clock.advance(retentionMs + checkMs)
  await checkKept(fixture, 't')
})

test('members that are no consumers keep all that the group has', async () => {
  const fixture = fixtureOf('t')
  const worker = new ClassicClient(fixture, { protocolType: 'connect', sessionTimeoutMs: 1e8 })
  await formGroup(worker)
  await commit(fixture, { memberId: worker.memberId, epoch: worker.generation })
  fixture.clock.advance(3 * retentionMs)
  await checkKept(fixture, 't')
})

test('a KIP-848 group keeps what it reads, and that from when its last member left', async () => {
  const fixture = fixtureOf('t', 'u')
  const consumer = new ConsumerClient(fixture, { topics: [], regex: 't.*' })
  await converge(consumer)
  const { memberId, epoch } = consumer
  await commit(fixture, { memberId, epoch })
  await commit(fixture, { topic: 'u', memberId, epoch })
  fixture.clock.advance(retentionMs + checkMs)
  await checkKept(fixture, 't')
  await consumer.leave()
  fixture.clock.advance(retentionMs - checkMs)
  await checkKept(fixture, 't')
  fixture.clock.advance(2 * checkMs)
  await checkKept(fixture, 'gone')
})

test('a client of an old version says how long its offsets are kept', async () => {
  const fixture = fixtureOf('t', 'u')
  await commit(fixture, { retentionTimeMs: 10 * checkMs })
  await commit(fixture, { topic: 'u', retentionTimeMs: 2 * retentionMs })
  fixture.clock.advance(9 * checkMs)
  await checkKept(fixture, 't u')
  fixture.clock.advance(checkMs)
  await checkKept(fixture, 'u')
  fixture.clock.advance(retentionMs)
  await checkKept(fixture, 'u')
  fixture.clock.advance(retentionMs)
  await checkKept(fixture, 'gone')
})

test('an offset that a transaction is about to replace is kept until that ends', async () => {
  const fixture = fixtureOf('t')
  await commit(fixture)
  const partition = { partitionIndex: 0, committedOffset: 2, committedLeaderEpoch: -1 }
  await fixture.coordinator.commitInTransaction({
    transactionalId: 'x',
    groupId: 'g',
    producerId: 7,
    producerEpoch: 0,
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [{ name: 't', partitions: [{ ...partition, committedMetadata: null }] }],
  })
  fixture.clock.advance(retentionMs + checkMs)
  await checkKept(fixture, 't')
  const abort = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, result: 'abort' } as const
  await fixture.coordinator.endTransaction(abort)
  fixture.clock.advance(checkMs)
  await checkKept(fixture, 'gone')
})

test('nothing expires while the clock is not believed', async () => {
  const fixture = fixtureOf('t')
  await commit(fixture)
  fixture.isClockBelieved = false
  fixture.clock.advance(10 * retentionMs)
  assert.equal(await kept(fixture), 't')
  fixture.isClockBelieved = true
  fixture.clock.advance(checkMs)
  assert.equal(await kept(fixture), 'gone')
})

test('topics are not matched with the pattern of a group whose offsets are young', async (t) => {
  const fixture = fixtureOf('t', 'u')
  const consumer = new ConsumerClient(fixture, { topics: [], regex: 't.*' })
  await converge(consumer)
  const { memberId, epoch } = consumer
  await commit(fixture, { memberId, epoch })
  const all = t.mock.method(fixture.topics, 'all')
  fixture.clock.advance(checkMs)
  assert.equal(all.mock.callCount(), 0)
  await checkKept(fixture, 't')
})
