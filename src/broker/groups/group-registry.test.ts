import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerClient, converge, fixtureWith } from '../../../test/support/consumer-client.ts'
import { GroupFixture, settle } from '../../../test/support/group-fixture.ts'
import {
  MigratingConsumer,
  type MigratingConsumerOptions,
} from '../../../test/support/migrating-consumer.ts'
import { LogError } from '../../log/log-error.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { partitionCount } from './assignment.ts'
import type { GroupOptions } from './group-options.ts'
import { loadGroups } from './load-groups.ts'

function classicOf(fixture: GroupFixture, options: Partial<MigratingConsumerOptions> = {}) {
  return new MigratingConsumer(fixture, { topics: ['t'], isCooperative: false, ...options })
}

function kindOf({ coordinator }: GroupFixture): string | undefined {
  return coordinator.listGroups({ statesFilter: [], typesFilter: [] }).groups?.[0]?.groupType
}

function describe({ coordinator }: GroupFixture) {
  return coordinator.consumerGroupDescribe({ groupIds: ['g'] }).groups[0]!
}

/** Has all take their turns until nothing moves any more. */
async function rounds(
  classics: readonly MigratingConsumer[],
  consumers: readonly ConsumerClient[] = [],
): Promise<void> {
  for (let round = 0; round < 8; round++) {
    for (const classic of classics) await classic.step()
    await settle()
    if (consumers.length > 0) await converge(...consumers)
  }
}

function withOptions(options: GroupOptions): GroupFixture {
  const fixture = new GroupFixture(options)
  fixture.topics.set('t', 4)
  return fixture
}

async function joined(fixture: GroupFixture, ...classics: MigratingConsumer[]): Promise<void> {
  await rounds(classics)
  for (const classic of classics) assert(classic.isStable)
  assert.equal(kindOf(fixture), 'classic')
}

for (const isCooperative of [false, true]) {
  const kind = isCooperative ? 'cooperative' : 'eager'

  test(`${kind} consumers take in one of the new protocol, and let it go`, async () => {
    const fixture = fixtureWith()
    const [one, two] = [
      classicOf(fixture, { isCooperative }),
      classicOf(fixture, { isCooperative }),
    ]
    await joined(fixture, one, two)
    assert.equal(`${one.reads} ${two.reads}`.split(' ').length, 4)

    const consumer = new ConsumerClient(fixture)
    assert.equal(await consumer.full(), 'NONE')
    assert.equal(kindOf(fixture), 'consumer')
    assert.deepEqual(consumer.named, {}, 'all partitions are taken')
    await rounds([one, two], [consumer])
    const counts = [one.owned, two.owned, consumer.assigned].map(partitionCount)
    assert.equal(counts.toSorted((a, b) => a - b).join(), '1,1,2')
    assert.equal(describe(fixture).groupState, 'Stable')
    const types = (describe(fixture).members ?? []).map(({ memberType }) => memberType)
    assert.deepEqual(types, [0, 0, 1])

    await consumer.leave()
    assert.equal(kindOf(fixture), 'classic')
    await rounds([one, two])
    assert.deepEqual(`${one.reads} ${two.reads}`.split(' ').sort(), ['t0', 't1', 't2', 't3'])
    const errors = new Set([...one.errors, ...two.errors])
    assert.deepEqual([...errors], ['REBALANCE_IN_PROGRESS'], 'nobody was thrown out')
  })
}

test('a consumer of the classic protocol joins a group of the new one', async () => {
  const fixture = fixtureWith()
  const consumer = new ConsumerClient(fixture)
  await converge(consumer)
  const classic = classicOf(fixture)
  await rounds([classic], [consumer])
  assert.equal(kindOf(fixture), 'consumer')
  assert.equal(partitionCount(classic.owned), 2)
  assert.equal(partitionCount(consumer.assigned), 2)
  await consumer.leave()
  assert.equal(kindOf(fixture), 'classic')
  await rounds([classic])
  assert.equal(classic.reads, 't0 t1 t2 t3')
})

test('a mixed group survives a restart', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture, { sessionTimeoutMs: 7000 })
  await joined(fixture, classic)
  const consumer = new ConsumerClient(fixture)
  await rounds([classic], [consumer])
  const before = describe(fixture)
  fixture.restart()
  assert.deepEqual(describe(fixture), before)
  await classic.step()
  assert.deepEqual(classic.errors.at(-1), 'REBALANCE_IN_PROGRESS', 'only of the upgrade')
  assert(classic.isStable)
  fixture.clock.advance(6999)
  await consumer.heartbeat()
  assert.equal(describe(fixture).members?.length, 2)
  fixture.clock.advance(1)
  assert.equal(describe(fixture).members?.length, 1, 'it has the session that it asked for')
})

test('a group that became a classic one rebalances even after a restart', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture)
  await joined(fixture, classic)
  const consumer = new ConsumerClient(fixture)
  await rounds([classic], [consumer])
  await consumer.leave()
  fixture.restart()
  assert.equal(kindOf(fixture), 'classic')
  await rounds([classic])
  assert.equal(classic.reads, 't0 t1 t2 t3')
})

