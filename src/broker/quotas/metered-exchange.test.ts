import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Peer } from '../../connection/request-handler.ts'
import { alterClientQuotas } from '../../protocol/alter-client-quotas.ts'
import { createPartitions } from '../../protocol/create-partitions.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { fetch } from '../../protocol/fetch.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { metadata } from '../../protocol/metadata.ts'
import { produce } from '../../protocol/produce.ts'
import { BrokerHarness, batchOf, newPeer } from '../../../test/support/broker-harness.ts'

/** A connection that tells how often it is muted at the moment. */
function connection(host = 'client'): { peer: Peer; muted: () => number; closed: () => boolean } {
  let muteCount = 0
  const closed = new AbortController()
  const peer: Peer = {
    ...newPeer().peer,
    kind: 'tcp',
    host,
    closed: closed.signal,
    disconnect: () => closed.abort(),
    mute: () => {
      muteCount++
      return () => muteCount--
    },
  }
  return { peer, muted: () => muteCount, closed: () => closed.signal.aborted }
}

async function limit(
  harness: BrokerHarness,
  entityType: string,
  key: string,
  value: number,
): Promise<void> {
  const entity = [{ entityType, entityName: null }]
  const entries = [{ entity, ops: [{ key, value, remove: value === 0 }] }]
  const answer = await harness.request(alterClientQuotas, 1, { entries })
  assert.equal(answer.entries[0]!.errorCode, 0)
}

function send(harness: BrokerHarness, peer: Peer, acks: number) {
  const records = batchOf(['x'.repeat(20_000)])
  const topicData = [{ name: 'topic', partitionData: [{ index: 0, records }] }]
  return harness.request(produce, 9, { acks, timeoutMs: 1000, topicData }, peer)
}

test('a producer over its quota is answered at once, and not read from for a while', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  await limit(harness, 'client-id', 'producer_byte_rate', 1000)
  const { peer, muted } = connection()
  const answer = await send(harness, peer, -1)
  assert.equal(answer.responses[0]!.partitionResponses[0]!.errorCode, 0)
  // 20,000 bytes and what is around them, where 10,000 may come in ten seconds.
  assert.ok(answer.throttleTimeMs > 10_000 && answer.throttleTimeMs < 10_300)
  assert.equal(muted(), 1)
  harness.clock.advance(answer.throttleTimeMs - 1)
  assert.equal(muted(), 1)
  harness.clock.advance(1)
  assert.equal(muted(), 0)
  harness.clock.advance(11_000)
  await limit(harness, 'client-id', 'producer_byte_rate', 10_000)
  assert.equal((await send(harness, peer, -1)).throttleTimeMs, 0)
})

test('a producer that wants no answer is not read from either', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  await limit(harness, 'user', 'producer_byte_rate', 1000)
  const { peer, muted } = connection()
  assert.equal(await send(harness, peer, 0), undefined)
  assert.equal(muted(), 1)
})

test('a consumer over its quota gets nothing, and all of it later', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  const { peer, muted } = connection()
  for (let count = 0; count < 3; count++) await send(harness, peer, -1)
  await limit(harness, 'client-id', 'consumer_byte_rate', 2500)
  const read = async (fetchOffset: number) => {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }]
    const topics = [{ topic: 'topic', partitions }]
    return harness.request(fetch, 11, { maxWaitMs: 0, minBytes: 1, maxBytes: 1e6, topics }, peer)
  }
  // What is over the quota of the whole window is not even tried.
  const first = await read(0)
  assert.equal(first.throttleTimeMs, 0)
  assert.equal(first.responses[0]!.partitions[0]!.records!.length < 25_000, true)
  const second = await read(1)
  assert.ok(second.throttleTimeMs > 0)
  assert.deepEqual(second.responses, [])
  assert.equal(muted(), 1)
  harness.clock.advance(11_000)
  const third = await read(1)
  assert.equal(third.throttleTimeMs, 0)
  assert.equal(third.responses[0]!.partitions[0]!.errorCode, 0)
  assert.ok(third.responses[0]!.partitions[0]!.records!.length > 20_000)
})

