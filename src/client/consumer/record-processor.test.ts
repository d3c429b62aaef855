import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { closeRigs, ProcessingRig as Rig } from '../../../test/support/processing-rig.ts'

afterEach(closeRigs)

test('process() keeps the order within a key while others run', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 a2 b1 c1 b2')
  const processing = consumer.process(rig.handler, { concurrency: 3 })
  await rig.pass(1)
  assert.deepEqual(rig.begun, ['a1', 'b1', 'c1'])
  await rig.end('b1')
  assert.deepEqual(rig.begun.slice(3), ['b2'])
  await rig.end('a1')
  assert.deepEqual(rig.begun.slice(4), ['a2'])
  await rig.end('a2', 'b2', 'c1')
  await consumer.close()
  await processing
})

test('process() runs no more at a time than concurrency allows', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1 c1 d1')
  void consumer.process(rig.handler, { concurrency: 2 })
  await rig.pass(1)
  assert.deepEqual(rig.begun, ['a1', 'b1'])
  await rig.end('b1')
  assert.deepEqual(rig.begun, ['a1', 'b1', 'c1'])
})

for (const [ordered, begun] of [
  ['partition', ['a1']],
  [false, ['a1', 'a2', 'b1']],
] as const) {
  test(`process() with ordered: ${ordered} begins with ${begun.join(', ')}`, async () => {
    const rig = new Rig()
    const consumer = await rig.consumer('a1 a2 b1')
    void consumer.process(rig.handler, { ordered })
    await rig.pass(1)
    assert.deepEqual(rig.begun, begun)
  })
}

test('process() commits up to the first record that is not processed', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1 c1 d1')
  void consumer.process(rig.handler)
  await rig.pass(1)
  await rig.end('a1', 'c1', 'd1')
  await rig.pass(6)
  assert.equal(await rig.committed(), 1)
  await rig.end('b1')
  await rig.pass(6)
  assert.equal(await rig.committed(), 4)
})

test('process() tries a record again, later each time; its key waits for it', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 a2')
  void consumer.process(rig.handler, { retry: { maxAttempts: 3, baseDelay: '1s' } })
  await rig.pass(1)
  await rig.fail('a1')
  await rig.pass(0.7)
  assert.deepEqual(rig.begun, ['a1'])
  await rig.pass(0.6)
  assert.deepEqual(rig.begun, ['a1', 'a1'])
  await rig.fail('a1')
  await rig.pass(1.5)
  assert.equal(rig.begun.length, 2)
  await rig.pass(1)
  await rig.end('a1')
  assert.deepEqual(rig.begun, ['a1', 'a1', 'a1', 'a2'])
})

test('process() without a deadLetter throws what the handler threw', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1 c1')
  const processing = consumer.process(rig.handler, { retry: { maxAttempts: 1 } })
  processing.catch(() => undefined)
  await rig.pass(1)
  await rig.end('a1')
  await rig.fail('b1')
  await rig.end('c1')
  await rig.pass(1)
  await assert.rejects(processing, /no b1/)
  assert.equal(await rig.committed(), 1)
})

for (const [api, error] of [
  ['Fetch', 'TOPIC_AUTHORIZATION_FAILED'],
  ['ConsumerGroupHeartbeat', 'GROUP_AUTHORIZATION_FAILED'],
  ['OffsetFetch', 'GROUP_AUTHORIZATION_FAILED'],
] as const) {
  test(`process() throws what the consumer fails with: ${api}`, async () => {
    const rig = new Rig()
    const consumer = await rig.consumer('a1')
    rig.kafka.failNext(api, error)
    const processing = consumer.process(rig.handler)
    const rejected = assert.rejects(processing, { code: 'unauthorized' })
    await rig.pass(1)
    await rejected
    assert.equal(consumer.status, 'closed')
  })
}

