import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness, newPeer, settle } from '../../../test/support/broker-harness.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { heartbeat } from '../../protocol/heartbeat.ts'
import { joinGroup } from '../../protocol/join-group.ts'
import { leaveGroup } from '../../protocol/leave-group.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import { syncGroup } from '../../protocol/sync-group.ts'
import { metadata } from '../../protocol/metadata.ts'

const group = { groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000 }
const protocols = [{ name: 'range', metadata: Uint8Array.of(1) }]
const assignment = Uint8Array.of(7, 7)

function harness(): BrokerHarness {
  return new BrokerHarness({ broker: { groups: { initialRebalanceDelayMs: 0 } } })
}

async function join(broker: BrokerHarness, version: number, memberId = '') {
  const body = { ...group, memberId, protocolType: 'consumer', protocols }
  const answer = await broker.request(joinGroup, version, body)
  if (errorName(answer.errorCode) !== 'MEMBER_ID_REQUIRED') return answer
  return broker.request(joinGroup, version, { ...body, memberId: answer.memberId })
}

const lastVersions = { sync: 5, heartbeat: 4, leave: 5, commit: 9 }

test('a member of any version joins, is assigned, reports, commits and leaves', async () => {
  for (let version = 0; version <= 9; version++) {
    const broker = harness()
    await broker.request(metadata, 9, { topics: [{ name: 't' }] })
    const { memberId, generationId, leader, ...joined } = await join(broker, version)
    const message = `version ${version}`
    assert.equal(leader, memberId, message)
    assert.equal(joined.protocolType, version >= 7 ? 'consumer' : null, message)
    assert.equal(joined.protocolName, 'range', message)
    assert.equal(joined.members.length, 1, message)

    const member = { groupId: 'g', memberId, generationId }
    const protocol = { protocolType: 'consumer', protocolName: 'range' }
    const plan = { ...member, ...protocol, assignments: [{ memberId, assignment }] }
    const synced = await broker.request(syncGroup, Math.min(version, lastVersions.sync), plan)
    assert.deepEqual(synced.assignment, assignment, message)
    const alive = await broker.request(heartbeat, Math.min(version, lastVersions.heartbeat), member)
    assert.equal(alive.errorCode, 0, message)

    const partition = { partitionIndex: 0, committedOffset: 1, committedMetadata: null }
    const commitVersion = Math.max(2, Math.min(version, lastVersions.commit))
    const committed = await broker.request(offsetCommit, commitVersion, {
      groupId: 'g',
      memberId,
      generationIdOrMemberEpoch: generationId,
      topics: [{ name: 't', partitions: [partition] }],
    })
    assert.equal(committed.topics[0]!.partitions[0]!.errorCode, 0, message)

    const leaveVersion = Math.min(version, lastVersions.leave)
    const leaving = { groupId: 'g', memberId, members: [{ memberId }] }
    const left = await broker.request(leaveGroup, leaveVersion, leaving)
    assert.deepEqual([left.errorCode, left.members[0]?.errorCode ?? 0], [0, 0], message)
    const { groups } = await broker.request(listGroups, 4, {})
    assert.deepEqual(
      groups.map(({ groupState }) => groupState),
      ['Empty'],
      message,
    )
    await broker.broker.close()
  }
})

test('version 0 takes the session timeout for the rebalance timeout', async () => {
  const broker = harness()
  const { memberId, generationId } = await join(broker, 0)
  await broker.request(syncGroup, 0, { groupId: 'g', memberId, generationId })
  const second = join(broker, 0)
  await settle()
  // The first does not come back: the second has to wait for it no longer than its session.
  broker.clock.advance(10_000)
  assert.equal((await second).members.length, 1)
})

test('a join whose connection closes does not hold up the others', async () => {
  const broker = harness()
  const first = await join(broker, 3)
  const { memberId, generationId } = first
  await broker.request(syncGroup, 3, { groupId: 'g', memberId, generationId })
  const { peer, disconnect } = newPeer()
  const body = { ...group, memberId: '', protocolType: 'consumer', protocols }
  const dropped = broker.request(joinGroup, 3, body, peer)
  await settle()
  disconnect()
  await dropped
  assert.equal((await join(broker, 3, memberId)).members.length, 1)
})

test('what a request reads of its message is kept, though the message is reused', async () => {
  const broker = harness()
  const { memberId, generationId } = await join(broker, 5)
  const assignments = [{ memberId, assignment }]
  const message = broker.encode(syncGroup, 3, { groupId: 'g', memberId, generationId, assignments })
  const answer = broker.broker.handle(message, newPeer().peer)
  message.fill(0)
  await answer
  const again = await broker.request(syncGroup, 3, { groupId: 'g', memberId, generationId })
  assert.deepEqual(again.assignment, assignment)
})

test('a sync of version 5 that does not say what the group is for is refused', async () => {
  const broker = harness()
  const { memberId, generationId } = await join(broker, 9)
  const body = { groupId: 'g', memberId, generationId, assignments: [{ memberId, assignment }] }
  const { errorCode } = await broker.request(syncGroup, 5, { ...body, protocolName: 'range' })
  assert.equal(errorCode, errorCodes.INCONSISTENT_GROUP_PROTOCOL)
  assert.equal((await broker.request(syncGroup, 4, body)).errorCode, errorCodes.NONE)
})
