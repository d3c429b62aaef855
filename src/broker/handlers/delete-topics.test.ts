import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { deleteTopics } from '../../protocol/delete-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'

test('deleteTopics removes by name and by id, and says which that were', async () => {
  const harness = new BrokerHarness()
  const [first, second] = [await harness.createTopic('a'), await harness.createTopic('b')]
  const topics = [{ name: 'a' }, { name: null, topicId: second }]
  const { responses } = await harness.request(deleteTopics, 6, { topics, timeoutMs: 1000 })
  assert.deepEqual(
    responses.map(({ name, topicId, errorCode }) => [name, topicId, errorCode]),
    [
      ['a', first, errorCodes.NONE],
      ['b', second, errorCodes.NONE],
    ],
  )
  assert.ok(!harness.broker.describeTopics().some(({ name }) => name === 'a' || name === 'b'))
})

test('deleteTopics of a topic makes place for another of its name, which is empty', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  await harness.send('t', 0, batchOf(['a', 'b']))
  await harness.request(deleteTopics, 0, { topicNames: ['t'], timeoutMs: 1000 })
  await harness.createTopic('t')
  assert.equal(await harness.send('t', 0, batchOf(['c'])), 0)
  await harness.restart()
  assert.equal(await harness.send('t', 0, batchOf(['d'])), 1)
})

test('deleteTopics refuses what is not there, and what is our own', async () => {
  const harness = new BrokerHarness()
  const topicId = 'AAAAAAAAAAAAAAAAAAAABQ'
  const topics = [{ name: 'nope' }, { name: null, topicId }, { name: '__consumer_offsets' }]
  const { responses } = await harness.request(deleteTopics, 6, { topics, timeoutMs: 1000 })
  assert.deepEqual(
    responses.map(({ errorCode }) => errorCode),
    [
      errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      errorCodes.UNKNOWN_TOPIC_ID,
      errorCodes.INVALID_REQUEST,
    ],
  )
})

test('deleteTopics deletes none that is named twice, by name and id, or by neither', async () => {
  const harness = new BrokerHarness()
  const [a, b] = [await harness.createTopic('a'), await harness.createTopic('b')]
  const topics = [{ name: 'a' }, { topicId: a }, { name: 'b', topicId: b }, {}]
  const { responses } = await harness.request(deleteTopics, 6, { topics, timeoutMs: 1000 })
  assert.deepEqual(
    responses.map(({ errorCode }) => errorCode),
    Array.from({ length: 3 }, () => errorCodes.INVALID_REQUEST),
  )
  const names = harness.broker.describeTopics().map(({ name }) => name)
  assert.deepEqual(
    ['a', 'b'].filter((name) => names.includes(name)),
    ['a', 'b'],
  )
})
