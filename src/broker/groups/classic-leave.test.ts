import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ClassicClient,
  classicStateOf,
  joinedPair,
  settle,
  twoMembers,
} from '../../../test/support/group-fixture.ts'

test('a silent member is removed after its session, and the others rebalance', async () => {
  const [fixture, one, two] = await twoMembers()
  fixture.clock.advance(6000)
  await one.heartbeat()
  fixture.clock.advance(4000)
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  assert.equal(await two.heartbeat(), 'UNKNOWN_MEMBER_ID')
  assert.equal((await one.join()).members?.length, 1)
})

test('a group whose last member goes is empty, and its generation goes on', async () => {
  const [fixture, one, two] = await twoMembers()
  assert.equal(await one.leave(), 'NONE')
  assert.equal(await one.leave(), 'UNKNOWN_MEMBER_ID')
  fixture.clock.advance(60_000)
  assert.equal(classicStateOf(fixture), 'Empty')
  two.memberId = ''
  assert.equal((await two.join()).generationId, 4)
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
})

test('a connection that closes takes its join along, and the group goes on', async () => {
  const [fixture, one, two] = await twoMembers()
  const three = new ClassicClient(fixture)
  void three.join()
  await settle()
  three.connection.abort()
  void one.join()
  void two.join()
  await settle()
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
  // It knows its id, so it has its session to come back.
  fixture.clock.advance(10_000)
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
  assert.equal(await three.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('a connection that closes before its client learnt its id leaves no member', async () => {
  const [fixture, one, two] = await twoMembers()
  const three = new ClassicClient(fixture, { version: 3 })
  void three.join()
  await settle()
  void one.join()
  void two.join()
  await settle()
  const { generation } = one
  three.connection.abort()
  await settle()
  assert.equal(one.generation, generation)
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
})

test('a connection that closes during SyncGroup leaves the member to its session', async () => {
  const [fixture, leader, follower] = await joinedPair()
  void follower.sync()
  await settle()
  follower.connection.abort()
  assert.equal(await leader.sync({ [leader.memberId]: 'L' }), 'L')
  fixture.clock.advance(9000)
  await leader.heartbeat()
  assert.equal(classicStateOf(fixture), 'Stable')
  fixture.clock.advance(1000)
  assert.equal(classicStateOf(fixture), 'PreparingRebalance')
})