test('process() sends what fails each time to the deadLetter, as it came', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1 a2')
  const options = { retry: { maxAttempts: 1 }, deadLetter: 'broken' }
  void consumer.process(rig.handler, options)
  await rig.pass(1)
  await rig.fail('a1')
  await rig.pass(1)
  await rig.end('b1', 'a2')
  await rig.pass(6)
  assert.equal(await rig.committed(), 3)
  const [letter, ...others] = await rig.kafka.getMessages('broken')
  assert.equal(others.length, 0)
  assert.deepEqual([letter!.key, letter!.value], ['a', 'a1'])
  assert.deepEqual(letter!.headers, {
    'original-topic': 'letters',
    'original-partition': '0',
    'original-offset': '0',
    error: 'no a1',
  })
})

test('process() does not try again what cannot be read', async () => {
  const rig = new Rig()
  await rig.kafka.producer('letters', { value: 'string' }).send('{"cut')
  const consumer = rig.kafka.consumer<string>('letters', { group: 'g' })
  let attempts = 0
  void consumer.process((record) => (attempts++, record.value), { deadLetter: 'broken' })
  await rig.pass(1)
  const [letter] = await rig.kafka.getMessages('broken')
  assert.equal(attempts, 1)
  assert.equal(new TextDecoder().decode(letter!.rawValue!), '{"cut')
  assert.equal(letter!.headers['error-code'], 'serialization')
})

test('process() gives up an attempt that takes too long, and says so to its handler', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1')
  const attempts: number[] = []
  const reasons: unknown[] = []
  const processing = consumer.process(
    (_, { signal, attempt }) => {
      attempts.push(attempt)
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return attempt === 1 ? new Promise(() => undefined) : undefined
    },
    { timeout: '2s', retry: { baseDelay: '1s' } },
  )
  await rig.pass(5)
  assert.deepEqual(attempts, [1, 2])
  assert.match(String(reasons[0]), /cannot process letters-0 at 0: 2000 ms have passed/)
  await consumer.close()
  await processing
})

test('process() lets handlers end when the consumer is closed, and commits', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 a2 b1')
  const signals: AbortSignal[] = []
  const processing = consumer.process((record, { signal }) => {
    signals.push(signal)
    return rig.handler(record)
  })
  await rig.pass(1)
  const closing = consumer.close()
  await rig.settle()
  assert.ok(signals.every((signal) => signal.aborted))
  await rig.end('a1', 'b1')
  await rig.pass(1)
  await Promise.all([closing, processing])
  assert.deepEqual(rig.begun, ['a1', 'b1'])
  assert.equal(await rig.committed(), 1, 'a2 was not begun')
})

test('process() ends when its signal is aborted', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1')
  const controller = new AbortController()
  const processing = consumer.process(() => controller.abort(), { signal: controller.signal })
  await rig.pass(1)
  await processing
  assert.equal(await rig.committed(), 1)
})

test('process() hands a partition over once what it works on is done', async () => {
  const rig = new Rig()
  await rig.kafka.admin.createTopic('letters', { partitions: 2 })
  const producer = rig.kafka.producer<string>('letters')
  for (const value of ['a1', 'a2']) await producer.send(value, { key: 'a', partition: 0 })
  for (const value of ['b1', 'b2']) await producer.send(value, { key: 'b', partition: 1 })
  const first = rig.kafka.consumer<string>('letters', { group: 'g' })
  const processing = first.process(rig.handler)
  await rig.pass(1)
  assert.deepEqual(rig.begun.sort(), ['a1', 'b1'])
  const second = rig.kafka.consumer<string>('letters', { group: 'g' })
  const next = second.next()
  await rig.pass(10)
  assert.deepEqual(second.assignment(), [], 'a record of each partition is being worked on')
  await rig.end('a1', 'b1')
  await rig.pass(6)
  assert.equal(second.assignment().length, 1)
  const record = await next
  assert.match(record!.value, /^[ab]2$/, 'it goes on behind what was processed')
  const [kept, ...others] = rig.begun.slice(2)
  assert.notEqual(kept, record!.value)
  assert.deepEqual(others, [])
  const closing = first.close()
  await rig.end(kept!)
  await rig.pass(1)
  await closing
  await processing
})

test('process() begins nothing that it had taken before a seek', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 a2 b1')
  void consumer.process(rig.handler, { ordered: 'partition' })
  await rig.pass(1)
  consumer.pause()
  await consumer.seek({ partition: 0, offset: 0 })
  await rig.end('a1')
  await rig.pass(1)
  assert.deepEqual(rig.begun, ['a1'])
  consumer.resume()
  await rig.pass(1)
  await rig.end('a1')
  assert.deepEqual(rig.begun, ['a1', 'a1', 'a2'])
})

