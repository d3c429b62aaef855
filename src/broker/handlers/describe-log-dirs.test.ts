import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { describeLogDirs } from '../../protocol/describe-log-dirs.ts'

test('describeLogDirs gives the size of every partition, or of those that are named', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t', { partitions: 2 })
  const batch = batchOf(['a'])
  await harness.send('t', 1, batch)
  const sizesOf = async (request: object): Promise<string[]> => {
    const { results } = await harness.request(describeLogDirs, 4, request)
    assert.equal(results.length, 1)
    return results[0]!.topics.flatMap(({ name, partitions }) => {
      return partitions.map((one) => `${name}-${one.partitionIndex}: ${one.partitionSize}`)
    })
  }
  const all = await sizesOf({ topics: null })
  assert.deepEqual(all, ['__consumer_offsets-0: 0', 't-0: 0', `t-1: ${batch.length}`])
  const named = [
    { topic: 't', partitions: [1, 7] },
    { topic: 'nope', partitions: [0] },
  ]
  assert.deepEqual(await sizesOf({ topics: named }), [`t-1: ${batch.length}`])
})