test('who takes too much time waits for a second at most', async () => {
  const harness = new BrokerHarness()
  await limit(harness, 'user', 'request_percentage', 0.001)
  const { peer, muted } = connection()
  const { groups } = await harness.request(listGroups, 4, {}, peer)
  assert.deepEqual(groups, [])
  assert.equal(muted(), 0)
  // A manual clock stands still while a request is handled, so one is that looks at it more often.
  const { clock } = harness
  const stopped = clock.monotonic.bind(clock)
  let spentMs = 0
  clock.monotonic = () => stopped() + (spentMs += 50)
  const { throttleTimeMs } = await harness.request(listGroups, 4, {}, peer)
  assert.equal(throttleTimeMs, 1000)
  assert.equal(muted(), 1)
})

test('topics over the quota are refused, where clients know that they can be', async () => {
  const harness = new BrokerHarness()
  await limit(harness, 'user', 'controller_mutation_rate', 1)
  const { peer, muted } = connection()
  const create = (version: number, ...names: string[]) => {
    const topics = names.map((name) => ({ name, numPartitions: 10, replicationFactor: 1 }))
    return harness.request(createTopics, version, { topics: topics.map(withoutConfigs) }, peer)
  }
  // Eleven may come at once, and who is not over may go over once.
  const { topics, throttleTimeMs } = await create(7, 'a', 'b', 'c')
  assert.deepEqual(
    topics.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
    [
      [0, null],
      [0, null],
      [89, 'The throttling quota has been exceeded.'],
    ],
  )
  assert.equal(throttleTimeMs, 9000)
  assert.equal(muted(), 1)

  const removal = await harness.request(
    deleteTopics,
    6,
    { topics: [{ name: 'a' }], timeoutMs: 1000 },
    peer,
  )
  assert.equal(removal.responses[0]!.errorCode, 89)
  const more = [{ name: 'a', count: 11, assignments: null }]
  const wanted = { topics: more, timeoutMs: 1000, validateOnly: false }
  const refused = await harness.request(createPartitions, 3, wanted, peer)
  assert.deepEqual([refused.results[0]!.errorCode, refused.throttleTimeMs], [89, 9000])

  // Earlier versions go through, and wait longer.
  const old = await create(5, 'd')
  assert.deepEqual([old.topics[0]!.errorCode, old.throttleTimeMs], [0, 19_000])
  harness.clock.advance(19_000)
  assert.equal(muted(), 0)
  assert.equal((await create(7, 'c')).topics[0]!.errorCode, 0)
})

test('a topic that is created on the way counts, and is asked for again if too many', async () => {
  const harness = new BrokerHarness()
  await limit(harness, 'user', 'controller_mutation_rate', 0.1)
  const ask = async (name: string) => {
    const answer = await harness.request(metadata, 12, {
      topics: [{ name }],
      allowAutoTopicCreation: true,
    })
    return answer.topics[0]!.errorCode
  }
  assert.equal(await ask('a'), 0)
  assert.equal(await ask('b'), 0)
  assert.equal(await ask('c'), 3)
  assert.equal(await ask('a'), 0)
  harness.clock.advance(9000)
  assert.equal(await ask('c'), 0)
})

test('quotas that are removed again hold nobody up', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('topic')
  await limit(harness, 'client-id', 'producer_byte_rate', 1000)
  await limit(harness, 'client-id', 'producer_byte_rate', 0)
  const { peer, muted } = connection()
  assert.equal((await send(harness, peer, -1)).throttleTimeMs, 0)
  assert.equal(muted(), 0)
})

test('connections of an address beyond its quota are closed, after a while', async () => {
  const harness = new BrokerHarness()
  await limit(harness, 'ip', 'connection_creation_rate', 1)
  const opened = Array.from({ length: 12 }, () => connection('::ffff:10.0.0.1'))
  for (const { peer } of opened) harness.broker.opened(peer)
  assert.deepEqual(
    opened.map(({ muted }) => muted()),
    [...Array.from({ length: 10 }, () => 0), 1, 1],
  )
  assert.equal(opened.at(-1)!.closed(), false)
  harness.clock.advance(1000)
  assert.equal(opened.at(-1)!.closed(), true)
  assert.equal(opened[9]!.closed(), false)
  const other = connection('10.0.0.2')
  harness.broker.opened(other.peer)
  assert.equal(other.muted(), 0)
})

function withoutConfigs<Topic extends object>(topic: Topic) {
  return { ...topic, configs: [], assignments: [] }
}
