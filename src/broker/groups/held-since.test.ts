import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerClient, converge, fixtureWith } from '../../../test/support/consumer-client.ts'
import type { GroupFixture } from '../../../test/support/group-fixture.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { assignmentOf, noPartitions } from './assignment.ts'
import { heldNothing, heldSince } from './held-since.ts'

const set = (...partitions: number[]) => assignmentOf([{ topicId: 't', partitions }])

/** `0@5 1@6` of what is held. */
function notation(since: ReturnType<typeof heldSince>): string {
  const ofTopic = [...(since.get('t') ?? [])]
  return ofTopic.map(([partition, epoch]) => `${partition}@${epoch}`).join(' ')
}

test('heldSince() keeps the epoch of what was held before, and forgets what is not', () => {
  const first = heldSince(heldNothing, { epoch: 5, assigned: set(0, 1, 2), revoking: noPartitions })
  assert.equal(notation(first), '0@5 1@5 2@5')
  const second = heldSince(first, { epoch: 6, assigned: set(0, 3), revoking: set(1) })
  assert.equal(notation(second), '0@5 3@6 1@5')
  const third = heldSince(second, { epoch: 7, assigned: set(1, 2), revoking: noPartitions })
  assert.equal(notation(third), '1@5 2@7')
})

test('heldSince() of a member that is away is not negative', () => {
  const held = { epoch: -2, assigned: set(0), revoking: noPartitions }
  assert.equal(notation(heldSince(heldNothing, held)), '0@0')
})

async function commit(
  { coordinator, topics }: GroupFixture,
  { memberId }: ConsumerClient,
  { epoch, partition }: { readonly epoch: number; readonly partition: number },
): Promise<string> {
  const { name, id: topicId } = topics.byName('t')!
  const offset = { committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: null }
  const answer = await coordinator.commitOffsets(
    {
      groupId: 'g',
      generationIdOrMemberEpoch: epoch,
      memberId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name, topicId, partitions: [{ partitionIndex: partition, ...offset }] }],
    },
    9,
  )
  return errorName(answer.topics[0]!.partitions[0]!.errorCode)
}

// A member may commit while it learns of its next epoch: what it kept is its own all the time.
test('a commit from an epoch before counts for partitions that the member had then', async () => {
  const fixture = fixtureWith({ t: 4 })
  const [one, two] = [new ConsumerClient(fixture), new ConsumerClient(fixture)]
  await converge(one)
  const { epoch } = one
  await converge(one, two)
  assert(one.epoch > epoch)
  const [kept] = one.named['t']!
  const [given] = two.named['t']!
  assert.equal(await commit(fixture, one, { epoch, partition: kept! }), 'NONE')
  assert.equal(await commit(fixture, one, { epoch, partition: given! }), 'STALE_MEMBER_EPOCH')
  const later = { epoch: one.epoch + 1, partition: kept! }
  assert.equal(await commit(fixture, one, later), 'STALE_MEMBER_EPOCH')
  const before = { epoch: 0, partition: kept! }
  assert.equal(await commit(fixture, one, before), 'STALE_MEMBER_EPOCH')
  fixture.restart()
  assert.equal(await commit(fixture, one, { epoch, partition: kept! }), 'NONE')
  assert.equal(await commit(fixture, one, { epoch, partition: given! }), 'STALE_MEMBER_EPOCH')

  await two.leave()
  await converge(one)
  const again = { epoch, partition: given! }
  assert.equal(await commit(fixture, one, again), 'STALE_MEMBER_EPOCH', 'it was gone meanwhile')
  assert.equal(await commit(fixture, one, { epoch: one.epoch, partition: given! }), 'NONE')
})
