import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drop, pass, settled } from '../../../test/support/scripted-broker.ts'
import { SenderRig as Rig } from '../../../test/support/sender-rig.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import { produce } from '../../protocol/produce.ts'

test('records of one turn share a batch, and an idle broker gets it at once', async () => {
  const rig = new Rig()
  const sent = ['a', 'b', 'c'].map((value) => rig.send(value))
  const places = await Promise.all(sent)
  assert.deepEqual(rig.arrived, ['0:7/0 a b c'])
  assert.deepEqual(
    places.map(({ offset }) => offset),
    [200, 201, 202],
  )
})

test('records wait for lingerMs while the broker is busy', async () => {
  const rig = new Rig({ lingerMs: 5 })
  await rig.send('first')
  rig.held = []
  const second = rig.send('second')
  await settled()
  const third = rig.send('third')
  await settled()
  const fourth = rig.send('fourth')
  await settled()
  assert.deepEqual(rig.arrived, ['0:7/0 first', '0:7/1 second'])
  rig.broker.clock.advance(5)
  await settled()
  assert.deepEqual(rig.arrived.slice(2), ['0:7/2 third fourth'])
  for (const release of rig.held) release()
  await Promise.all([second, third, fourth])
})

test('records go out when the answer comes that they waited for', async () => {
  const rig = new Rig({ lingerMs: 60_000 })
  rig.held = []
  const first = rig.send('first')
  await settled()
  const second = rig.send('second')
  await settled()
  assert.equal(rig.arrived.length, 1)
  rig.held[0]!()
  await first
  await settled()
  assert.deepEqual(rig.arrived.slice(1), ['0:7/1 second'])
  rig.held[1]!()
  await second
})

test('one request has a batch of each partition', async () => {
  const rig = new Rig()
  await Promise.all([rig.send('a', 0), rig.send('b', 1), rig.send('c', 0)])
  assert.deepEqual(rig.arrived, ['0:7/0 a c', '1:7/0 b'])
  assert.equal(rig.broker.requests(produce).length, 1)
})

test('no more than maxInFlight requests wait for an answer', async () => {
  const rig = new Rig({ maxInFlight: 2 })
  await rig.send('before')
  rig.held = []
  const sent = await rig.sendEach('a', 'b', 'c', 'd')
  assert.equal(rig.arrived.length, 3)
  while (rig.held.length > 0) {
    rig.held.shift()!()
    await settled()
  }
  await Promise.all(sent)
  assert.deepEqual(rig.arrived.slice(1), ['0:7/1 a', '0:7/2 b', '0:7/3 c d'])
})

