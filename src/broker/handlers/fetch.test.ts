import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness, newPeer, settle } from '../../../test/support/broker-harness.ts'
import { createTopics } from '../../protocol/create-topics.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { fetch, type FetchResponse } from '../../protocol/fetch.ts'
import { metadata } from '../../protocol/metadata.ts'
import { produce } from '../../protocol/produce.ts'

async function brokerWith(...batches: Uint8Array[]): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.request(metadata, 9, { topics: [{ name: 't' }] })
  for (const records of batches) await send(harness, records)
  return harness
}

function send(harness: BrokerHarness, records: Uint8Array): Promise<unknown> {
  const partitionData = [{ index: 0, records }]
  const body = { acks: -1, timeoutMs: 1000, topicData: [{ name: 't', partitionData }] }
  return harness.request(produce, 9, body)
}

interface Wanted {
  readonly offset?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly maxWaitMs?: number
  readonly peer?: ReturnType<typeof newPeer>['peer']
}

/** Resolves with `undefined` where the connection ends before. */
function ask(harness: BrokerHarness, wanted: Wanted): Promise<FetchResponse> {
  const { offset = 0, minBytes = 1, maxBytes = 1e6, maxWaitMs = 0 } = wanted
  const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: maxBytes }]
  const body = { maxWaitMs, minBytes, topics: [{ topic: 't', partitions }] }
  return harness.request(fetch, 11, body, wanted.peer)
}

async function read(harness: BrokerHarness, wanted: Wanted = {}) {
  const { responses } = await ask(harness, wanted)
  return responses[0]!.partitions[0]!
}

test('fetch from inside a batch gives the whole batch', async () => {
  const batch = batchOf(['a', 'b', 'c'])
  const harness = await brokerWith(batch)
  const { records } = await read(harness, { offset: 1 })
  assert.equal(records!.length, batch.length)
})

test('fetch gives the first batch even if it is over the limit, and no more (KIP-74)', async () => {
  const harness = await brokerWith(batchOf(['a'.repeat(500)]), batchOf(['b']))
  const { records } = await read(harness, { maxBytes: 10 })
  assert.equal(records!.length, batchOf(['a'.repeat(500)]).length)
})

test('fetch gives little while too much waits to be read, and does not wait for more', async () => {
  const half = 'a'.repeat(500_000)
  const harness = await brokerWith(batchOf([half]), batchOf([half]), batchOf([half]))
  const { peer } = newPeer()
  const wanted = { minBytes: 2e6, maxBytes: 4e6, maxWaitMs: 1000 }
  const { length } = batchOf([half])
  const brief = { ...peer, mustBeBrief: () => true }
  const { records } = await read(harness, { ...wanted, peer: brief })
  assert.equal(records!.length, 2 * length)
  const { records: all } = await read(harness, { ...wanted, minBytes: 1, peer })
  assert.equal(all!.length, 3 * length)
})

test('fetch waits until there is enough, and leaves nothing behind', async () => {
  const harness = await brokerWith()
  const timersBefore = harness.clock.waitingCount
  const answer = read(harness, { maxWaitMs: 1000 })
  await settle()
  assert.equal(harness.clock.waitingCount, timersBefore + 1)
  await send(harness, batchOf(['a']))
  assert.ok((await answer).records!.length > 0)
  assert.equal(harness.clock.waitingCount, timersBefore)
})

test('fetch waits no longer than the client allows', async () => {
  const harness = await brokerWith()
  const answer = read(harness, { maxWaitMs: 1000 })
  await settle()
  harness.clock.advance(1000)
  const { records, errorCode, highWatermark } = await answer
  assert.deepEqual([records!.length, errorCode, highWatermark], [0, 0, 0])
})

test('fetch gives up where the client has gone', async () => {
  const harness = await brokerWith()
  const timersBefore = harness.clock.waitingCount
  const { peer, disconnect } = newPeer()
  const answer = ask(harness, { maxWaitMs: 1000, peer })
  await settle()
  disconnect()
  assert.equal(await answer, undefined)
  assert.equal(harness.clock.waitingCount, timersBefore)
})

test('fetch that waits is told of it where the topic is deleted', async () => {
  const harness = await brokerWith()
  const answer = read(harness, { maxWaitMs: 1000 })
  await settle()
  await harness.request(deleteTopics, 4, { topicNames: ['t'], timeoutMs: 1000 })
  assert.equal((await answer).errorCode, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
})

test('fetch at the end waits for more, beyond it and before the start it fails', async () => {
  const harness = await brokerWith(batchOf(['a', 'b']))
  assert.equal((await read(harness, { offset: 3 })).errorCode, errorCodes.OFFSET_OUT_OF_RANGE)
  assert.equal((await read(harness, { offset: -1 })).errorCode, errorCodes.OFFSET_OUT_OF_RANGE)
  assert.equal((await read(harness, { offset: 2 })).errorCode, errorCodes.NONE)
})

test('fetch by an id knows a topic from another that had its name', async () => {
  const harness = new BrokerHarness()
  const create = async (): Promise<string> => {
    const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1 }]
    const created = await harness.request(createTopics, 7, { topics })
    return created.topics[0]!.topicId
  }
  const topicId = await create()
  await harness.request(deleteTopics, 4, { topicNames: ['t'], timeoutMs: 1000 })
  const newId = await create()
  assert.notEqual(newId, topicId)
  const errorOf = async (id: string): Promise<number> => {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }]
    const body = { maxWaitMs: 0, minBytes: 0, topics: [{ topicId: id, partitions }] }
    const { responses } = await harness.request(fetch, 13, body)
    return responses[0]!.partitions[0]!.errorCode
  }
  assert.equal(await errorOf(topicId), errorCodes.UNKNOWN_TOPIC_ID)
  assert.equal(await errorOf(newId), errorCodes.NONE)
})

