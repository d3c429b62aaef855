import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drop, pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { metadata } from '../../protocol/metadata.ts'
import { writeTxnMarkers } from '../../protocol/write-txn-markers.ts'
import { Admin } from './admin.ts'

const transaction = {
  topic: 'orders',
  partition: 0,
  producerId: 7,
  producerEpoch: 3,
  coordinatorEpoch: null,
} as const

test('abortTransaction() says that a coordinator is old where none is known', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 }).on(writeTxnMarkers, () => ({
    markers: [
      {
        producerId: 7,
        topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0 }] }],
      },
    ],
  }))
  await pass(broker, new Admin(broker.cluster()).abortTransaction(transaction))
  const [marker] = broker.requests(writeTxnMarkers)[0]!.markers
  assert.deepEqual(marker, {
    producerId: 7,
    producerEpoch: 3,
    transactionResult: false,
    topics: [{ name: 'orders', partitionIndexes: [0] }],
    coordinatorEpoch: 0,
    transactionVersion: 0,
  })
})

test('abortTransaction() is not tried again where it may have been done', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 1 }).on(writeTxnMarkers, () => drop)
  const aborting = new Admin(broker.cluster()).abortTransaction(transaction)
  await assert.rejects(pass(broker, aborting), { code: 'disconnected', maybeApplied: true })
  assert.equal(broker.requests(writeTxnMarkers).length, 1)
})

test('abortTransaction() has no topic created', async () => {
  const broker = new ScriptedBroker().withTopics({}).on(writeTxnMarkers, () => drop)
  const aborting = new Admin(broker.cluster()).abortTransaction(transaction)
  await assert.rejects(pass(broker, aborting), { code: 'topic_not_found', topic: 'orders' })
  const asked = broker.requests(metadata).filter(({ topics }) => topics?.length)
  assert.ok(asked.every(({ allowAutoTopicCreation }) => !allowAutoTopicCreation))
})
