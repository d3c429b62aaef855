import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pass, ScriptedBroker, topicId } from '../../../test/support/scripted-broker.ts'
import { alterPartitionReassignments } from '../../protocol/alter-partition-reassignments.ts'
import { electLeaders } from '../../protocol/elect-leaders.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'
import { Admin } from './admin.ts'

interface Place {
  readonly leader: number
  readonly replicas: number[]
}

/** A broker that says where the partitions of `orders` are: at `places`, one after another. */
function moving(...places: Place[]) {
  let asked = 0
  const broker = new ScriptedBroker().on(metadata, ({ topics }) => {
    const orders = (topics ?? []).map(({ name }) => {
      const { leader, replicas } = places[Math.min(asked++, places.length - 1)]!
      const partitions = [0, 1].map((partitionIndex) => {
        const replicaNodes = replicas
        return { errorCode: 0, partitionIndex, leaderId: leader, replicaNodes, isrNodes: [1] }
      })
      return { errorCode: 0, name, topicId: topicId('orders'), partitions }
    })
    const brokers = [{ nodeId: 1, host: 'broker-1', port: 9092 }]
    return { brokers, controllerId: 1, clusterId: 'scripted', topics: orders }
  })
  return { broker, asked: () => asked }
}

test('reassignPartitions() waits until brokers know where the partition goes', async () => {
  const { broker, asked } = moving(
    { leader: 1, replicas: [1, 2] },
    { leader: 1, replicas: [1, 2] },
    { leader: 1, replicas: [3, 2, 1] },
  )
  broker.on(alterPartitionReassignments, ({ topics }) => ({
    errorCode: 0,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0 })),
    })),
  }))
  await pass(broker, new Admin(broker.cluster()).reassignPartitions('orders', { 0: [3, 2] }))
  assert.equal(asked(), 3)
  const [request] = broker.requests(alterPartitionReassignments)
  const partitions = [{ partitionIndex: 0, replicas: [3, 2] }]
  assert.deepEqual(request!.topics, [{ name: 'orders', partitions }])
})

test('reassignPartitions() names the partition that is refused', async () => {
  const { broker } = moving({ leader: 1, replicas: [1] })
  const { INVALID_REPLICA_ASSIGNMENT } = errorCodes
  broker.on(alterPartitionReassignments, () => ({
    errorCode: 0,
    responses: [
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 0, errorCode: 0 },
          { partitionIndex: 1, errorCode: INVALID_REPLICA_ASSIGNMENT, errorMessage: 'no' },
        ],
      },
    ],
  }))
  const refused = new Admin(broker.cluster()).reassignPartitions('orders', { 0: [1], 1: [9] })
  await assert.rejects(pass(broker, refused), {
    code: 'invalid_replica_assignment',
    topic: 'orders',
    partition: 1,
  })
})

test('electLeaders() tries again what fails for now, and gives all that were elected', async () => {
  const { NONE, ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE } = errorCodes
  const answers = [
    [NONE, PREFERRED_LEADER_NOT_AVAILABLE],
    [ELECTION_NOT_NEEDED, NONE],
  ]
  const { broker, asked } = moving({ leader: 2, replicas: [1] }, { leader: 1, replicas: [1] })
  broker.on(electLeaders, () => {
    const partitionResult = answers
      .shift()!
      .map((errorCode, partitionId) => ({ partitionId, errorCode }))
    return { replicaElectionResults: [{ topic: 'orders', partitionResult }] }
  })
  const elected = await pass(broker, new Admin(broker.cluster()).electLeaders('orders'))
  assert.deepEqual(elected, [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1 },
  ])
  assert.equal(asked(), 2)
  const wanted = broker.requests(electLeaders).map(({ topicPartitions }) => topicPartitions)
  const all = [{ topic: 'orders', partitions: [0, 1] }]
  assert.deepEqual(wanted, [all, all])
})

test('electLeaders() asks no broker for an unclean election that knows of none', async () => {
  const { broker } = moving({ leader: 1, replicas: [1] })
  broker.on(electLeaders, () => ({}), 0)
  const admin = new Admin(broker.cluster())
  await assert.rejects(pass(broker, admin.electLeaders('orders', { type: 'unclean' })), {
    code: 'unsupported_version',
  })
  assert.deepEqual(await pass(broker, admin.electLeaders('orders')), [])
})

test('who may not see a topic may move it all the same, where brokers allow that', async () => {
  const asked: string[] = []
  const broker = new ScriptedBroker()
    .on(metadata, ({ topics }) => ({
      brokers: [{ nodeId: 1, host: 'broker-1', port: 9092 }],
      controllerId: 1,
      clusterId: 'scripted',
      topics: (topics ?? []).map(({ name }) => ({
        errorCode: errorCodes.TOPIC_AUTHORIZATION_FAILED,
        name,
        partitions: [],
      })),
    }))
    .on(electLeaders, () => {
      asked.push('elect')
      return { errorCode: 0, replicaElectionResults: [] }
    })
    .on(alterPartitionReassignments, () => {
      asked.push('reassign')
      return { errorCode: 0, responses: [] }
    })
  const admin = new Admin(broker.cluster())
  await pass(broker, admin.electLeaders('orders', { partitions: [0] }))
  await pass(broker, admin.reassignPartitions('orders', { 0: [1] }))
  assert.deepEqual(asked, ['elect', 'reassign'])
})