test('fetch does not wait for bytes that a limit keeps it from giving', async () => {
  const batch = batchOf(['a'.repeat(100)])
  const harness = await brokerWith(batch, batch.slice(), batch.slice())
  const maxBytes = batch.length * 2 + 1
  const { records } = await read(harness, { minBytes: maxBytes, maxBytes, maxWaitMs: 1000 })
  assert.equal(records!.length, batch.length * 2)
})

test('fetch adds up small records until there are as many bytes as wanted', async () => {
  const harness = await brokerWith(batchOf(['a']))
  const sizeBytes = batchOf(['a']).length
  const answer = read(harness, { minBytes: sizeBytes * 3, maxWaitMs: 1000 })
  const timersBefore = harness.clock.waitingCount
  await send(harness, batchOf(['b']))
  await settle()
  assert.equal(harness.clock.waitingCount, timersBefore)
  await send(harness, batchOf(['c']))
  assert.equal((await answer).records!.length, sizeBytes * 3)
})

test('fetch that waits is answered when the broker closes', async () => {
  const harness = await brokerWith()
  const answer = read(harness, { maxWaitMs: 1000 })
  await settle()
  await harness.broker.close()
  assert.equal((await answer).errorCode, errorCodes.NONE)
  assert.equal(harness.clock.waitingCount, 0)
})

test('fetch gives several partitions in the order asked for, within the limit of all', async () => {
  const harness = new BrokerHarness()
  const topics = [{ name: 't', numPartitions: 2, replicationFactor: 1 }]
  await harness.request(createTopics, 7, { topics })
  const batch = batchOf(['a'])
  const partitionData = [0, 1].map((index) => ({ index, records: batch.slice() }))
  const topicData = [{ name: 't', partitionData }]
  await harness.request(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
  const sizesWithin = async (maxBytes: number): Promise<(number | undefined)[]> => {
    const partitions = [1, 0].map((partition) => {
      return { partition, fetchOffset: 0, partitionMaxBytes: 1000 }
    })
    const body = { maxWaitMs: 0, minBytes: 1, maxBytes, topics: [{ topic: 't', partitions }] }
    const answer = await harness.request(fetch, 11, body)
    const read = answer.responses[0]!.partitions
    assert.deepEqual(
      read.map(({ partitionIndex }) => partitionIndex),
      [1, 0],
    )
    return read.map(({ records }) => records?.length)
  }
  assert.deepEqual(await sizesWithin(1e6), [batch.length, batch.length])
  assert.deepEqual(await sizesWithin(batch.length), [batch.length, 0])
})

test('fetch as a replica is refused, since there is no other broker', async () => {
  const harness = await brokerWith()
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
  const topics = [{ topic: 't', partitions }]
  const body = { replicaId: 2, maxWaitMs: 0, minBytes: 1, topics }
  const { responses } = await harness.request(fetch, 11, body)
  const { errorCode } = responses[0]!.partitions[0]!
  assert.equal(errorCode, errorCodes.NOT_LEADER_OR_FOLLOWER)
})

test('fetch tells who goes on with a session that there is none', async () => {
  const harness = await brokerWith(batchOf(['a']))
  const body = { maxWaitMs: 0, minBytes: 0, sessionId: 7, sessionEpoch: 3, topics: [] }
  const { errorCode } = await harness.request(fetch, 11, body)
  assert.equal(errorCode, errorCodes.FETCH_SESSION_ID_NOT_FOUND)
})

test('fetch with a leader epoch from the future is told that there is none', async () => {
  const harness = await brokerWith()
  const partition = { partition: 0, currentLeaderEpoch: 7, fetchOffset: 0, partitionMaxBytes: 1000 }
  const topics = [{ topic: 't', partitions: [partition] }]
  const { responses } = await harness.request(fetch, 11, { maxWaitMs: 0, minBytes: 1, topics })
  assert.equal(responses[0]!.partitions[0]!.errorCode, errorCodes.UNKNOWN_LEADER_EPOCH)
})

test('fetch reads a partition once, however often it is named', async () => {
  const harness = await brokerWith(batchOf(['a']))
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }
  const topics = [
    { topic: 't', partitions: [partition, partition] },
    { topic: 't', partitions: [partition] },
  ]
  const { responses } = await harness.request(fetch, 11, { maxWaitMs: 0, minBytes: 1, topics })
  assert.deepEqual(
    responses.map(({ partitions }) => partitions.map(({ records }) => records!.length)),
    [[batchOf(['a']).length]],
  )
})

test('fetch that waits listens to no signal that others listen to', async (t) => {
  const harness = await brokerWith()
  const listened: EventTarget[] = []
  const listen = t.mock.method(
    EventTarget.prototype,
    'addEventListener',
    function (this: EventTarget) {
      listened.push(this)
    },
  )
  const peers = [newPeer().peer, newPeer().peer]
  const waiting = peers.map((peer) => ask(harness, { maxWaitMs: 1000, peer }))
  listen.mock.restore()
  assert.deepEqual(new Set(listened), new Set(peers.map(({ closed }) => closed)))
  harness.clock.advance(1000)
  await Promise.all(waiting)
})
