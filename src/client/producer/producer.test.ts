import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { MockKafka } from '../../testing/mock-kafka.ts'
import type { HeadersInput } from './producer.ts'

test('send() refuses headers that are neither text nor bytes, by name', async () => {
  await using kafka = new MockKafka()
  const producer = kafka.producer<number>('orders')
  for (const value of [['a', 'b'], 5, undefined, new Uint16Array(1), new Date()]) {
    const headers = { good: 'x', bad: value } as unknown as HeadersInput
    await assert.rejects(producer.send(1, { headers }), {
      code: 'invalid_option',
      option: 'headers.bad',
    })
  }
  await producer.send(1, { headers: { text: 'x', bytes: new Uint8Array(2), none: null } })
})

test('send() refuses what a serde gives that is neither text nor bytes', async () => {
  await using kafka = new MockKafka()
  for (const given of [[1, 2], 5, undefined, new Uint16Array(1), Promise.resolve('x')]) {
    const value = { serialize: () => given as never, deserialize: () => undefined }
    const sent = kafka.producer('orders', { value }).send(undefined)
    await assert.rejects(sent, { code: 'serialization', topic: 'orders' })
  }
})

test('send() takes bytes of another realm', async () => {
  await using kafka = new MockKafka()
  const bytes = runInNewContext('new Uint8Array([65, 66])') as Uint8Array
  const value = { serialize: () => bytes, deserialize: (read: Uint8Array) => [...read] }
  await kafka.producer('orders', { value }).send([], { headers: { bytes } })
  const record = await kafka.consumer('orders', { value }).next()
  assert.deepEqual(record?.value, [65, 66])
  assert.equal(record?.headers['bytes'], 'AB')
})
