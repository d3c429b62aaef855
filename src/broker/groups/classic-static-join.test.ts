import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ClassicClient,
  classicStateOf,
  formGroup,
  GroupFixture,
  settle,
} from '../../../test/support/group-fixture.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { consumerProtocolSubscription } from '../../protocol/records/consumer-protocol.ts'
import { encodeValue } from '../../protocol/records/record-schema.ts'

interface StaticGroup {
  readonly fixture: GroupFixture
  readonly leader: ClassicClient
  readonly follower: ClassicClient
}

async function staticGroup(version = 9): Promise<StaticGroup> {
  const fixture = new GroupFixture()
  const leader = new ClassicClient(fixture, { instanceId: 'i1', version })
  const follower = new ClassicClient(fixture, { instanceId: 'i2', version })
  await formGroup(leader, follower)
  assert(leader.isLeader)
  return { fixture, leader, follower }
}

test('a static member is a member at once, with an id made of its instance id', async () => {
  const fixture = new GroupFixture()
  const client = new ClassicClient(fixture, { instanceId: 'i1' })
  assert.equal((await client.joinOnce()).errorCode, 0)
  assert.match(client.memberId, /^i1-.{22}$/)
})

test('a static member that comes back gets its assignment, and nobody else notices', async () => {
  const { fixture, leader, follower } = await staticGroup()
  const restarted = new ClassicClient(fixture, { instanceId: 'i2' })
  const answer = await restarted.join()
  assert.equal(answer.generationId, leader.generation)
  assert.notEqual(restarted.memberId, follower.memberId)
  assert.equal(await restarted.sync(), '1')
  assert.equal(await leader.heartbeat(), 'NONE')
  assert.equal(classicStateOf(fixture), 'Stable')
})

test('the member whose place was taken is fenced', async () => {
  const { fixture, follower } = await staticGroup()
  await new ClassicClient(fixture, { instanceId: 'i2' }).join()
  assert.equal(await follower.heartbeat(), 'FENCED_INSTANCE_ID')
  assert.equal(await follower.sync(), 'FENCED_INSTANCE_ID')
  assert.equal(await follower.leave(), 'FENCED_INSTANCE_ID')
  assert.equal(errorName((await follower.join()).errorCode), 'FENCED_INSTANCE_ID')
})

test('a static leader that comes back leads on, and is told to leave the assignment', async () => {
  const { fixture } = await staticGroup()
  const restarted = new ClassicClient(fixture, { instanceId: 'i1' })
  const answer = await restarted.join()
  assert.equal(answer.skipAssignment, true)
  assert.equal(answer.leader, restarted.memberId)
  assert.equal(answer.members?.length, 2)
})

test('a static leader before version 9 is made to follow, as it would assign anew', async () => {
  const { fixture, leader } = await staticGroup(8)
  const restarted = new ClassicClient(fixture, { instanceId: 'i1', version: 8 })
  const answer = await restarted.join()
  assert.equal(answer.leader, leader.memberId)
  assert.deepEqual(answer.members, [])
  assert.equal(await restarted.sync(), '0')
})

test('a static member that comes back with other protocols starts a rebalance', async () => {
  const fixture = new GroupFixture()
  const protocols = ['range', 'sticky']
  const one = new ClassicClient(fixture, { instanceId: 'i1', protocols })
  const two = new ClassicClient(fixture, { instanceId: 'i2', protocols })
  await formGroup(one, two)
  void new ClassicClient(fixture, { instanceId: 'i2', protocols: ['sticky'] }).join()
  await settle()
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  const { protocolName } = await one.join()
  assert.equal(protocolName, 'sticky')
})

async function subscribedTo(topics: readonly string[], protocolType = 'consumer') {
  const fixture = new GroupFixture()
  const metadata = encodeValue(consumerProtocolSubscription, { topics })
  const leader = new ClassicClient(fixture, { instanceId: 'i1', metadata, protocolType })
  const follower = new ClassicClient(fixture, { instanceId: 'i2', metadata, protocolType })
  await formGroup(leader, follower)
  /** Returns the state of the group after the follower has come back. */
  async function stateAfterReturn(change: { topics: string[]; generationId?: number }) {
    const changed = encodeValue(consumerProtocolSubscription, change)
    const options = { instanceId: 'i2', metadata: changed, protocolType }
    const answer = new ClassicClient(fixture, options).join()
    await settle()
    return { answer, state: classicStateOf(fixture), changed }
  }
  return { fixture, leader, stateAfterReturn }
}

