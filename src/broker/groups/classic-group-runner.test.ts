import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ClassicClient,
  classicStateOf,
  GroupFixture,
  joinedPair,
  settle,
  text,
  twoMembers,
} from '../../../test/support/group-fixture.ts'
import { LogError } from '../../log/log-error.ts'
import { errorName } from '../../protocol/error-codes.ts'

test('join() asks a new client of version 4 or later to come again with a member id', async () => {
  const fixture = new GroupFixture()
  const client = new ClassicClient(fixture, { version: 4 })
  const answer = await client.joinOnce()
  assert.equal(errorName(answer.errorCode), 'MEMBER_ID_REQUIRED')
  assert.match(answer.memberId, /^client-.{22}$/)
  const older = new ClassicClient(fixture, { version: 3 })
  assert.equal((await older.joinOnce()).errorCode, 0)
})

test('the first member leads, and is told of itself', async () => {
  const fixture = new GroupFixture()
  const client = new ClassicClient(fixture)
  const answer = await client.join()
  assert.equal(answer.generationId, 1)
  assert.equal(answer.leader, client.memberId)
  assert.deepEqual([answer.protocolType, answer.protocolName], ['consumer', 'range'])
  assert.deepEqual(
    answer.members?.map(({ memberId, metadata }) => [memberId, text(metadata)]),
    [[client.memberId, 'range']],
  )
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
  assert.equal(await client.sync({ [client.memberId]: 'all' }), 'all')
  assert.equal(classicStateOf(fixture), 'Stable')
})

test('the initial delay gathers members into one generation, and each extends it', async () => {
  const fixture = new GroupFixture({ initialRebalanceDelayMs: 100 })
  const clients = [0, 1, 2].map(() => new ClassicClient(fixture))
  const joins = []
  for (const client of clients) {
    joins.push(client.join())
    await settle()
    fixture.clock.advance(60)
  }
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  fixture.clock.advance(200)
  const answers = await Promise.all(joins)
  assert.deepEqual(
    answers.map(({ generationId }) => generationId),
    [1, 1, 1],
  )
  const memberCounts = answers.map(({ members = [] }) => members.length)
  assert.deepEqual(
    memberCounts.sort((a, b) => a - b),
    [0, 0, 3],
  )
})

test('the initial delay is not extended beyond the rebalance timeout', async () => {
  const fixture = new GroupFixture({ initialRebalanceDelayMs: 100 })
  const first = new ClassicClient(fixture, { rebalanceTimeoutMs: 250 })
  const joined = first.join()
  for (let count = 0; count < 6; count++) {
    await settle()
    void new ClassicClient(fixture, { rebalanceTimeoutMs: 250 }).join()
    await settle()
    fixture.clock.advance(50)
  }
  assert.equal((await joined).generationId, 1)
})

test('a follower waits in SyncGroup for the leader', async () => {
  const [, leader, follower] = await joinedPair()
  let assigned: string | undefined
  const waiting = follower.sync().then((answer) => (assigned = answer))
  await settle()
  assert.equal(assigned, undefined)
  await leader.sync({ [leader.memberId]: 'L', [follower.memberId]: 'F' })
  await waiting
  assert.equal(assigned, 'F')
})

test('a joining member interrupts the others, which learn of it by heartbeats', async () => {
  const [fixture, one, two] = await twoMembers()
  const three = new ClassicClient(fixture)
  const joined = three.join()
  await settle()
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  assert.equal(await one.heartbeat(), 'REBALANCE_IN_PROGRESS')
  assert.equal(await two.sync(), 'REBALANCE_IN_PROGRESS')
  const { generation } = one
  const rejoined = [one.join(), two.join()]
  assert.deepEqual(
    (await Promise.all([joined, ...rejoined])).map(({ generationId }) => generationId),
    [generation + 1, generation + 1, generation + 1],
  )
})

