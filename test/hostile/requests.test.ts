/** Requests that are well-formed and ask for what must not be: by the error that answers them. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addPartitionsToTxn } from '../../src/protocol/add-partitions-to-txn.ts'
import type { Api } from '../../src/protocol/api.ts'
import { consumerGroupHeartbeat } from '../../src/protocol/consumer-group-heartbeat.ts'
import { createPartitions } from '../../src/protocol/create-partitions.ts'
import { createTopics } from '../../src/protocol/create-topics.ts'
import { deleteTopics } from '../../src/protocol/delete-topics.ts'
import { endTxn } from '../../src/protocol/end-txn.ts'
import { errorName } from '../../src/protocol/error-codes.ts'
import { fetch } from '../../src/protocol/fetch.ts'
import { heartbeat } from '../../src/protocol/heartbeat.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { joinGroup } from '../../src/protocol/join-group.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { metadata } from '../../src/protocol/metadata.ts'
import { offsetCommit } from '../../src/protocol/offset-commit.ts'
import { produce } from '../../src/protocol/produce.ts'
import { syncGroup } from '../../src/protocol/sync-group.ts'
import { batchOf, BrokerHarness } from '../support/broker-harness.ts'

let harness: BrokerHarness

before(async () => {
  harness = new BrokerHarness({ broker: { maxPartitions: 100 } })
  await harness.createTopic('t')
})
after(() => harness.broker.close())

interface HostileCase {
  readonly name: string
  readonly request: () => Promise<unknown>
  readonly error: string
}

/** Returns a case whose answer is looked into with `code`. */
function hostile<Request, Response, Input, ResponseInput>(
  name: string,
  [api, version, body]: readonly [Api<Request, Response, Input, ResponseInput>, number, Input],
  error: string,
): HostileCase {
  return { name, request: () => harness.request(api, version, body), error }
}

/** Returns the first code in an answer that says that something is wrong, wherever it is. */
function errorIn(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null || answer instanceof Uint8Array) return 0
  for (const [name, value] of Object.entries(answer)) {
    if (/errorCode$/i.test(name) && value !== 0) return value as number
    const below = errorIn(value)
    if (below !== 0) return below
  }
  return 0
}

const topicNames: readonly (readonly [string, string, string])[] = [
  ['', 'INVALID_TOPIC_EXCEPTION', 'nothing'],
  ['.', 'INVALID_TOPIC_EXCEPTION', 'a dot'],
  ['..', 'INVALID_TOPIC_EXCEPTION', 'two dots'],
  ['../up', 'INVALID_TOPIC_EXCEPTION', 'a way out of the folder'],
  ['a/b', 'INVALID_TOPIC_EXCEPTION', 'a slash'],
  ['a\\b', 'INVALID_TOPIC_EXCEPTION', 'a backslash'],
  ['a\0b', 'INVALID_TOPIC_EXCEPTION', 'NUL'],
  ['a\nb', 'INVALID_TOPIC_EXCEPTION', 'a line break'],
  ['a b', 'INVALID_TOPIC_EXCEPTION', 'a space'],
  ['größe', 'INVALID_TOPIC_EXCEPTION', 'umlauts'],
  ['x'.repeat(250), 'INVALID_TOPIC_EXCEPTION', '250 characters'],
  ['x'.repeat(32_767), 'INVALID_TOPIC_EXCEPTION', '32,767 characters'],
  ['__cluster_metadata', 'INVALID_REQUEST', 'the name of the metadata log'],
  ['__transaction_state', 'INVALID_TOPIC_EXCEPTION', 'the name of an internal topic'],
]

const newTopic = (name: string, more: object = {}) => ({
  topics: [{ name, numPartitions: 1, replicationFactor: 1, ...more }],
})
const names = topicNames.flatMap(([name, error, what]) => [
  hostile(`a topic called ${what}`, [createTopics, 7, newTopic(name)], error),
])