test('an upgrade that is refused leaves the classic group as it is', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture)
  await joined(fixture, classic)
  const consumer = new ConsumerClient(fixture)
  const records = fixture.log.records.length
  assert.equal(await consumer.full({ memberId: '' }), 'INVALID_REQUEST')
  assert.equal(await consumer.full({ memberEpoch: 1, topicPartitions: [] }), 'GROUP_ID_NOT_FOUND')
  assert.equal(fixture.log.records.length, records)
  assert.equal(kindOf(fixture), 'classic')
  await classic.step()
  assert.deepEqual(classic.errors, [])
})

test('members that wait in a classic group are sent into its successor', async () => {
  const fixture = fixtureWith()
  const [one, two] = [
    classicOf(fixture, { isCooperative: true }),
    classicOf(fixture, { isCooperative: true }),
  ]
  await joined(fixture, one)
  await two.step()
  await two.step()
  assert(two.isWaiting, 'for the other one to join')
  const consumer = new ConsumerClient(fixture)
  await consumer.full()
  await settle()
  assert(!two.isWaiting)
  assert.deepEqual(two.errors, ['REBALANCE_IN_PROGRESS'])
  await rounds([one, two], [consumer])
  assert.equal(
    partitionCount(one.owned) + partitionCount(two.owned),
    4 - partitionCount(consumer.assigned),
  )
})

test('a migration policy says which way groups may go', async () => {
  const cases = [
    ['bidirectional', 'consumer', 'NONE', 'classic'],
    ['upgrade', 'consumer', 'NONE', 'consumer'],
    ['downgrade', 'classic', 'GROUP_ID_NOT_FOUND', 'classic'],
    ['disabled', 'classic', 'GROUP_ID_NOT_FOUND', 'classic'],
  ] as const
  for (const [migrationPolicy, kindAfterJoin, answer, kindAtEnd] of cases) {
    const fixture = withOptions({ migrationPolicy })
    const classic = classicOf(fixture)
    await joined(fixture, classic)
    const consumer = new ConsumerClient(fixture)
    assert.equal(await consumer.full(), answer, migrationPolicy)
    assert.equal(kindOf(fixture), kindAfterJoin, migrationPolicy)
    if (answer === 'NONE') await rounds([classic], [consumer])
    await consumer.leave()
    assert.equal(kindOf(fixture), kindAtEnd, migrationPolicy)
    await rounds([classic])
    assert.equal(classic.reads, 't0 t1 t2 t3', migrationPolicy)
  }
})

test('no classic member joins where migration is disabled', async () => {
  const fixture = withOptions({ migrationPolicy: 'disabled' })
  await converge(new ConsumerClient(fixture))
  const classic = classicOf(fixture)
  await classic.step()
  assert.deepEqual(classic.errors, ['INCONSISTENT_GROUP_PROTOCOL'])
})

test('members of the classic protocol that are alone hear of new partitions', async () => {
  const fixture = withOptions({ migrationPolicy: 'upgrade' })
  const classic = classicOf(fixture)
  await joined(fixture, classic)
  const consumer = new ConsumerClient(fixture)
  await rounds([classic], [consumer])
  await consumer.leave()
  await rounds([classic])
  fixture.topics.set('t', 6)
  await rounds([classic])
  assert.equal(classic.reads, 't0 t1 t2 t3 t4 t5')
  assert.equal(kindOf(fixture), 'consumer')
})

test('static members take each others place across protocols, and nothing moves', async () => {
  const fixture = fixtureWith()
  const [stays, leaves] = [classicOf(fixture), classicOf(fixture, { instanceId: 'i' })]
  await joined(fixture, stays, leaves)
  const other = new ConsumerClient(fixture, { instanceId: 'j' })
  await rounds([stays, leaves], [other])
  const { reads } = leaves
  const { epoch } = other

  leaves.crash()
  const successor = new ConsumerClient(fixture, { instanceId: 'i' })
  assert.equal(await successor.full(), 'NONE')
  assert.equal(reads, named(successor))
  assert.equal(successor.epoch, epoch, 'no rebalance')
  assert.equal(
    await new ConsumerClient(fixture, { instanceId: 'i' }).full(),
    'UNRELEASED_INSTANCE_ID',
  )

  const again = classicOf(fixture, { instanceId: 'i' })
  await rounds([again])
  assert.equal(again.reads, reads)
  assert.equal(await successor.heartbeat(), 'FENCED_INSTANCE_ID')
  assert.equal(kindOf(fixture), 'consumer')

  const last = classicOf(fixture, { instanceId: 'j' })
  const read = named(other)
  await rounds([last])
  assert.equal(kindOf(fixture), 'classic', 'the last one of the new protocol is replaced')
  assert.equal(last.reads, read)
  await rounds([stays, again, last])
  const errors = [stays, again, last].flatMap((each) => each.errors)
  assert.deepEqual([...new Set(errors)], ['REBALANCE_IN_PROGRESS'], 'of the upgrade only')
  assert.deepEqual(again.errors.concat(last.errors), [])
})

