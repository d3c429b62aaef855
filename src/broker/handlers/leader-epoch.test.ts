import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { describeTopicPartitions } from '../../protocol/describe-topic-partitions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { fetch } from '../../protocol/fetch.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { metadata } from '../../protocol/metadata.ts'
import { offsetForLeaderEpoch } from '../../protocol/offset-for-leader-epoch.ts'
import { stampBatch } from '../../record/batch.ts'
import { decodeBatches } from '../../record/batch-reader.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { writeDerivedFile } from '../../storage/whole-file.ts'

/** Returns a broker with a folder of an Apache Kafka whose leaders had these epochs. */
async function brokerWith(epochs: readonly number[]): Promise<BrokerHarness> {
  const storage = new MemoryStorage()
  const batches = epochs.map((leaderEpoch, baseOffset) => {
    const batch = batchOf(['a'])
    stampBatch(batch, 0, { baseOffset, leaderEpoch })
    return batch
  })
  writeDerivedFile(storage, 't-0/00000000000000000000.log', Buffer.concat(batches))
  const harness = new BrokerHarness({ storage })
  await harness.broker.whenReady()
  return harness
}

async function listed(harness: BrokerHarness, timestamp: number): Promise<number[]> {
  const partitions = [{ partitionIndex: 0, timestamp, currentLeaderEpoch: 5 }]
  const { topics } = await harness.request(listOffsets, 11, { topics: [{ name: 't', partitions }] })
  const { errorCode, leaderEpoch, offset } = topics[0]!.partitions[0]!
  return [errorCode, leaderEpoch, offset]
}

async function fetched(harness: BrokerHarness, currentLeaderEpoch: number) {
  const partitions = [
    { partition: 0, fetchOffset: 0, currentLeaderEpoch, partitionMaxBytes: 100_000 },
  ]
  const request = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: 't', partitions }] }
  const { responses } = await harness.request(fetch, 12, request)
  return responses[0]!.partitions[0]!
}

test('a partition is led in the epoch of its latest batch, whoever wrote that', async () => {
  const harness = await brokerWith([2, 2, 5])
  // Java's clients stop for good where metadata has an older epoch than records or offsets.
  const { topics } = await harness.request(metadata, 12, { topics: [{ name: 't' }] })
  assert.equal(topics[0]!.partitions[0]!.leaderEpoch, 5)
  const pages = await harness.request(describeTopicPartitions, 0, { topics: [{ name: 't' }] })
  assert.equal(pages.topics[0]!.partitions[0]!.leaderEpoch, 5)

  await harness.send('t', 0, batchOf(['b']))
  const { records } = await fetched(harness, 5)
  const epochs = [...decodeBatches(records!)].map(({ header }) => header.partitionLeaderEpoch)
  assert.deepEqual(epochs, [2, 2, 5, 5])
  assert.equal((await fetched(harness, -1)).errorCode, errorCodes.NONE)
  assert.equal((await fetched(harness, 6)).errorCode, errorCodes.UNKNOWN_LEADER_EPOCH)
  assert.equal((await fetched(harness, 0)).errorCode, errorCodes.FENCED_LEADER_EPOCH)
})

test('an offset comes with an epoch in which it is not taken for cut off', async () => {
  const harness = await brokerWith([2, 2, 5])
  assert.deepEqual(await listed(harness, -2), [errorCodes.NONE, 2, 0])
  assert.deepEqual(await listed(harness, -1), [errorCodes.NONE, 5, 3])
  const ask = async (leaderEpoch: number): Promise<number[]> => {
    const partitions = [{ partition: 0, currentLeaderEpoch: 5, leaderEpoch }]
    const request = { replicaId: -1, topics: [{ topic: 't', partitions }] }
    const { topics } = await harness.request(offsetForLeaderEpoch, 4, request)
    const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]!.partitions[0]!
    return [errorCode, epoch, endOffset]
  }
  assert.deepEqual(await ask(2), [errorCodes.NONE, 2, 2])
  assert.deepEqual(await ask(5), [errorCodes.NONE, 5, 3])
})