test('a batch is sent again under the same number, and others wait for it', async () => {
  const rig = new Rig()
  await rig.send('before')
  rig.script.push('NOT_LEADER_OR_FOLLOWER', 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  rig.held = []
  const sent = await rig.sendEach('a', 'b')
  const later = rig.send('c')
  for (const release of rig.held.splice(0)) release()
  rig.held = undefined
  await rig.pass()
  await Promise.all([...sent, later])
  const inOrder = ['0:7/1 a', '0:7/2 b']
  assert.deepEqual(rig.arrived.slice(1), [...inOrder, ...inOrder, '0:7/3 c'])
})

test('nothing follows the first batch of a partition before that is stored', async () => {
  const rig = new Rig()
  rig.script.push('NOT_LEADER_OR_FOLLOWER')
  rig.held = []
  const sent = await rig.sendEach('a', 'b')
  // To a broker that has nothing of the producer, the second would look like the first.
  assert.deepEqual(rig.arrived, ['0:7/0 a'])
  for (const release of rig.held.splice(0)) release()
  rig.held = undefined
  await rig.pass()
  await Promise.all(sent)
  assert.deepEqual(rig.arrived.slice(1), ['0:7/0 a', '0:7/1 b'])
})

test('a connection that breaks is opened again, and everything sent again in order', async () => {
  const rig = new Rig()
  await rig.send('before')
  rig.script.push(undefined, drop)
  rig.held = []
  const sent = await rig.sendEach('a', 'b', 'c')
  rig.held.splice(1, 1)[0]!()
  rig.held = undefined
  await rig.pass()
  await Promise.all(sent)
  const inOrder = ['0:7/1 a', '0:7/2 b', '0:7/3 c']
  assert.deepEqual(rig.arrived.slice(1), inOrder.concat(inOrder))
})

test('a batch that the broker has already counts as sent, at an unknown place', async () => {
  const rig = new Rig()
  rig.script.push(drop, 'DUPLICATE_SEQUENCE_NUMBER')
  const sent = rig.send('a')
  await rig.pass()
  assert.equal((await sent).offset, -1)
})

test('a broker that lost count gets what it surely lacks under a new identity', async () => {
  const rig = new Rig()
  await rig.send('before')
  rig.script.push('UNKNOWN_PRODUCER_ID')
  const sent = rig.send('a')
  await rig.pass()
  await sent
  await rig.send('b')
  await rig.send('other partition', 1)
  assert.deepEqual(rig.arrived, [
    '0:7/0 before',
    '0:7/1 a',
    '0:8/0 a',
    '0:8/1 b',
    '1:7/0 other partition',
  ])
})

test('a broker that lost count does not get what it may have', async () => {
  const rig = new Rig()
  await rig.send('before')
  rig.script.push(drop, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  const sent = rig.send('a')
  const outcome = assert.rejects(sent, {
    code: 'out_of_order_sequence_number',
    maybeApplied: true,
  })
  await rig.pass()
  await outcome
  await rig.send('b')
  assert.deepEqual(rig.arrived.slice(1), ['0:7/1 a', '0:7/1 a', '0:8/0 b'])
})

test('a batch that is lost does not take the next one along where nothing is retried', async () => {
  const rig = new Rig({ retries: 0 })
  await rig.send('before')
  rig.script.push(drop, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  await assert.rejects(rig.send('a'), { code: 'disconnected', maybeApplied: true })
  const next = rig.send('b')
  await rig.pass()
  await next
  assert.deepEqual(rig.arrived.slice(1), ['0:7/1 a', '0:7/2 b', '0:8/0 b'])
})

test('a batch that is refused frees its numbers', async () => {
  const rig = new Rig()
  rig.script.push('MESSAGE_TOO_LARGE')
  await assert.rejects(rig.send('a'), { code: 'message_too_large', maybeApplied: false })
  await rig.send('b')
  assert.deepEqual(rig.arrived, ['0:7/0 a', '0:7/0 b'])
})

test('a batch that fails for good does not take those behind it along', async () => {
  const rig = new Rig()
  await rig.send('before')
  rig.script.push('INVALID_RECORD', 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  rig.held = []
  const [a, b] = await rig.sendEach('a', 'b')
  for (const release of rig.held.splice(0)) release()
  rig.held = undefined
  await rig.pass()
  await assert.rejects(a!, { code: 'invalid_record' })
  await b
  assert.deepEqual(rig.arrived.slice(1), ['0:7/1 a', '0:7/2 b', '0:8/0 b'])
})

test('what is to come under a new identity waits for the first of it to be stored', async () => {
  const rig = new Rig()
  await rig.send('before')
  const refused = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'OUT_OF_ORDER_SEQUENCE_NUMBER'] as const
  rig.script.push('MESSAGE_TOO_LARGE', ...refused, 'NOT_ENOUGH_REPLICAS')
  rig.held = []
  const [a, ...others] = await rig.sendEach('a', 'b', 'c')
  for (const release of rig.held.splice(0)) release()
  rig.held = undefined
  await rig.pass()
  await assert.rejects(a!, { code: 'message_too_large' })
  await Promise.all(others)
  assert.deepEqual(rig.arrived.slice(4), ['0:8/0 b', '0:8/0 b', '0:8/1 c'])
})

test('retries are limited', async () => {
  const rig = new Rig({ retries: 2 })
  rig.script.push(...Array.from({ length: 5 }, () => 'CORRUPT_MESSAGE' as const))
  const sent = rig.send('a')
  const outcome = assert.rejects(sent, { code: 'corrupt_message' })
  await rig.pass()
  await outcome
  assert.equal(rig.arrived.length, 3)
})

test('replicas that are away are waited for while there is time', async () => {
  const rig = new Rig({ retries: 1 })
  const away = ['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'] as const
  rig.script.push(...away, ...away, ...away)
  const sent = rig.send('a')
  await rig.pass()
  assert.equal((await sent).offset, 200)
  assert.deepEqual(rig.arrived, Array(7).fill('0:7/0 a'))
})

test('a leader that has not heard of its topic yet is waited for while there is time', async () => {
  const rig = new Rig({ retries: 1 })
  rig.script.push(...Array<'UNKNOWN_TOPIC_OR_PARTITION'>(5).fill('UNKNOWN_TOPIC_OR_PARTITION'))
  const sent = rig.send('a')
  await rig.pass()
  await sent
  assert.equal(rig.arrived.length, 6)
})

test('records without a key do not stay with a partition that nobody leads', async () => {
  const rig = new Rig()
  rig.broker.withTopics({ orders: [1, 1, 1] })
  await Promise.all([0, 1, 2].map((partition) => rig.send('before', partition)))
  rig.held = []
  rig.script.push('NOT_LEADER_OR_FOLLOWER')
  const first = rig.add({ value: 'a' })
  await settled()
  const stuck = rig.add({ value: 'b' })
  // The answer to the first has metadata looked up, which has one leader left.
  const led = Number(rig.arrived.at(-1)![0])
  rig.broker.withTopics({ orders: [0, 1, 2].map((partition) => (partition === led ? 1 : -1)) })
  rig.held.shift()!()
  rig.held = undefined
  assert.equal((await pass(rig.broker, first)).partition, led)
  for (const value of ['c', 'd']) {
    assert.equal((await pass(rig.broker, rig.add({ value }))).partition, led)
  }
  rig.broker.withTopics({ orders: 3 })
  assert.notEqual((await pass(rig.broker, stuck)).partition, led)
})

test('a record that gets no answer in its time may have been stored', async () => {
  const rig = new Rig({ timeout: '2s' })
  await rig.send('before')
  rig.script.push('silence')
  const sent = rig.send('a')
  const outcome = assert.rejects(sent, { code: 'timeout', maybeApplied: true })
  await rig.pass()
  await outcome
})

test('a record that cannot be sent in its time was not stored', async () => {
  const rig = new Rig({ timeout: '2s' })
  await rig.send('before')
  rig.broker.down.add('broker-1:9092')
  rig.broker.disconnect()
  await settled()
  const sent = rig.send('a')
  const outcome = assert.rejects(sent, { code: 'timeout', maybeApplied: false })
  await rig.pass()
  await outcome
  rig.broker.down.clear()
  const later = rig.send('b')
  await rig.pass()
  await later
  assert.deepEqual(rig.arrived, ['0:7/0 before', '0:7/1 b'])
})

test('a record has no more time where its broker takes long to be reached', async () => {
  const rig = new Rig({ timeout: '2s' })
  await rig.send('before')
  rig.broker.frozen.add('broker-1:9092')
  rig.broker.disconnect()
  await settled()
  const sinceMs = rig.broker.clock.monotonic()
  const sent = pass(rig.broker, rig.send('a'))
  await assert.rejects(sent, { code: 'timeout', maybeApplied: false })
  assert.ok(rig.broker.clock.monotonic() - sinceMs <= 2100)
})

test('of records that fail together, each says whether it may have been stored', async () => {
  const rig = new Rig({ timeout: '2s' })
  await rig.send('before')
  rig.script.push(drop)
  rig.broker.down.add('broker-1:9092')
  const lost = assert.rejects(rig.send('a'), { code: 'timeout', maybeApplied: true })
  await settled()
  const unsent = assert.rejects(rig.send('b'), { code: 'timeout', maybeApplied: false })
  await rig.pass()
  await Promise.all([lost, unsent])
})

test('a topic that cannot be found fails its records, and only those', async () => {
  const rig = new Rig()
  const lost = new Promise((stored, failed) => {
    const choice = { partition: undefined, partitioner: undefined }
    const asker = { signal: undefined, stored, failed }
    rig.sender.add('nowhere', { key: null, value: 'x', timestamp: 1, ...choice, asker, index: 0 })
  })
  const outcome = assert.rejects(lost, { code: 'topic_not_found', topic: 'nowhere' })
  const found = rig.send('a')
  await rig.pass()
  await outcome
  await found
})

test('records beyond bufferBytes wait until others are stored', async () => {
  const rig = new Rig({ bufferBytes: 150, batchSize: 100 })
  await rig.send('before')
  rig.held = []
  const sent = ['a', 'b', 'c', 'd'].map((value) => rig.send(value.repeat(60)))
  await settled()
  assert.equal(rig.arrived.length, 3, 'two of them fill the buffer')
  rig.held.shift()!()
  await settled()
  rig.held.shift()!()
  await settled()
  assert.equal(rig.arrived.length, 5)
  for (const release of rig.held.splice(0)) release()
  await Promise.all(sent)
})

test('a record that has waited too long for room fails', async () => {
  const rig = new Rig({ bufferBytes: 1, timeout: '1s', retries: 0 })
  rig.script.push('silence')
  const first = assert.rejects(rig.send('a'), { code: 'timeout' })
  await settled()
  const second = assert.rejects(rig.send('b'), { code: 'timeout', maybeApplied: false })
  const third = assert.rejects(rig.send('c'), { code: 'timeout', maybeApplied: false })
  await rig.pass()
  await Promise.all([first, second, third])
})

test('with acks 0 nothing is waited for, and no identity is needed', async () => {
  const rig = new Rig({ acks: 0 })
  rig.script.push('silence')
  assert.equal((await rig.send('a')).offset, -1)
  await settled()
  assert.deepEqual(rig.arrived, ['0:-1/-1 a'])
  assert.equal(rig.broker.requests(initProducerId).length, 0)
})

test('close() fails what was not sent', async () => {
  const rig = new Rig()
  await rig.send('before')
  rig.held = []
  const inFlight = rig.send('a')
  await settled()
  const waiting = rig.send('b')
  rig.sender.close()
  await assert.rejects(waiting, { code: 'closed' })
  await assert.rejects(rig.send('c'), { code: 'closed' })
  rig.held[0]!()
  await inFlight
})

test('an identity that cannot be had fails what waits for it', async () => {
  const rig = new Rig()
  rig.broker.on(initProducerId, () => ({ errorCode: errorCodes.CLUSTER_AUTHORIZATION_FAILED }))
  await assert.rejects(rig.send('a'), { code: 'unauthorized' })
})

for (const [code, answer] of [
  ['disconnected', drop],
  ['timeout', undefined],
] as const) {
  test(`where the answer to an identity is lost, no record may be stored: ${code}`, async () => {
    const rig = new Rig({ timeout: '2s' })
    rig.broker.on(initProducerId, () => answer)
    const failed = assert.rejects(rig.send('a'), { code, maybeApplied: false })
    await rig.pass()
    await failed
  })
}
