import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import { addOffsetsToTxn } from '../../protocol/add-offsets-to-txn.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { txnOffsetCommit } from '../../protocol/txn-offset-commit.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import type { CommitIdentity } from '../group/offset-committer.ts'
import { resolveDelivery } from '../producer/producer-options.ts'
import { TransactionalProducer } from './transactional-producer.ts'
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
  const adding = addOffsets(context, { group: 'movers' }, () => offsets, { signal }).finally(() => {
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

test('offsets of what is lost while the coordinator is away are not committed', async () => {
  const { COORDINATOR_NOT_AVAILABLE } = errorCodes
  const broker = new ScriptedBroker()
    .withTopics({ orders: 1 })
    .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
    }))
    .on(initProducerId, () => ({ errorCode: 0, producerId: 7, producerEpoch: 0 }))
    .on(addOffsetsToTxn, () => ({ errorCode: 0 }))
    .on(txnOffsetCommit, ({ topics }) => {
      const partitions = [{ partitionIndex: 0, errorCode: COORDINATOR_NOT_AVAILABLE }]
      place.state = 'gone'
      return { topics: topics.map(({ name }) => ({ name, partitions })) }
    })
  // Its member is in the same epoch when it is back, and has read the records again.
  const identity = { memberId: 'm', memberEpoch: 2 }
  const member: CommitIdentity = {
    current: () => ({ group: 'movers', ...identity }),
    renewed: async () => {},
    confirmed: async () => {},
  }
  const place = {
    topic: 'orders',
    topicId: undefined,
    partition: 0,
    state: 'owned' as 'owned' | 'gone',
    committed: undefined,
    round: 0,
  }
  const cluster = broker.cluster()
  const delivery = resolveDelivery({ acks: 'all' }, cluster.options)
  const producer = new TransactionalProducer(cluster, {
    transactionalId: 'mover',
    transactionTimeoutMs: 60_000,
    isOwnId: true,
    delivery: { ...delivery, batchBytes: 1000 },
  })
  const { signal } = new AbortController()
  await producer.begin(signal, () => undefined)
  const adding = producer.addOffsets([{ identity: member, offsets: new Map([[place, 1]]) }], signal)
  const refused = assert.rejects(adding, { code: 'rebalance_in_progress' })
  for (let turn = 0; turn < 50; turn++) {
    broker.clock.advance(100)
    await settled()
  }
  await refused
  assert.equal(broker.requests(txnOffsetCommit).length, 1)
})