test('a member that does not join in time is left behind', async () => {
  const [fixture, one, two] = await twoMembers()
  const three = new ClassicClient(fixture)
  const joined = Promise.all([three.join(), one.join()])
  await settle()
  // Its heartbeats keep the session of the second alive: it is the rebalance timeout that ends.
  for (let passed = 0; passed < 60_000; passed += 5000) {
    void two.heartbeat()
    fixture.clock.advance(5000)
  }
  const [{ generationId }] = await joined
  assert.equal(generationId, 3)
  assert.equal(await two.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('members that do not ask for their assignment in time are removed', async () => {
  const [fixture, leader, follower] = await joinedPair()
  const waiting = follower.sync()
  for (let passed = 0; passed < 60_000; passed += 5000) {
    void leader.heartbeat()
    fixture.clock.advance(5000)
  }
  assert.equal(await waiting, 'REBALANCE_IN_PROGRESS')
  assert.equal(await leader.heartbeat(), 'UNKNOWN_MEMBER_ID')
  assert.equal((await follower.join()).leader, follower.memberId)
})

test('the leader may rebalance at will, a follower only with new metadata', async () => {
  const [fixture, one, two] = await twoMembers()
  const [leader, follower] = one.isLeader ? [one, two] : [two, one]
  const { generation } = follower
  assert.equal((await follower.join()).generationId, generation)
  assert.equal(classicStateOf(fixture), 'Stable')
  const rejoined = leader.join()
  await settle()
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  await Promise.all([rejoined, follower.join()])
  assert.equal(leader.generation, generation + 1)

  await Promise.all([leader.sync(), follower.sync()])
  follower.protocols = ['range', 'another']
  void follower.join()
  await settle()
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
})

test('the protocol is the one that most members prefer, of those that all know', async () => {
  const fixture = new GroupFixture({ initialRebalanceDelayMs: 100 })
  const clients = [
    new ClassicClient(fixture, { protocols: ['only-mine', 'a', 'b'] }),
    new ClassicClient(fixture, { protocols: ['b', 'a'] }),
    new ClassicClient(fixture, { protocols: ['b', 'a', 'c'] }),
  ]
  const joins = clients.map((client) => client.join())
  await settle()
  fixture.clock.advance(300)
  const names = (await Promise.all(joins)).map(({ protocolName }) => protocolName)
  assert.deepEqual(names, ['b', 'b', 'b'])
})

test('join() refuses a member that shares no protocol with the others', async () => {
  const [fixture] = await twoMembers()
  for (const options of [{ protocols: ['other'] }, { protocolType: 'connect' }]) {
    const { errorCode } = await new ClassicClient(fixture, options).join()
    assert.equal(errorName(errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
  }
})

test('join() refuses more members than allowed, those about to join included', async () => {
  const fixture = new GroupFixture({ maxSize: 2 })
  const one = new ClassicClient(fixture)
  await one.joinOnce()
  const two = new ClassicClient(fixture)
  await two.joinOnce()
  const { errorCode } = await new ClassicClient(fixture).joinOnce()
  assert.equal(errorName(errorCode), 'GROUP_MAX_SIZE_REACHED')
})

test('join() refuses session timeouts out of range, and no group id', async () => {
  const fixture = new GroupFixture()
  for (const sessionTimeoutMs of [5999, 30 * 60 * 1000 + 1]) {
    const { errorCode } = await new ClassicClient(fixture, { sessionTimeoutMs }).join()
    assert.equal(errorName(errorCode), 'INVALID_SESSION_TIMEOUT')
  }
  const { errorCode } = await new ClassicClient(fixture, { groupId: '' }).join()
  assert.equal(errorName(errorCode), 'INVALID_GROUP_ID')
})

test('requests of another generation or of unknown members are refused', async () => {
  const [fixture, one] = await twoMembers()
  one.generation--
  assert.equal(await one.heartbeat(), 'ILLEGAL_GENERATION')
  assert.equal(await one.sync(), 'ILLEGAL_GENERATION')
  const stranger = new ClassicClient(fixture)
  stranger.memberId = 'stranger'
  assert.equal(await stranger.heartbeat(), 'UNKNOWN_MEMBER_ID')
  assert.equal(await stranger.sync(), 'UNKNOWN_MEMBER_ID')
  assert.equal(errorName((await stranger.join()).errorCode), 'UNKNOWN_MEMBER_ID')
  const elsewhere = new ClassicClient(fixture, { groupId: 'no such group' })
  elsewhere.memberId = 'stranger'
  assert.equal(await elsewhere.heartbeat(), 'UNKNOWN_MEMBER_ID')
  assert.equal(await elsewhere.leave(), 'UNKNOWN_MEMBER_ID')
})

test('a group that nobody came into is forgotten', async () => {
  const fixture = new GroupFixture()
  await new ClassicClient(fixture).joinOnce()
  assert.equal(classicStateOf(fixture), 'Empty')
  fixture.clock.advance(10_000)
  assert.equal(classicStateOf(fixture), 'gone')
  assert.equal(fixture.clock.waitingCount, 1, 'the search for offsets that expire goes on')
})

test('a group that is larger than it may be after a restart lets only so many in', async () => {
  const [fixture, one, two] = await twoMembers()
  fixture.restart({ maxSize: 1 })
  assert.equal(await one.heartbeat(), 'REBALANCE_IN_PROGRESS')
  const joined = one.join()
  assert.equal(errorName((await two.join()).errorCode), 'GROUP_MAX_SIZE_REACHED')
  fixture.clock.advance(60_000)
  assert.equal(errorName((await joined).errorCode), 'NONE')
  assert.equal(await two.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('close() answers who waits, and leaves no timer behind', async () => {
  const [fixture] = await twoMembers()
  const joined = new ClassicClient(fixture).join()
  await settle()
  fixture.coordinator.close()
  assert.equal(errorName((await joined).errorCode), 'NOT_COORDINATOR')
  assert.equal(fixture.clock.waitingCount, 0)
})

test('a group whose members go while the log refuses records takes others later', async () => {
  const fixture = new GroupFixture()
  const gone = new ClassicClient(fixture)
  await gone.join()
  await gone.sync({ [gone.memberId]: 'all' })
  // One that waits in vain keeps the group in its rebalance until that has taken too long.
  const waiting = new ClassicClient(fixture)
  void waiting.join()
  await settle()
  waiting.connection.abort()
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
  for (let second = 0; second < 70; second++) fixture.clock.advance(1000)
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  fixture.log.failure = undefined
  fixture.clock.advance(1000)
  assert.equal(classicStateOf(fixture), 'Empty')
  const client = new ClassicClient(fixture)
  assert.equal((await client.join()).errorCode, 0)
})
