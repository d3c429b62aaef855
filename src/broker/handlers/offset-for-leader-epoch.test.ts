import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { offsetForLeaderEpoch } from '../../protocol/offset-for-leader-epoch.ts'

async function ask(harness: BrokerHarness, wanted: object): Promise<number[]> {
  const partition = { partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0, ...wanted }
  const request = { replicaId: -1, topics: [{ topic: 't', partitions: [partition] }] }
  const { topics } = await harness.request(offsetForLeaderEpoch, 4, request)
  const { errorCode, leaderEpoch, endOffset } = topics[0]!.partitions[0]!
  return [errorCode, leaderEpoch, endOffset]
}

test('offsetForLeaderEpoch says that the one epoch ends where the log does', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  // A client that is told of no epoch would forget where it was.
  assert.deepEqual(await ask(harness, {}), [errorCodes.NONE, 0, 0])
  await harness.send('t', 0, batchOf(['a', 'b']))
  assert.deepEqual(await ask(harness, {}), [errorCodes.NONE, 0, 2])
})

test('offsetForLeaderEpoch knows no other partition, and no epoch to come', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  const [unknown] = await ask(harness, { partition: 1 })
  assert.equal(unknown, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const [later] = await ask(harness, { currentLeaderEpoch: 1 })
  assert.equal(later, errorCodes.UNKNOWN_LEADER_EPOCH)
})
