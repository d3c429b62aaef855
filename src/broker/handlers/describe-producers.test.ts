import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { describeProducers } from '../../protocol/describe-producers.ts'
import { errorCodes } from '../../protocol/error-codes.ts'

test('DescribeProducers answers for a partition once, however often it is named', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t', {})
  const topics = [{ name: 't', partitionIndexes: [0, 0, 7, 0, 7] }]
  const answer = await harness.request(describeProducers, 0, { topics })
  const { NONE, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes
  assert.deepEqual(
    answer.topics[0]!.partitions.map(({ partitionIndex, errorCode }) => [
      partitionIndex,
      errorCode,
    ]),
    [
      [0, NONE],
      [7, UNKNOWN_TOPIC_OR_PARTITION],
    ],
  )
})
