import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { addOffsetsToTxn } from '../../protocol/add-offsets-to-txn.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { txnOffsetCommit } from '../../protocol/txn-offset-commit.ts'
import { addOffsets } from './transaction-requests.ts'

test('offsets that a coordinator may still commit are waited for before the end', async () => {
  const committed = Promise.withResolvers<void>()
  const broker = new ScriptedBroker()
    .withTopics({ orders: 1 })
    .on(findCoordinator, () => ({ nodeId: 1, host: 'broker-1', port: 9092 }), 0)
    .on(addOffsetsToTxn, () => ({ errorCode: 0 }), 3)
    .on(
      txnOffsetCommit,
      async () => {
        await committed.promise
        const partitions = [{ partitionIndex: 0, errorCode: 0 }]
        return { topics: [{ name: 'orders', partitions }] }
      },
      4,
    )
  const context = {
    cluster: broker.cluster(),
    transactionalId: 'mover',
    version: 1,
    producerId: 7,
    producerEpoch: 0,
  } as const
  const offsets = [{ topic: 'orders', partition: 0, offset: 1 }]
  const controller = new AbortController()
  const { signal } = controller
  let isOver = false
  const adding = addOffsets(context, { group: 'movers' }, offsets, { signal }).finally(() => {
    isOver = true
  })
  const refused = assert.rejects(adding, { name: 'AbortError' })
  while (broker.requests(txnOffsetCommit).length === 0) await settled()
  controller.abort()
  await settled()
  assert.equal(isOver, false)
  committed.resolve()
  await refused
})
