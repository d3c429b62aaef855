import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { deleteRecords } from '../../protocol/delete-records.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { produce } from '../../protocol/produce.ts'

async function brokerWithRecords(): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  await harness.send('t', 0, batchOf(['a', 'b', 'c']))
  return harness
}

async function remove(harness: BrokerHarness, offset: number, name = 't', partitionIndex = 0) {
  const partitions = [{ partitionIndex, offset }]
  const request = { topics: [{ name, partitions }], timeoutMs: 1000 }
  const { topics } = await harness.request(deleteRecords, 2, request)
  const { errorCode, lowWatermark } = topics[0]!.partitions[0]!
  return [errorCode, lowWatermark]
}

test('deleteRecords moves the start, never back, and a restart keeps it', async () => {
  const harness = await brokerWithRecords()
  assert.deepEqual(await remove(harness, 2), [errorCodes.NONE, 2])
  assert.deepEqual(await remove(harness, 1), [errorCodes.NONE, 2])
  await harness.restart()
  assert.deepEqual(await remove(harness, 0), [errorCodes.NONE, 2])
})

test('deleteRecords with -1 removes everything', async () => {
  assert.deepEqual(await remove(await brokerWithRecords(), -1), [errorCodes.NONE, 3])
})

test('deleteRecords removes what acks=1 was told of, once that is on the disk', async () => {
  const harness = await brokerWithRecords()
  for (const offset of [4, -1]) {
    const partitionData = [{ index: 0, records: batchOf(['d']) }]
    const body = { acks: 1, timeoutMs: 1000, topicData: [{ name: 't', partitionData }] }
    // No sync can have ended in between: both are handled before any promise settles.
    const stored = harness.request(produce, 9, body)
    const removed = remove(harness, offset)
    const { baseOffset } = (await stored).responses[0]!.partitionResponses[0]!
    assert.deepEqual(await removed, [errorCodes.NONE, baseOffset + 1])
  }
})

test('deleteRecords refuses a topic that only keeps the latest record of each key', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t', { configs: { 'cleanup.policy': 'compact' } })
  assert.equal((await remove(harness, 0))[0], errorCodes.POLICY_VIOLATION)
})

test('deleteRecords is how records go of a topic that keeps all by itself', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t', { configs: { 'cleanup.policy': '' } })
  await harness.send('t', 0, batchOf(['a', 'b']))
  assert.deepEqual(await remove(harness, 1), [errorCodes.NONE, 1])
})

test('deleteRecords refuses offsets and partitions that are not there, and our own', async () => {
  const harness = await brokerWithRecords()
  const codes = [
    await remove(harness, 4),
    await remove(harness, -2),
    await remove(harness, 0, 'other'),
    await remove(harness, 0, 't', 1),
    await remove(harness, 0, '__consumer_offsets'),
  ].map(([code]) => code)
  assert.deepEqual(codes, [
    errorCodes.OFFSET_OUT_OF_RANGE,
    errorCodes.OFFSET_OUT_OF_RANGE,
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    errorCodes.INVALID_TOPIC_EXCEPTION,
  ])
})