const topics: readonly HostileCase[] = [
  hostile(
    'a topic with -2 partitions',
    [createTopics, 7, newTopic('n', { numPartitions: -2 })],
    'INVALID_PARTITIONS',
  ),
  hostile(
    'a topic with 0 partitions',
    [createTopics, 7, newTopic('n', { numPartitions: 0 })],
    'INVALID_PARTITIONS',
  ),
  hostile(
    'a topic with more partitions than there may be',
    [createTopics, 7, newTopic('n', { numPartitions: 101 })],
    'POLICY_VIOLATION',
  ),
  hostile(
    'a topic with 2³¹ - 1 partitions',
    [createTopics, 7, newTopic('n', { numPartitions: 2 ** 31 - 1 })],
    'POLICY_VIOLATION',
  ),
  hostile(
    'a topic with -2 replicas',
    [createTopics, 7, newTopic('n', { replicationFactor: -2 })],
    'INVALID_REPLICATION_FACTOR',
  ),
  hostile(
    'a topic that is named twice',
    [createTopics, 7, { topics: [...newTopic('n').topics, ...newTopic('n').topics] }],
    'INVALID_REQUEST',
  ),
  hostile(
    'a config of the prototype',
    [createTopics, 7, newTopic('n', { configs: [{ name: '__proto__', value: 'x' }] })],
    'INVALID_CONFIG',
  ),
  hostile(
    'a config called constructor',
    [createTopics, 7, newTopic('n', { configs: [{ name: 'constructor', value: 'x' }] })],
    'INVALID_CONFIG',
  ),
  hostile(
    'an assignment to a partition twice',
    [
      createTopics,
      7,
      newTopic('n', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [
          { partitionIndex: 0, brokerIds: [1] },
          { partitionIndex: 0, brokerIds: [1] },
        ],
      }),
    ],
    'INVALID_REPLICA_ASSIGNMENT',
  ),
  hostile(
    'fewer partitions',
    [createPartitions, 3, { topics: [{ name: 't', count: 0, assignments: null }], timeoutMs: 0 }],
    'INVALID_PARTITIONS',
  ),
  hostile(
    '2³¹ - 1 partitions',
    [
      createPartitions,
      3,
      { topics: [{ name: 't', count: 2 ** 31 - 1, assignments: null }], timeoutMs: 0 },
    ],
    'POLICY_VIOLATION',
  ),
  hostile(
    'the end of a topic that there is none of',
    [deleteTopics, 6, { topics: [{ name: '../t' }], timeoutMs: 0 }],
    'UNKNOWN_TOPIC_OR_PARTITION',
  ),
  hostile(
    'metadata of a way out of the folder',
    [metadata, 12, { topics: [{ name: '../../x' }] }],
    'INVALID_TOPIC_EXCEPTION',
  ),
]

const partition = (index: number) => ({ partition: index, fetchOffset: 0, partitionMaxBytes: 1 })
const fetchOf = (more: object, index = 0) => ({
  maxWaitMs: 0,
  minBytes: 0,
  topics: [{ topic: 't', partitions: [{ ...partition(index), ...more }] }],
})
const records: readonly HostileCase[] = [
  hostile('a fetch from -1', [fetch, 11, fetchOf({ fetchOffset: -1 })], 'OFFSET_OUT_OF_RANGE'),
  hostile(
    'a fetch from 2⁵³ - 1',
    [fetch, 11, fetchOf({ fetchOffset: Number.MAX_SAFE_INTEGER })],
    'OFFSET_OUT_OF_RANGE',
  ),
  hostile('a fetch of partition -1', [fetch, 11, fetchOf({}, -1)], 'UNKNOWN_TOPIC_OR_PARTITION'),
  hostile(
    'a fetch of partition 2³¹ - 1',
    [fetch, 11, fetchOf({}, 2 ** 31 - 1)],
    'UNKNOWN_TOPIC_OR_PARTITION',
  ),
  hostile(
    'a fetch of a replica',
    [fetch, 11, { ...fetchOf({}), replicaId: 2 }],
    'NOT_LEADER_OR_FOLLOWER',
  ),
  hostile(
    'offsets of a time before all times',
    [
      listOffsets,
      7,
      { topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -100 }] }] },
    ],
    'UNSUPPORTED_VERSION',
  ),
  hostile(
    'acks of 2',
    [
      produce,
      9,
      {
        acks: 2,
        timeoutMs: 0,
        topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['x']) }] }],
      },
    ],
    'INVALID_REQUIRED_ACKS',
  ),
]

const identity = { producerId: 4000, producerEpoch: 0 }
const producers: readonly HostileCase[] = [
  hostile(
    'a transactional id of nothing',
    [initProducerId, 4, { transactionalId: '', transactionTimeoutMs: 1000 }],
    'INVALID_REQUEST',
  ),
  hostile(
    'a transaction timeout of 0',
    [initProducerId, 4, { transactionalId: 'x', transactionTimeoutMs: 0 }],
    'INVALID_TRANSACTION_TIMEOUT',
  ),
  hostile(
    'a transaction timeout of 2³¹ - 1',
    [initProducerId, 4, { transactionalId: 'x', transactionTimeoutMs: 2 ** 31 - 1 }],
    'INVALID_TRANSACTION_TIMEOUT',
  ),
  hostile(
    'the end of a transaction that nobody has begun',
    [endTxn, 3, { transactionalId: 'nobody', ...identity, committed: true }],
    'INVALID_PRODUCER_ID_MAPPING',
  ),
  hostile(
    'partitions for a transaction of a producer id that was never given',
    [
      addPartitionsToTxn,
      3,
      {
        v3AndBelowTransactionalId: 'nobody',
        v3AndBelowProducerId: 4000,
        v3AndBelowProducerEpoch: 0,
        v3AndBelowTopics: [{ name: 't', partitions: [0] }],
      },
    ],
    'INVALID_PRODUCER_ID_MAPPING',
  ),
]

