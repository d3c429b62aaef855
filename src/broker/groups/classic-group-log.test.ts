import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ClassicClient,
  classicStateOf,
  GroupFixture,
  settle,
  twoMembers,
} from '../../../test/support/group-fixture.ts'
import { LogError } from '../../log/log-error.ts'

test('sync() is answered only when the assignment is durable', async () => {
  const fixture = new GroupFixture()
  const client = new ClassicClient(fixture)
  await client.join()
  fixture.log.holdSyncs()
  let assigned: string | undefined
  const syncing = client.sync({ [client.memberId]: 'all' }).then((answer) => (assigned = answer))
  await settle()
  assert.equal(assigned, undefined)
  assert.equal(classicStateOf(fixture), 'Stable')
  fixture.log.releaseSyncs()
  await syncing
  assert.equal(assigned, 'all')
})

test('an assignment that the log refuses changes nothing', async () => {
  const fixture = new GroupFixture()
  const client = new ClassicClient(fixture)
  await client.join()
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is gone')
  assert.equal(await client.sync({ [client.memberId]: 'all' }), 'NOT_COORDINATOR')
  assert.equal(classicStateOf(fixture), 'CompletingRebalance')
  fixture.log.failure = undefined
  assert.equal(await client.sync({ [client.memberId]: 'all' }), 'all')
})

test('a stable group survives a restart with its members, which go on as before', async () => {
  const [fixture, one, two] = await twoMembers()
  const before = fixture.coordinator.describeGroups({ groups: ['g'] })
  fixture.restart()
  assert.deepEqual(fixture.coordinator.describeGroups({ groups: ['g'] }), before)
  assert.equal(await one.heartbeat(), 'NONE')
  assert.equal(await two.sync(), '1')
  fixture.clock.advance(10_000)
  assert.equal(await one.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('a restart during a rebalance sends the members back to the generation before', async () => {
  const [fixture, one, two] = await twoMembers()
  const { generation } = one
  void new ClassicClient(fixture).join()
  await settle()
  await Promise.all([one.join(), two.join()])
  assert.equal(one.generation, generation + 1)
  fixture.restart()
  assert.equal(await one.sync(), 'ILLEGAL_GENERATION')
  void one.join()
  await settle()
  await two.join()
  assert.equal(two.generation, generation + 1)
})
