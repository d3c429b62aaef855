/**
 * The requests of the authorization matrix: a well-formed one of each API, which changes nothing
 * that another one depends on, or says what it has taken away.
 */

import { addOffsetsToTxn } from '../../../src/protocol/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../../src/protocol/add-partitions-to-txn.ts'
import { deleteGroups } from '../../../src/protocol/delete-groups.ts'
import { deleteRecords } from '../../../src/protocol/delete-records.ts'
import { deleteTopics } from '../../../src/protocol/delete-topics.ts'
import { consumerGroupDescribe } from '../../../src/protocol/consumer-group-describe.ts'
import { consumerGroupHeartbeat } from '../../../src/protocol/consumer-group-heartbeat.ts'
import { createPartitions } from '../../../src/protocol/create-partitions.ts'
import { createTopics } from '../../../src/protocol/create-topics.ts'
import { describeGroups } from '../../../src/protocol/describe-groups.ts'
import { describeLogDirs } from '../../../src/protocol/describe-log-dirs.ts'
import { describeProducers } from '../../../src/protocol/describe-producers.ts'
import { describeTopicPartitions } from '../../../src/protocol/describe-topic-partitions.ts'
import { describeTransactions } from '../../../src/protocol/describe-transactions.ts'
import { endTxn } from '../../../src/protocol/end-txn.ts'
import { fetch } from '../../../src/protocol/fetch.ts'
import { findCoordinator } from '../../../src/protocol/find-coordinator.ts'
import { heartbeat } from '../../../src/protocol/heartbeat.ts'
import { initProducerId } from '../../../src/protocol/init-producer-id.ts'
import { joinGroup } from '../../../src/protocol/join-group.ts'
import { leaveGroup } from '../../../src/protocol/leave-group.ts'
import { listGroups } from '../../../src/protocol/list-groups.ts'
import { listOffsets } from '../../../src/protocol/list-offsets.ts'
import { listTransactions } from '../../../src/protocol/list-transactions.ts'
import { metadata } from '../../../src/protocol/metadata.ts'
import { offsetCommit } from '../../../src/protocol/offset-commit.ts'
import { offsetDelete } from '../../../src/protocol/offset-delete.ts'
import { offsetFetch } from '../../../src/protocol/offset-fetch.ts'
import { offsetForLeaderEpoch } from '../../../src/protocol/offset-for-leader-epoch.ts'
import { produce } from '../../../src/protocol/produce.ts'
import { syncGroup } from '../../../src/protocol/sync-group.ts'
import { txnOffsetCommit } from '../../../src/protocol/txn-offset-commit.ts'
import { writeTxnMarkers } from '../../../src/protocol/write-txn-markers.ts'
import { writeBatch } from '../../../src/record/batch-writer.ts'
import { names, prefix } from './principals.ts'
import { clusterRequests } from './cluster-requests.ts'
import { request, type MatrixRequest } from './matrix-request.ts'

const { topic, group: groupId, transactionalId } = names
const none = 'm-none'
const stranger = { producerId: 987_654, producerEpoch: 3 }
const timeoutMs = 5_000
const records = [{ key: null, value: 'v', timestamp: 1 }]
const batch = writeBatch(records, { partitionLeaderEpoch: 0 }) as Uint8Array
const transactionalBatch = writeBatch(records, {
  partitionLeaderEpoch: 0,
  ...stranger,
  baseSequence: 0,
  isTransactional: true,
}) as Uint8Array

const offset = { partitionIndex: 0, committedOffset: 0, committedMetadata: '' }
export const commitRequest = request(offsetCommit, ({ topicId }) => ({
  groupId,
  memberId: '',
  topics: [{ name: topic, topicId, partitions: [offset] }],
}))
const commitOf = { acks: -1, timeoutMs }
const fetched = { fetchOffset: 0, partitionMaxBytes: 1024 }

