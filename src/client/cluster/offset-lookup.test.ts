import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, settled, topicId } from '../../../test/support/scripted-broker.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { listOffsets } from '../../protocol/list-offsets.ts'
import { metadata } from '../../protocol/metadata.ts'
import { Offset } from '../record/offset.ts'
import { lookUpOffsets } from './offset-lookup.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'

const query = { topic: 'orders', partition: 0, offset: Offset.latest }
const offset = 7

/** Two brokers, one of which leads the only partition of `orders`. */
class Rig {
  readonly broker = new ScriptedBroker()
  leader = 1
  isDeleted = false
  /** What lookups are answered with, in turn; then they succeed. */
  readonly errors: number[] = []

  constructor() {
    this.broker
      .on(metadata, ({ topics }) => ({
        brokers: [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
        controllerId: 1,
        clusterId: 'scripted',
        topics: topics!.map(({ name }) => ({
          errorCode: this.isDeleted ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : 0,
          name,
          topicId: topicId(name!),
          partitions: [
            {
              errorCode: 0,
              partitionIndex: 0,
              leaderId: this.leader,
              replicaNodes: [1, 2],
              isrNodes: [1, 2],
            },
          ],
        })),
      }))
      .on(listOffsets, () => {
        const errorCode = this.errors.shift() ?? 0
        const answer = { partitionIndex: 0, errorCode, offset, timestamp: -1 }
        return { topics: [{ name: 'orders', partitions: [answer] }] }
      })
  }

  /** Lets time pass until `promise` is settled. */
  async pass<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false
    const mark = (): void => void (isSettled = true)
    promise.then(mark, mark)
    for (let step = 0; step < 400 && !isSettled; step++) {
      await settled()
      if (!isSettled) this.broker.clock.advance(100)
    }
    return promise
  }
}

test('lookUpOffsets() finds the new leader where the one before is gone', async () => {
  const rig = new Rig()
  rig.leader = 2
  const cluster = rig.broker.cluster()
  await cluster.topic('orders')
  rig.broker.down.add('broker-2:9092')
  rig.leader = 1
  const [found] = await rig.pass(lookUpOffsets(cluster, [query]))
  assert.equal(found?.offset, offset)
})

test('lookUpOffsets() waits for a new leader while there is time, beyond retries', async () => {
  const rig = new Rig()
  rig.leader = 2
  const cluster = rig.broker.cluster({ retries: 1 })
  await cluster.topic('orders')
  rig.broker.down.add('broker-2:9092')
  const found = lookUpOffsets(cluster, [query])
  for (let second = 0; second < 10; second++) {
    await settled()
    rig.broker.clock.advance(1000)
  }
  assert.ok(rig.broker.dialled.filter((address) => address === 'broker-2:9092').length > 5)
  rig.leader = 1
  assert.equal((await rig.pass(found))[0]?.offset, offset)
})

test('lookUpOffsets() asks again where the leader does not know of the topic yet', async () => {
  const rig = new Rig()
  const unknown = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  // It takes its time, as a broker that comes back may.
  rig.errors.push(...Array.from({ length: 9 }, () => unknown), errorCodes.OFFSET_NOT_AVAILABLE)
  const [found] = await rig.pass(lookUpOffsets(rig.broker.cluster(), [query]))
  assert.equal(found?.offset, offset)
})

test('lookUpOffsets() says so where the topic is gone, and does not create it again', async () => {
  const rig = new Rig()
  rig.isDeleted = true
  const looking = lookUpOffsets(rig.broker.cluster(), [query])
  await assert.rejects(rig.pass(looking), { code: 'topic_not_found', topic: 'orders' })
  for (const { allowAutoTopicCreation } of rig.broker.requests(metadata)) {
    assert.equal(allowAutoTopicCreation, false)
  }
})

test('lookUpOffsets() asks anew for a partition that was not there before', async () => {
  const topics = { orders: 1 }
  const broker = new ScriptedBroker().withTopics(topics).on(listOffsets, ({ topics: asked }) => ({
    topics: asked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode: 0, offset, timestamp: -1 }
      }),
    })),
  }))
  const cluster = broker.cluster()
  await cluster.topic('orders')
  topics.orders = 3
  const queries = [0, 1, 2, 7].map((partition) => ({ ...query, partition }))
  const found = await lookUpOffsets(cluster, queries.slice(0, 3))
  assert.equal(found.length, 3)
  assert.equal(broker.requests(metadata).length, 2)
  const missing = { code: 'partition_not_found', topic: 'orders', partition: 7 }
  await assert.rejects(lookUpOffsets(cluster, queries), missing)
})

test('calls side by side do not take from each other what they have learned', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2, 3])
  const { admin } = kafka
  const worker = async (id: number): Promise<void> => {
    for (let round = 0; round < 100; round++) {
      if (id % 2 === 0) await admin.listOffsets('numbers')
      else await admin.describeProducers('numbers')
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, id) => worker(id)))
})
