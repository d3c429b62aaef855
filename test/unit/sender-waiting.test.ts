/** Records that a producer cannot send at once: what they wait for, and how that ends. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { initProducerId } from '../../src/protocol/init-producer-id.ts'
import { produce } from '../../src/protocol/produce.ts'
import { pass } from '../support/scripted-broker.ts'
import { SenderRig } from '../support/sender-rig.ts'

test('a record that cannot be placed once there is metadata fails, and no other', async () => {
  const rig = new SenderRig()
  const partitioner = (): never => {
    throw new Error('no partition')
  }
  const before = rig.send('a')
  const unplaced = assert.rejects(rig.add({ value: 'b', partitioner }), { message: 'no partition' })
  const headers = [{ key: 'size', value: 5 as never }]
  const unwritten = assert.rejects(rig.add({ value: 'c', partition: 0, headers }), RangeError)
  const after = rig.send('d')
  await pass(rig.broker, Promise.all([before, unplaced, unwritten, after]))
  assert.deepEqual(rig.arrived, ['0:7/0 a d'])
})

test('a record for a partition that is gone with its topic fails when its time is up', async () => {
  const rig = new SenderRig({}, 6)
  await rig.send('before', 5)
  // The topic is created anew, with fewer partitions.
  rig.script.push('UNKNOWN_TOPIC_OR_PARTITION')
  rig.broker.withTopics({ orders: 2 })
  const gone = pass(rig.broker, rig.send('a', 5))
  await assert.rejects(gone, { code: 'timeout', partition: 5, maybeApplied: false })
  await pass(rig.broker, rig.send('b', 1))
})

test('a topic that was there is waited for: whoever is asked may not have heard of it', async () => {
  const rig = new SenderRig()
  await rig.send('before')
  rig.script.push('NOT_LEADER_OR_FOLLOWER')
  rig.broker.withTopics({})
  const sent = rig.send('a')
  await rig.pass(5000)
  rig.broker.withTopics({ orders: 2 })
  await rig.pass(2000)
  await sent
})

test('what waits for room gets that of records whose time is up', async () => {
  const rig = new SenderRig({ bufferBytes: 1, timeout: '2s' })
  rig.broker.withTopics({ orders: [-1] })
  const expired = assert.rejects(rig.send('a'), { code: 'timeout' })
  await rig.pass(1000)
  const later = [rig.send('b'), rig.send('c')]
  await rig.pass(1500)
  await expired
  rig.broker.withTopics({ orders: 1 })
  await rig.pass(500)
  assert.deepEqual(rig.arrived, ['0:7/0 b', '0:7/1 c'])
  await Promise.all(later)
})

test('what waits for room gets that of records which have failed for lack of a number', async () => {
  const rig = new SenderRig({ bufferBytes: 1 })
  await rig.send('before')
  rig.script.push('UNKNOWN_PRODUCER_ID')
  rig.broker.on(initProducerId, () => ({ errorCode: errorCodes.CLUSTER_AUTHORIZATION_FAILED }))
  const failed = assert.rejects(rig.send('a'), { code: 'unauthorized' })
  const later = rig.send('b')
  await rig.pass(500)
  await failed
  assert.deepEqual(rig.arrived, ['0:7/0 before', '0:7/1 a', '0:7/1 b'])
  await later
})

test('a record that was sent late has no more time for its answer than it has left', async () => {
  const rig = new SenderRig({ timeout: '2s' })
  const { clock } = rig.broker
  rig.broker.withTopics({ orders: [-1] })
  rig.script.push('silence')
  const startMs = clock.monotonic()
  const outcome = assert.rejects(rig.send('a'), { code: 'timeout', maybeApplied: true })
  const tookMs = outcome.then(() => clock.monotonic() - startMs)
  await rig.pass(1500)
  rig.broker.withTopics({ orders: 1 })
  assert.equal(await pass(rig.broker, tookMs), 2000)
  const [asked] = rig.broker.requests(produce)
  assert.ok(asked!.timeoutMs <= 500)
})

test('a record that waits for a quota fails when its time is up, and is not sent', async () => {
  const rig = new SenderRig({ timeout: '2s' })
  const { broker } = rig
  broker.on(produce, () => ({
    responses: [
      { name: 'orders', partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 0 }] },
    ],
    throttleTimeMs: 5000,
  }))
  await rig.send('a')
  const startMs = broker.clock.monotonic()
  const late = assert.rejects(pass(broker, rig.send('b')), { code: 'timeout', maybeApplied: false })
  await late
  assert.ok(broker.clock.monotonic() - startMs <= 2100)
  await rig.pass(2500)
  const next = rig.send('c')
  await rig.pass(1000)
  await next
  assert.equal(broker.requests(produce).length, 2)
})

test('a record that was sent once its quota allowed it may be stored', async () => {
  const rig = new SenderRig({ timeout: '2s' })
  const { broker } = rig
  let isSilent = false
  broker.on(produce, () => {
    if (isSilent) return undefined
    const partitionResponses = [{ index: 0, errorCode: 0, baseOffset: 0 }]
    return { responses: [{ name: 'orders', partitionResponses }], throttleTimeMs: 1000 }
  })
  await rig.send('a')
  isSilent = true
  const startMs = broker.clock.monotonic()
  await assert.rejects(pass(broker, rig.send('b')), { code: 'timeout', maybeApplied: true })
  assert.ok(broker.clock.monotonic() - startMs <= 2100)
})

test('a record has all its time, though that of the one before it is up', async () => {
  const rig = new SenderRig({ timeout: '4s', retries: 0 })
  const { broker } = rig
  await rig.send('before')
  broker.frozen.add('broker-1:9092')
  broker.disconnect()
  const startMs = broker.clock.monotonic()
  const tookMs = async (record: Promise<unknown>): Promise<number> => {
    await assert.rejects(record, { code: 'timeout' })
    return broker.clock.monotonic() - startMs
  }
  const first = tookMs(rig.send('a'))
  await rig.pass(2000)
  const second = tookMs(rig.send('b', 1))
  await rig.pass(5000)
  assert.ok((await first) < 4500)
  assert.ok((await second) >= 6000)
})

test('what a record costs does not grow with the topics that were ever sent to', async (t) => {
  const rig = new SenderRig()
  const names = Array.from({ length: 200 }, (_, number) => `topic-${number}`)
  rig.broker.withTopics(Object.fromEntries(names.map((name) => [name, 1])))
  const sendTo = (name: string): Promise<unknown> =>
    new Promise((stored, failed) => {
      const asker = { signal: undefined, stored, failed }
      const choice = { partition: 0, partitioner: undefined, timestamp: 1, index: 0 }
      rig.sender.add(name, { ...choice, key: null, value: 'a', asker })
    })
  for (const name of names) await sendTo(name)
  const iterator = Object.getPrototypeOf(new Map().values()) as Iterator<unknown>
  const steps = t.mock.method(iterator, 'next').mock
  await sendTo('topic-0')
  assert.ok(steps.callCount() < 50, `${steps.callCount()} steps through maps`)
})
