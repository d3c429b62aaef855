import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { consumerGroupDescribe } from '../../protocol/consumer-group-describe.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { listTransactions } from '../../protocol/list-transactions.ts'
import { metadata } from '../../protocol/metadata.ts'
import { offsetCommit } from '../../protocol/offset-commit.ts'
import { offsetFetch } from '../../protocol/offset-fetch.ts'
import type { ValueOf } from '../../protocol/codec.ts'
import { Admin } from './admin.ts'

const stable = { protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' }
const { TOPIC_AUTHORIZATION_FAILED, COORDINATOR_LOAD_IN_PROGRESS, NOT_LEADER_OR_FOLLOWER } =
  errorCodes
/** What is asked for the start of a partition. */
const earliest = -2

/** A broker with two groups: `mine`, and `theirs`, whose description fails with `errors`. */
function twoGroups(...errors: number[]): ScriptedBroker {
  const groups = ['mine', 'theirs'].map((groupId) => ({ groupId, ...stable }))
  return new ScriptedBroker()
    .withTopics({})
    .on(listGroups, () => ({ errorCode: 0, groups }))
    .on(consumerGroupDescribe, ({ groupIds }) => ({
      groups: groupIds.map((groupId) => ({
        errorCode: groupId === 'theirs' ? (errors.shift() ?? 0) : 0,
        groupId,
        groupState: 'Stable',
        groupEpoch: 1,
        assignmentEpoch: 1,
        assignorName: 'uniform',
        members: [],
      })),
    }))
}

test('listGroups() has groups that one may not see into, without their members', async () => {
  const broker = twoGroups(TOPIC_AUTHORIZATION_FAILED)
  const list = new Admin(broker.cluster()).listGroups()
  assert.deepEqual(await pass(broker, Promise.resolve(list)), [
    { id: 'mine', memberCount: 0, state: 'Stable' },
    { id: 'theirs', memberCount: -1, state: 'Stable' },
  ])
})

test('listGroups() asks again while a coordinator is loading its groups', async () => {
  const broker = twoGroups(COORDINATOR_LOAD_IN_PROGRESS)
  const list = await pass(broker, Promise.resolve(new Admin(broker.cluster()).listGroups()))
  assert.deepEqual(
    list.map(({ memberCount }) => memberCount),
    [0, 0],
  )
})

test('what moves from one coordinator to another is listed once, though both have it', async () => {
  const states = [{ transactionalId: 'copy', producerId: 7, transactionState: 'Ongoing' }]
  const broker = twoGroups()
    .on(metadata, () => ({
      brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
      controllerId: 1,
      clusterId: 'scripted',
      topics: [],
    }))
    .on(listTransactions, () => ({
      errorCode: 0,
      unknownStateFilters: [],
      transactionStates: states,
    }))
  const admin = new Admin(broker.cluster())
  const groups = await pass(broker, Promise.resolve(admin.listGroups()))
  assert.deepEqual(
    groups.map(({ id }) => id),
    ['mine', 'theirs'],
  )
  const transactions = await pass(broker, Promise.resolve(admin.listTransactions()))
  assert.deepEqual(
    transactions.map(({ transactionalId }) => transactionalId),
    ['copy'],
  )
})

/** A broker with a group that has committed offset 3 of both partitions of `orders`: of 5 to 9. */
function brokerOfOrders(): ScriptedBroker {
  const committed = [0, 1].map((partitionIndex) => {
    return { partitionIndex, committedOffset: 3, metadata: '', errorCode: 0 }
  })
  return twoGroups()
    .on(findCoordinator, ({ coordinatorKeys: [key = ''] }) => ({
      coordinators: [{ key, nodeId: 1, host: 'broker-1', port: 9092, errorCode: 0 }],
    }))
    .on(offsetFetch, () => ({
      groups: [
        { groupId: 'mine', errorCode: 0, topics: [{ name: 'orders', partitions: committed }] },
      ],
    }))
    .on(listOffsets, ({ topics }) => placesOf(topics))
}

function placesOf(topics: ValueOf<typeof listOffsets.request>['topics'], errorCode = 0) {
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => {
        return { partitionIndex, errorCode, offset: timestamp === earliest ? 5 : 9, timestamp: -1 }
      }),
    })),
  }
}

