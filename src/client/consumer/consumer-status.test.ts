import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockKafka } from '../../testing/mock-kafka.ts'
import { StatusWatch, statusOf, type StatusFacts } from './consumer-status.ts'

const caughtUp = { position: 5, end: 5 }
const behind = { position: 4, end: 5 }
const unknown = { position: 0, end: undefined }
const member: StatusFacts = {
  isClosed: false,
  isSettled: true,
  isFailing: false,
  partitions: [caughtUp],
}

for (const [facts, expected] of [
  [{}, 'live'],
  [{ partitions: [] }, 'live'],
  [{ isSettled: false, partitions: [] }, 'connecting'],
  [{ partitions: [caughtUp, unknown] }, 'connecting'],
  [{ partitions: [caughtUp, behind] }, 'catching up'],
  [{ isFailing: true, partitions: [behind] }, 'degraded'],
  [{ isFailing: true, isClosed: true }, 'closed'],
] as const) {
  test(`a consumer with ${JSON.stringify(facts)} is ${expected}`, () => {
    assert.equal(statusOf({ ...member, ...facts }), expected)
  })
}

test('listen() hears of each change once, until it is ended', async () => {
  const watch = new StatusWatch()
  const heard: string[] = []
  const end = watch.listen((status) => heard.push(status))
  watch.update(member)
  watch.update({ ...member, partitions: [] })
  watch.update({ ...member, isFailing: true })
  await Promise.resolve()
  end()
  watch.update({ ...member, isClosed: true })
  await Promise.resolve()
  assert.deepEqual(heard, ['live', 'degraded'])
  assert.equal(watch.current, 'closed')
})

test('a member of a group that has no partitions is live', async () => {
  await using kafka = new MockKafka()
  await kafka.admin.createTopic('orders')
  const first = kafka.consumer('orders', { group: 'g' })
  void first.next()
  const second = kafka.consumer('orders', { group: 'g' })
  const live = new Promise<void>((resolve) => {
    second.onStatus((status) => status === 'live' && resolve())
  })
  void second.next()
  await live
  assert.equal(second.status, 'live')
})

test('a member of a group is connecting until it has read what it was given', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('orders', [1, 2])
  const consumer = kafka.consumer('orders', { group: 'g' })
  const heard: string[] = []
  const live = new Promise<void>((resolve) => {
    consumer.onStatus((status) => {
      heard.push(status)
      if (status === 'live') resolve()
    })
  })
  await consumer.next()
  await live
  assert.deepEqual(heard, ['live'])
})
