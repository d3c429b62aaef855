import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { writeTxnMarkers } from '../../protocol/write-txn-markers.ts'

test('writeTxnMarkers writes one marker to a partition, however often it is named', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  const topics = [
    { name: 't', partitionIndexes: [0, 0, 1] },
    { name: 't', partitionIndexes: [0] },
  ]
  const marker = { producerId: 1, producerEpoch: 0, transactionResult: false, coordinatorEpoch: 0 }
  const answer = await harness.request(writeTxnMarkers, 1, { markers: [{ ...marker, topics }] })
  const codes = answer.markers[0]!.topics.map(({ partitions }) =>
    partitions.map(({ errorCode }) => errorCode),
  )
  assert.deepEqual(codes, [[0, 0, 3], [0]])
  const partitions = [{ partitionIndex: 0, timestamp: -1 }]
  const end = await harness.request(listOffsets, 11, { topics: [{ name: 't', partitions }] })
  assert.equal(end.topics[0]!.partitions[0]!.offset, 1)
})