const topicRequests = [
  request(produce, ({ topicId }) => ({
    ...commitOf,
    topicData: [{ name: topic, topicId, partitionData: [{ index: 0, records: batch }] }],
  })),
  request(
    produce,
    {
      ...commitOf,
      topicData: [topic, none].map((name) => {
        return { name, partitionData: [{ index: 0, records: batch }] }
      }),
    },
    { what: 'by name', version: 12 },
  ),
  ...[11, 12].map((version) =>
    request(
      produce,
      {
        ...commitOf,
        transactionalId,
        topicData: [{ name: topic, partitionData: [{ index: 0, records: transactionalBatch }] }],
      },
      { what: `transactional v${version}`, version },
    ),
  ),
  request(fetch, ({ topicId }) => ({
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topicId, partitions: [{ partition: 0, ...fetched }] }],
  })),
  request(
    fetch,
    {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [topic, none].map((name) => {
        return { topic: name, partitions: [{ partition: 0, ...fetched }] }
      }),
    },
    { what: 'by name', version: 12 },
  ),
  request(listOffsets, {
    topics: [topic, none].map((name) => {
      return { name, partitions: [{ partitionIndex: 0, timestamp: -2 }] }
    }),
  }),
  request(offsetForLeaderEpoch, {
    topics: [topic, none].map((name) => {
      return { topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }
    }),
  }),
  request(metadata, { topics: null, includeTopicAuthorizedOperations: true }, { what: 'all' }),
  request(
    metadata,
    {
      topics: [{ name: topic }, { name: none }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: true,
    },
    { what: 'by name' },
  ),
  request(
    metadata,
    ({ topicId }) => ({ topics: [{ name: null, topicId }], allowAutoTopicCreation: false }),
    { what: 'by id' },
  ),
  request(
    metadata,
    { topics: [], includeClusterAuthorizedOperations: true },
    { what: 'operations on the cluster', version: 10 },
  ),
  request(
    metadata,
    ({ user }) => ({
      topics: [{ name: `${prefix}made-by-${user}` }],
      allowAutoTopicCreation: true,
    }),
    { what: 'that creates' },
  ),
  request(describeTopicPartitions, {
    topics: [{ name: topic }, { name: none }],
    responsePartitionLimit: 100,
  }),
  request(createTopics, {
    topics: [topic, none].map((name) => {
      return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    }),
    timeoutMs,
    validateOnly: true,
  }),
  request(createPartitions, {
    topics: [topic, none].map((name) => ({ name, count: 5 })),
    timeoutMs,
    validateOnly: true,
  }),
  request(deleteRecords, {
    topics: [topic, none].map((name) => {
      return { name, partitions: [{ partitionIndex: 0, offset: 0 }] }
    }),
    timeoutMs,
  }),
  request(describeProducers, {
    topics: [topic, none].map((name) => ({ name, partitionIndexes: [0] })),
  }),
  request(describeLogDirs, { topics: [{ topic, partitions: [0] }] }),
  request(
    deleteTopics,
    { topics: [{ name: none }, { name: topic }], timeoutMs },
    { what: 'by name', takesAway: 'topic' },
  ),
  request(deleteTopics, ({ topicId }) => ({ topics: [{ name: null, topicId }], timeoutMs }), {
    what: 'by id',
    takesAway: 'topic',
  }),
]

const protocols = [{ name: 'range', metadata: new Uint8Array(0) }]
const member = { groupId, memberId: 'm-member' }
const topics = [topic, none]

const groupRequests = [
  request(findCoordinator, { keyType: 0, coordinatorKeys: [groupId] }, { what: 'of a group' }),
  request(joinGroup, {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols,
  }),
  request(syncGroup, {
    ...member,
    generationId: 1,
    protocolType: 'consumer',
    protocolName: 'range',
  }),
  request(heartbeat, { ...member, generationId: 1 }),
  request(leaveGroup, { groupId, members: [{ memberId: 'm-member' }] }),
  request(consumerGroupHeartbeat, {
    ...member,
    memberEpoch: 5,
    subscribedTopicNames: [topic],
    topicPartitions: [],
  }),
  request(describeGroups, { groups: [groupId, 'm-gone'], includeAuthorizedOperations: true }),
  request(consumerGroupDescribe, { groupIds: [groupId], includeAuthorizedOperations: true }),
  request(listGroups, {}),
  commitRequest,
  request(
    offsetCommit,
    { groupId, memberId: '', topics: topics.map((name) => ({ name, partitions: [offset] })) },
    { what: 'by name', version: 9 },
  ),
  request(offsetFetch, ({ topicId }) => ({
    groups: [{ groupId, topics: [{ topicId, partitionIndexes: [0] }] }],
  })),
  request(
    offsetFetch,
    { groups: [{ groupId, topics: topics.map((name) => ({ name, partitionIndexes: [0] })) }] },
    { what: 'by name', version: 9 },
  ),
  request(offsetFetch, { groups: [{ groupId, topics: null }] }, { what: 'all', version: 9 }),
  request(
    offsetFetch,
    { groupId, topics: topics.map((name) => ({ name, partitionIndexes: [0] })) },
    { what: 'of one group', version: 7 },
  ),
  request(
    offsetDelete,
    { groupId, topics: topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })) },
    { takesAway: 'offsets' },
  ),
  request(deleteGroups, { groupsNames: [groupId, 'm-gone'] }, { takesAway: 'offsets' }),
]

const producer = { transactionalId, ...stranger }

const transactionRequests = [
  request(
    findCoordinator,
    { keyType: 1, coordinatorKeys: [transactionalId] },
    { what: 'of a transactional id' },
  ),
  request(initProducerId, { transactionTimeoutMs: 1000 }, { what: 'idempotent' }),
  request(initProducerId, { transactionalId, transactionTimeoutMs: 1000 }),
  request(
    addPartitionsToTxn,
    {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: stranger.producerId,
      v3AndBelowProducerEpoch: stranger.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    },
    { version: 3 },
  ),
  request(addOffsetsToTxn, { ...producer, groupId }),
  request(endTxn, { ...producer, committed: false }),
  ...[4, 5].map((version) =>
    request(
      txnOffsetCommit,
      { ...producer, groupId, topics: topics.map((name) => ({ name, partitions: [offset] })) },
      { what: `v${version}`, version },
    ),
  ),
  request(describeTransactions, { transactionalIds: [transactionalId] }),
  request(listTransactions, {}),
  request(writeTxnMarkers, {
    markers: [
      {
        ...stranger,
        transactionResult: false,
        topics: [{ name: none, partitionIndexes: [0] }],
        coordinatorEpoch: 0,
      },
    ],
  }),
]

/** In this order; what takes something away has it brought back before the next. */
export const matrixRequests: readonly MatrixRequest[] = [
  ...topicRequests,
  ...groupRequests,
  ...transactionRequests,
  ...clusterRequests,
]
