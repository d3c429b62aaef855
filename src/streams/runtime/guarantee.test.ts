import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { AssignedPartition } from '../../client/consumer/assigned-partition.ts'
import { bytes } from '../../client/record/serde.ts'
import { addOffsetsToTxn } from '../../protocol/add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/end-txn.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import { txnOffsetCommit } from '../../protocol/txn-offset-commit.ts'
import { guaranteeOf } from './guarantee.ts'

/** `whileEnding` is called when the transaction is about to be committed. */
function newBroker(whileEnding: () => void): ScriptedBroker {
  return new ScriptedBroker()
    .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
    }))
    .withTopics({ orders: 1 })
    .on(initProducerId, () => ({ errorCode: 0, producerId: 7, producerEpoch: 0 }))
    .on(addOffsetsToTxn, () => ({ errorCode: 0 }))
    .on(txnOffsetCommit, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0 })),
      })),
    }))
    .on(endTxn, () => (whileEnding(), { errorCode: 0 }), 4)
}

function ordersFrom(position: number): AssignedPartition {
  const identity = {
    current: () => ({ group: 'g', memberId: 'me', memberEpoch: 1 }),
    renewed: async () => {},
    confirmed: async () => {},
  }
  const committer = { identity, commit: async () => {}, commitLater: () => {} }
  const place = { topic: 'orders', partition: 0, position }
  return new AssignedPartition({ ...place, value: bytes, key: bytes, committer })
}

test('commit(), exactly once, says nothing of what was sought meanwhile', async () => {
  // The log has lost what was read: what comes at lower offsets is to be committed, too.
  for (const isGoneBack of [false, true]) {
    const orders = ordersFrom(90)
    const broker = newBroker(() => isGoneBack && orders.seek(5))
    const options = { name: 'shop', isExactlyOnce: true, transactionTimeoutMs: 60_000 }
    const guarantee = guaranteeOf(broker.cluster(), options, (error) => assert.fail(error))
    await pass(broker, guarantee.begin())
    await pass(broker, guarantee.commit(new Map([[orders, 100]])))
    assert.equal(broker.requests(endTxn).length, 1)
    assert.equal(orders.committed, isGoneBack ? undefined : 100)
  }
})