const join = {
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 1000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: new Uint8Array() }],
}
const protocols = Array.from({ length: 10_000 }, (_, index) => ({
  name: `p${index}`,
  metadata: new Uint8Array(),
}))
const commit = (more: object) => ({
  groupId: 'g',
  generationIdOrMemberEpoch: -1,
  memberId: '',
  topics: [
    {
      name: 't',
      partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }],
    },
  ],
  ...more,
})
const enter = {
  groupId: 'c',
  memberId: 'm',
  memberEpoch: 0,
  rebalanceTimeoutMs: 1000,
  subscribedTopicNames: ['t'],
  topicPartitions: [],
}
const groups: readonly HostileCase[] = [
  hostile('a group without a name', [joinGroup, 5, { ...join, groupId: '' }], 'INVALID_GROUP_ID'),
  hostile(
    'a session of 0 ms',
    [joinGroup, 5, { ...join, sessionTimeoutMs: 0 }],
    'INVALID_SESSION_TIMEOUT',
  ),
  hostile(
    'a session of 2³¹ - 1 ms',
    [joinGroup, 5, { ...join, sessionTimeoutMs: 2 ** 31 - 1 }],
    'INVALID_SESSION_TIMEOUT',
  ),
  hostile(
    'no protocols',
    [joinGroup, 5, { ...join, protocols: [] }],
    'INCONSISTENT_GROUP_PROTOCOL',
  ),
  hostile(
    'ten thousand protocols',
    [joinGroup, 5, { ...join, protocols }],
    'INCONSISTENT_GROUP_PROTOCOL',
  ),
  hostile(
    'a member that nobody knows',
    [joinGroup, 5, { ...join, memberId: 'nobody' }],
    'UNKNOWN_MEMBER_ID',
  ),
  hostile(
    'a heartbeat of nobody',
    [heartbeat, 4, { groupId: 'g', generationId: 1, memberId: 'nobody' }],
    'UNKNOWN_MEMBER_ID',
  ),
  hostile(
    'assignments of nobody',
    [
      syncGroup,
      3,
      {
        groupId: 'g',
        generationId: 1,
        memberId: 'nobody',
        assignments: [{ memberId: 'x', assignment: new Uint8Array(3) }],
      },
    ],
    'UNKNOWN_MEMBER_ID',
  ),
  hostile(
    'a commit of a member of no group',
    [offsetCommit, 8, commit({ generationIdOrMemberEpoch: 5, memberId: 'nobody' })],
    'ILLEGAL_GENERATION',
  ),
  hostile(
    'a commit with more metadata than is kept',
    [
      offsetCommit,
      8,
      commit({
        topics: [
          {
            name: 't',
            partitions: [
              { partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4097) },
            ],
          },
        ],
      }),
    ],
    'OFFSET_METADATA_TOO_LARGE',
  ),
  hostile(
    'a commit for a topic that there is none of',
    [
      offsetCommit,
      8,
      commit({
        topics: [
          {
            name: '../t',
            partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }],
          },
        ],
      }),
    ],
    'UNKNOWN_TOPIC_OR_PARTITION',
  ),
  hostile(
    'a member that joins with partitions',
    [
      consumerGroupHeartbeat,
      1,
      { ...enter, topicPartitions: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [0] }] },
    ],
    'INVALID_REQUEST',
  ),
  hostile(
    'an assignor that there is none of',
    [consumerGroupHeartbeat, 1, { ...enter, serverAssignor: 'constructor' }],
    'UNSUPPORTED_ASSIGNOR',
  ),
  hostile(
    'an expression that is none',
    [
      consumerGroupHeartbeat,
      1,
      { ...enter, subscribedTopicNames: null, subscribedTopicRegex: '(' },
    ],
    'INVALID_REGULAR_EXPRESSION',
  ),
  hostile(
    'an epoch of -3',
    [consumerGroupHeartbeat, 1, { ...enter, memberEpoch: -3 }],
    'INVALID_REQUEST',
  ),
  hostile(
    'an epoch of a member that nobody knows',
    [consumerGroupHeartbeat, 1, { ...enter, memberEpoch: 2 ** 31 - 1 }],
    'GROUP_ID_NOT_FOUND',
  ),
]

for (const { name, request, error } of [...names, ...topics, ...records, ...producers, ...groups]) {
  test(`${name}: ${error}`, async () => {
    assert.equal(errorName(errorIn(await request())), error)
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })
}

test('after all of them the broker serves a good client, also after a restart', async () => {
  assert.equal(await harness.send('t', 0, batchOf(['good'])), 0)
  await harness.restart()
  assert.equal(await harness.send('t', 0, batchOf(['good'])), 1)
})