function named(client: ConsumerClient): string {
  return Object.entries(client.named)
    .flatMap(([topic, partitions]) => partitions.map((each) => `${topic}${each}`))
    .join(' ')
}

test('a static member with the new protocol moves nothing in a classic group', async () => {
  const fixture = fixtureWith()
  const [one, two] = ['i', 'j'].map((instanceId) => classicOf(fixture, { instanceId }))
  await joined(fixture, one!, two!)
  const { reads, generation } = one!
  one!.crash()
  const successor = new ConsumerClient(fixture, { instanceId: 'i' })
  await successor.full()
  assert.equal(named(successor), reads)
  assert.equal(successor.epoch, generation)
  await rounds([two!], [successor])
  assert.deepEqual(two!.errors, [])
  assert.equal(kindOf(fixture), 'consumer')
})

test('a member that does not join again, or sync, in time is removed', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture, { rebalanceTimeoutMs: 2000 })
  await joined(fixture, classic)
  const consumer = new ConsumerClient(fixture)
  await consumer.full()
  await classic.step()
  assert.deepEqual(classic.errors, ['REBALANCE_IN_PROGRESS'])
  fixture.clock.advance(1999)
  assert.equal(describe(fixture).members?.length, 2)
  fixture.clock.advance(1)
  assert.equal(describe(fixture).members?.length, 1)

  const late = classicOf(fixture, { rebalanceTimeoutMs: 3000 })
  await late.step()
  await late.step()
  assert.equal(describe(fixture).members?.length, 2)
  fixture.clock.advance(3000)
  assert.equal(describe(fixture).members?.length, 1)
})

test('members of the classic protocol commit in their generation only', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture)
  await joined(fixture, classic)
  await rounds([classic], [new ConsumerClient(fixture)])
  const commit = async (generation: number): Promise<string> => {
    const partition = {
      partitionIndex: 0,
      committedOffset: 5,
      committedLeaderEpoch: -1,
      committedMetadata: '',
    }
    const { topics } = await fixture.coordinator.commitOffsets(
      {
        groupId: 'g',
        generationIdOrMemberEpoch: generation,
        memberId: classic.memberId,
        groupInstanceId: null,
        retentionTimeMs: -1,
        topics: [{ name: 't', topicId: fixture.topics.byName('t')!.id, partitions: [partition] }],
      },
      8,
    )
    return errorName(topics[0]!.partitions[0]!.errorCode)
  }
  assert.equal(await commit(classic.generation), 'NONE')
  assert.equal(await commit(classic.generation + 1), 'ILLEGAL_GENERATION')
})

test('an administrator removes members of either protocol', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture, { instanceId: 'i' })
  await joined(fixture, classic)
  const [one, two] = [new ConsumerClient(fixture), new ConsumerClient(fixture)]
  await rounds([classic], [one, two])
  const leavers = [
    { memberId: '', instanceId: 'i' },
    { memberId: one.memberId, instanceId: null },
    { memberId: 'nobody', instanceId: null },
  ]
  const codes = await fixture.coordinator.leaveGroup('g', leavers)
  assert.deepEqual(codes.map(errorName), ['NONE', 'NONE', 'UNKNOWN_MEMBER_ID'])
  await converge(two)
  assert.equal(partitionCount(two.assigned), 4)
})

test('members of either protocol stay while the log refuses what they ask for', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture, { rebalanceTimeoutMs: 5000 })
  await joined(fixture, classic)
  const consumer = new ConsumerClient(fixture)
  await consumer.full()
  await rounds([classic], [consumer])
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
  fixture.topics.set('t', 6)
  for (let second = 0; second < 60; second++) {
    assert.equal(await consumer.heartbeat(), 'NOT_COORDINATOR')
    await classic.step()
    fixture.clock.advance(1000)
  }
  fixture.log.failure = undefined
  fixture.clock.advance(1000)
  assert.equal(describe(fixture).members?.length, 2)
  await rounds([classic], [consumer])
  assert.equal([classic.reads, ...consumer.named['t']!].join(' ').split(' ').length, 6)
})

test('a group whose conversion the log refuses stays what it is', async () => {
  const fixture = fixtureWith()
  const classic = classicOf(fixture)
  await joined(fixture, classic)
  const before = loadGroups(fixture.log).groups.get('g')
  fixture.log.failure = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
  assert.equal(await new ConsumerClient(fixture).full(), 'NOT_COORDINATOR')
  fixture.log.failure = undefined
  assert.deepEqual(loadGroups(fixture.log).groups.get('g'), before)
  assert.equal(kindOf(fixture), 'classic')
  await classic.step()
  assert.deepEqual(classic.errors, [])
})
