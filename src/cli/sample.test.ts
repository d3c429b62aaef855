import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { MockKafka } from '../testing/mock-kafka.ts'
import { createSampleTopic, feedSample, sampleTopic } from './sample.ts'

test('feedSample() leaves nothing of each record behind, until it is stopped', async () => {
  await using kafka = new MockKafka()
  assert.equal(await createSampleTopic(kafka), true)
  assert.equal(await createSampleTopic(kafka), false)
  const stop = new AbortController()
  const feeding = feedSample(kafka, { perSecond: 1000, isNew: false, signal: stop.signal })
  let count = 0
  for await (const _ of kafka.consumer(sampleTopic)) if (++count === 20) break
  assert.ok(getEventListeners(stop.signal, 'abort').length <= 1)
  stop.abort()
  await feeding
})
