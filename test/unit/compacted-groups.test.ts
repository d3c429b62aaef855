/** Compacts the broker's own topics under it, and looks whether the next start finds the same. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerGroupDescribe } from '../../src/protocol/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from '../../src/protocol/consumer-group-heartbeat.ts'
import { offsetCommit } from '../../src/protocol/offset-commit.ts'
import { offsetFetch } from '../../src/protocol/offset-fetch.ts'
import { BrokerHarness, settle } from '../support/broker-harness.ts'
import { seededRandom } from '../support/random.ts'

const groups = ['g', 'h']

function openBroker(): BrokerHarness {
  return new BrokerHarness({
    broker: {
      compactionCheckMs: 1000,
      groups: { consumerSessionTimeoutMs: 60_000 },
      topicDefaults: { 'segment.ms': '2000', 'min.cleanable.dirty.ratio': '0' },
    },
  })
}

/** Lets time pass, and what is scheduled run to its end. */
async function pass(broker: BrokerHarness, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 10) {
    broker.clock.advance(10)
    await settle()
  }
}

async function commit(broker: BrokerHarness, group: string, committedOffset: number) {
  const partitions = [0, 1].map((partitionIndex) => {
    return { partitionIndex, committedOffset, committedMetadata: '-'.repeat(100) }
  })
  const topics = [{ name: 't', partitions }]
  const answer = await broker.request(offsetCommit, 8, { groupId: group, memberId: '', topics })
  assert.equal(answer.topics[0]!.partitions[0]!.errorCode, 0)
}

async function offsetsOf(broker: BrokerHarness) {
  const asked = ['plain', ...groups].map((groupId) => ({ groupId, topics: null }))
  return (await broker.request(offsetFetch, 8, { groups: asked, requireStable: true })).groups
}

function sizeOfOffsets(broker: BrokerHarness): number {
  const topics = broker.broker.describeTopics()
  return topics.find(({ name }) => name === '__consumer_offsets')!.sizeBytes
}

test('__consumer_offsets stops growing, and no offset is lost', async () => {
  const broker = openBroker()
  await broker.createTopic('t', { partitions: 2 })
  const sizes: number[] = []
  for (let count = 0; count < 40; count++) {
    await commit(broker, 'plain', count)
    await pass(broker, 500)
    sizes.push(sizeOfOffsets(broker))
  }
  assert.ok(Math.max(...sizes) < 10 * sizes[0]!, `it takes ${sizes.join(', ')} bytes`)
  const before = await offsetsOf(broker)
  assert.equal(before[0]!.topics[0]!.partitions[0]!.committedOffset, 39)
  await broker.restart()
  assert.deepEqual(await offsetsOf(broker), before)
})

test('groups are the same after their log was compacted', async () => {
  const broker = openBroker()
  await broker.createTopic('t', { partitions: 4 })
  const random = seededRandom()
  const epochs = new Map<string, number>()
  for (let step = 0; step < 60; step++) {
    const groupId = random.pick(groups)
    const memberId = random.pick(['a', 'b', 'c'])
    const member = `${groupId} ${memberId}`
    const known = epochs.get(member)
    const memberEpoch = known === undefined ? 0 : random.pick([known, known, -1])
    const joining = { subscribedTopicNames: ['t'], rebalanceTimeoutMs: 60_000 }
    const answer = await broker.request(consumerGroupHeartbeat, 1, {
      groupId,
      memberId,
      memberEpoch,
      ...(memberEpoch === 0 && joining),
      topicPartitions: memberEpoch === 0 ? [] : null,
    })
    if (answer.errorCode !== 0 || memberEpoch < 0) epochs.delete(member)
    else epochs.set(member, answer.memberEpoch)
    if (step % 7 === 0) await pass(broker, 1500)
  }
  const before = await broker.request(consumerGroupDescribe, 1, { groupIds: groups })
  await pass(broker, 3000)
  await broker.restart()
  const after = await broker.request(consumerGroupDescribe, 1, { groupIds: groups })
  assert.deepEqual(after, before, `SEED=${random.seed}`)
})