const unknownLag = { topic: 'orders', offset: 3, partition: 1, endOffset: -1, lag: -1 }

test('describeGroup() waits for no partition that nobody leads', async () => {
  const broker = brokerOfOrders().withTopics({ orders: [1, -1] })
  const admin = new Admin(broker.cluster())
  const group = await pass(broker, admin.describeGroup('mine'))
  assert.deepEqual(group.lag, [{ ...unknownLag, partition: 0, endOffset: 9, lag: 4 }, unknownLag])
  assert.equal(group.totalLag, 4)
  broker.withTopics({ orders: 2 })
  assert.equal((await pass(broker, admin.describeGroup('mine'))).totalLag, 8)
})

test('describeGroup() tells no lag where a leader is elected between two look-ups', async () => {
  for (const later of ['start', 'end']) {
    const broker = brokerOfOrders().withTopics({ orders: [1, -1] })
    let isElected = false
    broker.on(listOffsets, ({ topics }) => {
      const { timestamp } = topics[0]!.partitions[0]!
      if (isElected || (timestamp === earliest) !== (later === 'start')) return placesOf(topics)
      // This one is asked for once more, when the other partition has a leader, too.
      isElected = true
      broker.withTopics({ orders: 2 })
      return placesOf(topics, NOT_LEADER_OR_FOLLOWER)
    })
    const admin = new Admin(broker.cluster())
    const { lag } = await pass(broker, admin.describeGroup('mine'))
    const asked = broker.requests(listOffsets).map(({ topics }) => topics[0]!.partitions.length)
    assert.deepEqual(asked, [1, 1, 2])
    assert.deepEqual(lag[1], unknownLag)
  }
})

test('resetOffsets() sends nothing where one of the partitions is not there', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 3 })
  const resetting = new Admin(broker.cluster()).resetOffsets('g', 'orders', { 0: 3, 8: 1 })
  const expected = { code: 'partition_not_found', topic: 'orders', partition: 8 }
  await assert.rejects(pass(broker, resetting), { ...expected, maybeApplied: false })
  assert.deepEqual([...new Set(broker.seen.map(({ name }) => name))], ['Metadata'])
})

test('resetOffsets() says so where some partitions may have been reset', async () => {
  const host = 'broker-1'
  const coordinators = [{ key: 'g', nodeId: 1, host, port: 9092, errorCode: 0 }]
  const broker = new ScriptedBroker()
    .withTopics({ orders: 2 })
    .on(findCoordinator, () => ({ errorCode: 0, nodeId: 1, host, port: 9092, coordinators }))
    .on(offsetCommit, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          return { partitionIndex, errorCode: [0, TOPIC_AUTHORIZATION_FAILED][partitionIndex]! }
        }),
      })),
    }))
  const admin = new Admin(broker.cluster())
  const expected = { code: 'unauthorized', partition: 1 }
  const both = admin.resetOffsets('g', 'orders', { 0: 3, 1: 3 })
  await assert.rejects(pass(broker, both), { ...expected, maybeApplied: true })
  const one = admin.resetOffsets('g', 'orders', { 1: 3 })
  await assert.rejects(pass(broker, one), { ...expected, maybeApplied: false })
})

test('partitions that are not there are refused by number, and nothing is sent', async () => {
  const broker = new ScriptedBroker().withTopics({ orders: 3 })
  const admin = new Admin(broker.cluster())
  const expected = { code: 'partition_not_found', topic: 'orders', partition: 3 }
  const calls: readonly (() => Promise<unknown>)[] = [
    () => admin.reassignPartitions('orders', { 0: [1], 3: [1] }),
    () => admin.electLeaders('orders', { partitions: [3] }),
    () => admin.deleteGroupOffsets('g', 'orders', { partitions: [2, 3] }),
  ]
  for (const call of calls) await assert.rejects(pass(broker, call()), expected)
})