test('process() goes on where a handler has sought, and failed, with all its room', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7')
  void consumer.process(rig.handler, { ordered: 'partition', concurrency: 1 })
  await rig.pass(1)
  await consumer.seek({ partition: 0, offset: 0 })
  await rig.fail('a0')
  await rig.pass(1)
  assert.deepEqual(rig.begun, ['a0', 'a0'])
})

test('close() waits for handlers of records from before a seek', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1 c1')
  const processing = consumer.process(rig.handler)
  await rig.pass(1)
  await consumer.seek({ partition: 0, offset: 2 })
  await rig.pass(1)
  assert.deepEqual(rig.begun, ['a1', 'b1', 'c1'])
  await rig.end('c1', 'b1')
  assert.deepEqual(rig.begun.slice(3), ['c1'])
  await rig.end('c1')
  let isClosed = false
  const closing = consumer.close().then(() => (isClosed = true))
  await rig.pass(1)
  assert.equal(isClosed, false, 'the handler of a1 runs')
  await rig.end('a1')
  await rig.pass(1)
  await Promise.all([closing, processing])
  assert.equal(await rig.committed(), 3)
})

test('a record that comes again waits for its handler, ordered or not', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1 b1')
  const processing = consumer.process(rig.handler, { ordered: false })
  await rig.pass(1)
  await consumer.seek({ partition: 0, offset: 0 })
  await rig.pass(1)
  // A process that is stopped for so long is thrown out, and joins again.
  rig.clock.advance(120_000)
  await rig.pass(10)
  assert.deepEqual(rig.begun, ['a1', 'b1'])
  await rig.end('b1')
  assert.deepEqual(rig.begun.slice(2), ['b1'])
  await rig.end('a1', 'b1')
  assert.deepEqual(rig.begun.slice(3), ['a1'])
  const closing = consumer.close()
  await rig.end('a1')
  await rig.pass(1)
  await Promise.all([closing, processing])
})

for (const [order, isWaitedFor] of [
  ['k1 s1 s2 k2', false],
  ['s1 k1 s2 k2', true],
] as const) {
  test(`process() hands over what was not begun while others run: ${order}`, async () => {
    const rig = new Rig()
    for (const topic of ['kept', 'shared']) await rig.kafka.admin.createTopic(topic)
    const first = rig.kafka.consumer<string>(['kept', 'shared'], { group: 'g' })
    const processing = first.process(rig.handler, { concurrency: 1 })
    await rig.pass(1)
    for (const value of order.split(' ')) {
      const topic = value.startsWith('k') ? 'kept' : 'shared'
      await rig.kafka.producer<string>(topic).send(value, { key: 'same' })
      await rig.settle()
    }
    const second = rig.kafka.consumer<string>('shared', { group: 'g' })
    const next = second.next()
    await rig.pass(10)
    assert.equal(rig.begun.length, 1)
    assert.equal(second.assignment().length, isWaitedFor ? 0 : 1)
    if (isWaitedFor) await rig.end('s1')
    await rig.pass(6)
    assert.deepEqual(second.assignment(), [{ topic: 'shared', partition: 0 }])
    assert.equal((await next)!.value, isWaitedFor ? 's2' : 's1')
    assert.deepEqual(rig.begun.slice(+isWaitedFor), ['k1'])
    const closing = first.close()
    await rig.end('k1')
    await rig.pass(1)
    await Promise.all([closing, processing])
  })
}

test('process() names the option that cannot work', async () => {
  const rig = new Rig()
  const consumer = await rig.consumer('a1')
  const attempt = consumer.process(() => undefined, { concurrency: 0 })
  await assert.rejects(attempt, { code: 'invalid_option', option: 'concurrency' })
  for (const [options, option] of [
    [{ retries: 5 }, 'retries'],
    [{ retry: { attempts: 5 } }, 'attempts'],
  ] as const) {
    const misspelt = consumer.process(rig.handler, options as never)
    await assert.rejects(misspelt, { code: 'invalid_option', option })
  }
})
