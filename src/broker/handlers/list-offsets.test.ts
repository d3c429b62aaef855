import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { deleteRecords } from '../../protocol/delete-records.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { produce } from '../../protocol/produce.ts'
import { setCrc } from '../../record/batch.ts'

/** Returns a broker with topic `t` and a record at each of these times, of which `batch` each. */
async function brokerWith(times: readonly number[], batch = 1): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  for (let first = 0; first < times.length; first += batch) {
    const records = times.slice(first, first + batch).map((timestamp) => {
      return { key: null, value: 'x', timestamp }
    })
    await harness.send('t', 0, batchOf(records, { compression: 'gzip' }))
  }
  return harness
}

async function ask(harness: BrokerHarness, partition: object, isolationLevel = 0) {
  const wanted = { partitionIndex: 0, timestamp: -1, ...partition }
  const topics = [{ name: 't', partitions: [wanted] }]
  const answer = await harness.request(listOffsets, 11, { topics, isolationLevel })
  return answer.topics[0]!.partitions[0]!
}

test('listOffsets gives the first and the next offset', async () => {
  const harness = await brokerWith([10, 20, 30])
  assert.equal((await ask(harness, { timestamp: -2 })).offset, 0)
  assert.equal((await ask(harness, { timestamp: -4 })).offset, 0)
  assert.equal((await ask(harness, { timestamp: -1 })).offset, 3)
  assert.equal((await ask(harness, { timestamp: -1 }, 1)).offset, 3)
  const partitions = [{ partitionIndex: 0, offset: 2 }]
  await harness.request(deleteRecords, 2, { topics: [{ name: 't', partitions }], timeoutMs: 1000 })
  assert.equal((await ask(harness, { timestamp: -2 })).offset, 2)
})

test('listOffsets counts what acks=1 was told of, once that is on the disk', async () => {
  const harness = await brokerWith([])
  for (const [index, { timestamp, offset }] of [
    { timestamp: -1, offset: 1 },
    { timestamp: -3, offset: 1 },
    { timestamp: 3, offset: 2 },
  ].entries()) {
    const records = batchOf([{ key: null, value: 'x', timestamp: index + 1 }])
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    const stored = harness.request(produce, 9, { acks: 1, timeoutMs: 1000, topicData })
    // No sync can have ended in between: both are handled before any promise settles.
    const listed = ask(harness, { timestamp })
    assert.equal((await stored).responses[0]!.partitionResponses[0]!.baseOffset, index)
    assert.equal((await listed).offset, offset)
  }
})

test('listOffsets gives the first record at least as late, also inside a batch', async () => {
  const harness = await brokerWith([10, 20, 30, 40, 50], 3)
  const found = async (timestamp: number): Promise<number[]> => {
    const { offset, timestamp: time } = await ask(harness, { timestamp })
    return [offset, time]
  }
  assert.deepEqual(await found(0), [0, 10])
  assert.deepEqual(await found(20), [1, 20])
  assert.deepEqual(await found(21), [2, 30])
  assert.deepEqual(await found(50), [4, 50])
  assert.deepEqual(await found(51), [-1, -1])
})

test('listOffsets finds the record with the largest timestamp (KIP-734)', async () => {
  const harness = await brokerWith([10, 50, 30], 2)
  const { offset, timestamp } = await ask(harness, { timestamp: -3 })
  assert.deepEqual([offset, timestamp], [1, 50])
  assert.equal((await ask(await brokerWith([]), { timestamp: -3 })).offset, -1)
})

test('listOffsets has nothing in tiered storage, and no other places', async () => {
  const harness = await brokerWith([10])
  for (const timestamp of [-5, -6]) {
    const { offset, errorCode } = await ask(harness, { timestamp })
    assert.deepEqual([offset, errorCode], [-1, errorCodes.NONE])
  }
  const { errorCode } = await ask(harness, { timestamp: -7 })
  assert.equal(errorCode, errorCodes.UNSUPPORTED_VERSION)
})

test('listOffsets refuses partitions that are not there, and epochs to come', async () => {
  const harness = await brokerWith([10])
  const { errorCode } = await ask(harness, { partitionIndex: 1 })
  assert.equal(errorCode, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const later = await ask(harness, { currentLeaderEpoch: 3 })
  assert.equal(later.errorCode, errorCodes.UNKNOWN_LEADER_EPOCH)
})

test('listOffsets gives the start of a batch whose records are none', async () => {
  const harness = await brokerWith([])
  const batch = batchOf([{ key: null, value: 'x', timestamp: 10 }], { compression: 'gzip' })
  batch.fill(0xee, 61)
  setCrc(batch)
  await harness.send('t', 0, batch)
  const { errorCode, offset, timestamp } = await ask(harness, { timestamp: 10 })
  assert.deepEqual([errorCode, offset, timestamp], [0, 0, 10])
})

test('listOffsets refuses to look for the same partition twice', async () => {
  const harness = await brokerWith([10])
  const partitions = [0, 0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: 10 }))
  const answer = await harness.request(listOffsets, 11, { topics: [{ name: 't', partitions }] })
  const codes = answer.topics[0]!.partitions.map(({ errorCode }) => errorCode)
  const { INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
  assert.deepEqual(codes, [INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION])
})

test('listOffsets knows places below 0 from the version on that names them', async () => {
  const harness = await brokerWith([10])
  const codeOf = async (version: number, timestamp: number) => {
    const partitions = [{ partitionIndex: 0, timestamp }]
    const answer = await harness.request(listOffsets, version, {
      topics: [{ name: 't', partitions }],
    })
    return answer.topics[0]!.partitions[0]!.errorCode
  }
  const { NONE, UNSUPPORTED_VERSION } = errorCodes
  for (const [timestamp, from] of [
    [-1, 1],
    [-2, 1],
    [-3, 7],
    [-4, 8],
    [-5, 9],
    [-6, 11],
  ] as const) {
    assert.equal(await codeOf(from, timestamp), NONE, `${timestamp}`)
    if (from > 1) assert.equal(await codeOf(from - 1, timestamp), UNSUPPORTED_VERSION)
  }
  assert.equal(await codeOf(11, -7), UNSUPPORTED_VERSION)
})
