/** What an administrator of a cluster asks, and a broker that is alone answers. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../support/broker-harness.ts'
import { alterPartitionReassignments } from '../../src/protocol/alter-partition-reassignments.ts'
import { describeQuorum } from '../../src/protocol/describe-quorum.ts'
import { electLeaders } from '../../src/protocol/elect-leaders.ts'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { listConfigResources } from '../../src/protocol/list-config-resources.ts'
import { listPartitionReassignments } from '../../src/protocol/list-partition-reassignments.ts'

async function withTopic(): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.createTopic('a')
  return harness
}

test('electLeaders says that no election is needed', async () => {
  const harness = await withTopic()
  const topicPartitions = [{ topic: 'a', partitions: [0, 1] }]
  const named = await harness.request(electLeaders, 2, { topicPartitions })
  const codes = named.replicaElectionResults[0]!.partitionResult.map(({ errorCode }) => errorCode)
  const { ELECTION_NOT_NEEDED, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
  assert.deepEqual(codes, [ELECTION_NOT_NEEDED, UNKNOWN_TOPIC_OR_PARTITION])
  const all = await harness.request(electLeaders, 2, { topicPartitions: null })
  assert.deepEqual(all.replicaElectionResults, [])
})

test('alterPartitionReassignments accepts only that a partition is where it is', async () => {
  const harness = await withTopic()
  const codeFor = async (partitionIndex: number, replicas: number[] | null): Promise<number> => {
    const topics = [{ name: 'a', partitions: [{ partitionIndex, replicas }] }]
    const answer = await harness.request(alterPartitionReassignments, 0, { topics })
    return answer.responses[0]!.partitions[0]!.errorCode
  }
  assert.equal(await codeFor(0, [1]), errorCodes.NONE)
  assert.equal(await codeFor(0, [2]), errorCodes.INVALID_REPLICA_ASSIGNMENT)
  assert.equal(await codeFor(0, [1, 2]), errorCodes.INVALID_REPLICA_ASSIGNMENT)
  assert.equal(await codeFor(0, null), errorCodes.NO_REASSIGNMENT_IN_PROGRESS)
  assert.equal(await codeFor(1, [1]), errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const { topics } = await harness.request(listPartitionReassignments, 0, { topics: null })
  assert.deepEqual(topics, [])
})

test('describeQuorum names the broker as the only voter', async () => {
  const harness = await withTopic()
  const partitions = [{ partitionIndex: 0 }]
  const answer = await harness.request(describeQuorum, 2, {
    topics: [
      { topicName: '__cluster_metadata', partitions },
      { topicName: 'a', partitions },
    ],
  })
  const [known, other] = answer.topics.map((topic) => topic.partitions[0]!)
  assert.deepEqual(
    known!.currentVoters.map(({ replicaId }) => replicaId),
    [1],
  )
  assert.ok(known!.highWatermark > 0)
  assert.equal(other!.errorCode, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  assert.deepEqual(answer.nodes[0]!.listeners[0]!.host, 'broker.test')
})

test('listConfigResources lists topics and the broker, by their types', async () => {
  const harness = await withTopic()
  const namesOf = async (resourceTypes: number[], version = 1): Promise<string[]> => {
    const answer = await harness.request(listConfigResources, version, { resourceTypes })
    return answer.configResources.map(({ resourceName }) => resourceName)
  }
  assert.ok((await namesOf([2])).includes('a'))
  assert.deepEqual(await namesOf([4]), ['1'])
  assert.deepEqual(await namesOf([], 0), [])
  const bad = await harness.request(listConfigResources, 1, { resourceTypes: [99] })
  assert.equal(bad.errorCode, errorCodes.UNSUPPORTED_VERSION)
})
