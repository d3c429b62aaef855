import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import {
  describeTopicPartitions,
  type DescribeTopicPartitionsResponse,
} from '../../protocol/describe-topic-partitions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'

type Cursor = DescribeTopicPartitionsResponse['nextCursor']

async function ask(
  harness: BrokerHarness,
  {
    names = [],
    limit = 2000,
    cursor = null,
  }: { names?: string[]; limit?: number; cursor?: Cursor },
): Promise<DescribeTopicPartitionsResponse> {
  const topics = names.map((name) => ({ name }))
  const request = { topics, responsePartitionLimit: limit, cursor }
  return harness.request(describeTopicPartitions, 0, request)
}

/** Returns `name:partitions` of each topic, such as `t:0,1`. */
function pageOf({ topics }: DescribeTopicPartitionsResponse): string[] {
  return topics.map(({ name, partitions }) => {
    return `${name}:${partitions.map(({ partitionIndex }) => partitionIndex).join()}`
  })
}

async function brokerWithTopics(): Promise<BrokerHarness> {
  const harness = new BrokerHarness()
  await harness.createTopic('b', { partitions: 3 })
  await harness.createTopic('a', { partitions: 2 })
  await harness.createTopic('c')
  return harness
}

test('describeTopicPartitions gives topics by name, all where none is named', async () => {
  const harness = await brokerWithTopics()
  const all = await ask(harness, {})
  assert.deepEqual(pageOf(all), ['__consumer_offsets:0', 'a:0,1', 'b:0,1,2', 'c:0'])
  assert.deepEqual(
    all.topics.map(({ isInternal }) => isInternal),
    [true, false, false, false],
  )
  const { topics, nextCursor } = await ask(harness, { names: ['c', 'a', 'c'] })
  assert.deepEqual(pageOf({ ...all, topics }), ['a:0,1', 'c:0'])
  assert.equal(nextCursor, null)
})

test('describeTopicPartitions goes on where its cursor says, whatever the page size', async () => {
  const harness = await brokerWithTopics()
  for (let limit = 1; limit <= 7; limit++) {
    const seen: string[] = []
    let cursor: Cursor = null
    do {
      const page: DescribeTopicPartitionsResponse = await ask(harness, {
        names: ['a', 'b', 'c'],
        limit,
        cursor,
      })
      const partitions = page.topics.flatMap(({ name, partitions: some }) => {
        return some.map(({ partitionIndex }) => `${name}${partitionIndex}`)
      })
      assert.ok(partitions.length <= limit)
      seen.push(...partitions)
      cursor = page.nextCursor
    } while (cursor)
    assert.deepEqual(seen, ['a0', 'a1', 'b0', 'b1', 'b2', 'c0'], `limit ${limit}`)
  }
})

test('describeTopicPartitions says which topics are not there', async () => {
  const harness = await brokerWithTopics()
  const { topics } = await ask(harness, { names: ['a', 'nope', 'not a name'] })
  assert.deepEqual(
    topics.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['a', errorCodes.NONE],
      ['nope', errorCodes.UNKNOWN_TOPIC_OR_PARTITION],
      ['not a name', errorCodes.INVALID_TOPIC_EXCEPTION],
    ],
  )
})

test('describeTopicPartitions refuses a cursor before the first partition', async () => {
  const cursor = { topicName: 'a', partitionIndex: -1 }
  const { topics } = await ask(await brokerWithTopics(), { cursor })
  assert.equal(topics[0]!.errorCode, errorCodes.INVALID_REQUEST)
})