test('a static member that comes back with other topics starts a rebalance', async () => {
  for (const topics of [['a', 'b', 'c'], ['a'], ['a', 'c']]) {
    const { fixture, leader, stateAfterReturn } = await subscribedTo(['a', 'b'])
    // What it said before is read from the log then.
    if (topics.length === 1) fixture.restart()
    const { answer, state, changed } = await stateAfterReturn({ topics })
    assert.equal(state, 'PreparingRebalance')
    assert.equal(await leader.heartbeat(), 'REBALANCE_IN_PROGRESS')
    const { members } = await leader.join()
    const { memberId } = await answer
    assert.deepEqual(members?.find((member) => member.memberId === memberId)?.metadata, changed)
  }
})

test('a static member may say anything else of itself, or in another order', async () => {
  const consumers = await subscribedTo(['a', 'b'])
  const sameTopics = { topics: ['b', 'a'], generationId: 7 }
  assert.equal((await consumers.stateAfterReturn(sameTopics)).state, 'Stable')
  // What others than consumers say is not for the broker to understand.
  const workers = await subscribedTo(['a', 'b'], 'connect')
  assert.equal((await workers.stateAfterReturn({ topics: ['a'] })).state, 'Stable')
})

test('a static member that comes back in the middle of a rebalance starts it again', async () => {
  const { fixture, leader, follower } = await staticGroup()
  await Promise.all([leader.join(), follower.join()])
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
  const waiting = follower.sync()
  const restarted = new ClassicClient(fixture, { instanceId: 'i2' })
  void restarted.join()
  assert.equal(await waiting, 'FENCED_INSTANCE_ID')
  assert.equal(await leader.sync(), 'REBALANCE_IN_PROGRESS')
  await leader.join()
  assert.equal(restarted.generation, leader.generation)
})

test('a waiting join is fenced by a second client with the same instance id', async () => {
  const fixture = new GroupFixture()
  const one = new ClassicClient(fixture, { instanceId: 'i1' })
  const two = new ClassicClient(fixture, { instanceId: 'i2' })
  await formGroup(one, two)
  const waiting = one.join()
  await settle()
  const twin = new ClassicClient(fixture, { instanceId: 'i1' })
  void twin.join()
  assert.equal(errorName((await waiting).errorCode), 'FENCED_INSTANCE_ID')
  await two.join()
  assert.equal(twin.generation, two.generation)
})

test('a rebalance goes on without a static member, and keeps its place for it', async () => {
  const { fixture, leader, follower } = await staticGroup()
  void leader.join()
  await settle()
  for (let passed = 0; passed < 60_000; passed += 5000) {
    void follower.heartbeat()
    fixture.clock.advance(5000)
  }
  await settle()
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
  const { members } = fixture.coordinator.describeGroups({ groups: ['g'] }).groups[0]!
  assert.equal(members?.length, 2)
})

test('a static member leaves by its instance id alone, as administrators have it', async () => {
  const { fixture, follower } = await staticGroup()
  const leavers = ['i2', 'i3'].map((instanceId) => ({ memberId: '', instanceId }))
  const codes = await fixture.coordinator.leaveGroup('g', leavers)
  assert.deepEqual(codes.map(errorName), ['NONE', 'UNKNOWN_MEMBER_ID'])
  assert.equal(await follower.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('a place that was taken stays taken after a restart of the broker', async () => {
  const { fixture, follower } = await staticGroup()
  const restarted = new ClassicClient(fixture, { instanceId: 'i2' })
  await restarted.join()
  fixture.restart()
  assert.equal(await follower.heartbeat(), 'FENCED_INSTANCE_ID')
  assert.equal(await restarted.heartbeat(), 'NONE')
  assert.equal(await restarted.sync(), '1')
})
