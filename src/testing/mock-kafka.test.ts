import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockKafka } from './mock-kafka.ts'

test('getMessages() gives what transactions have committed, and ends behind their markers', async () => {
  await using kafka = new MockKafka()
  await kafka.admin.createTopic('orders', { partitions: 2 })
  await kafka.transaction('orders', (tx) => tx.send('seen', { partition: 1 }))
  const failing = kafka.transaction('orders', async (tx) => {
    await tx.send('never', { partition: 0 })
    throw new Error('no')
  })
  await assert.rejects(failing)
  const messages = await kafka.getMessages('orders')
  assert.deepEqual(
    messages.map(({ value }) => value),
    ['seen'],
  )
  await kafka.admin.createTopic('empty')
  assert.deepEqual(await kafka.getMessages('empty'), [])
})
