/** What `process` leaves to others, and what it leaves behind. */

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { closeRigs, ProcessingRig as Rig } from '../support/processing-rig.ts'

afterEach(closeRigs)

test('process() hands a partition over where a record waits to be tried again', async () => {
  const rig = new Rig()
  await rig.kafka.admin.createTopic('letters', { partitions: 2 })
  const producer = rig.kafka.producer<string>('letters')
  for (const [partition, value] of ['a1', 'b1'].entries()) await producer.send(value, { partition })
  const first = rig.kafka.consumer<string>('letters', { group: 'g' })
  const retry = { maxAttempts: 10, baseDelay: '5m', maxDelay: '5m' } as const
  const processing = first.process(rig.handler, { retry })
  await rig.pass(1)
  await rig.fail('a1')
  await rig.fail('b1')
  const second = rig.kafka.consumer<string>('letters', { group: 'g' })
  const next = second.next()
  await rig.pass(10)
  assert.equal(second.assignment().length, 1)
  assert.match((await next)!.value, /^[ab]1$/, 'it is for whoever has the partition now')
  assert.equal(rig.begun.length, 2)
  await first.close()
  await processing
})

test('process() begins behind a record that was taken before: it is processed', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1')
  const next = consumer.next()
  await rig.pass(1)
  assert.equal((await next)!.value, 'a1')
  const processing = consumer.process(rig.handler)
  await rig.pass(1)
  await rig.end('b1')
  const closing = consumer.close()
  await rig.pass(1)
  await Promise.all([closing, processing])
  assert.equal(await rig.committed(), 2)
})

test('close() waits for handlers of partitions that were lost', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1')
  const processing = consumer.process(rig.handler)
  await rig.pass(1)
  // A process that is stopped for so long sends no heartbeats.
  rig.clock.advance(120_000)
  await rig.pass(10)
  let closed = 0
  const closing = [consumer.close(), processing].map((end) => end.then(() => closed++))
  await rig.pass(1)
  assert.equal(closed, 0)
  await rig.end('a1')
  await rig.pass(1)
  await Promise.all(closing)
  assert.deepEqual(rig.begun, ['a1'])
})

test('process() keeps nothing of a handler that has listened to its signal', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1')
  const signals: WeakRef<AbortSignal>[] = []
  const processing = consumer.process(
    (_, { signal }) => {
      signal.addEventListener('abort', () => undefined)
      signals.push(new WeakRef(signal))
    },
    { timeout: '1m' },
  )
  await rig.pass(1)
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await rig.settle()
  collectGarbage()
  assert.deepEqual(
    signals.map((signal) => signal.deref()),
    [undefined],
  )
  await consumer.close()
  await processing
})
