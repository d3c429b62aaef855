import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClosedError, KafkaError } from '../client/failure/errors.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import type { Logger } from '../runtime/runtime.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { systemRandom } from '../runtime/system-runtime.ts'
import { MockKafka } from '../testing/mock-kafka.ts'
import { Subscription } from './subscription.ts'

test('Subscription begins anew with the record whose handler failed', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  const clock = new ManualClock()
  const failed = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const logger: Logger = { ...silentLogger, error: () => failed.resolve() }
  const seen: unknown[] = []
  const subscription = new Subscription({
    name: 'Numbers.on',
    kafka,
    topics: 'numbers',
    config: { group: 'g', concurrency: 1, retry: { maxAttempts: 1 } },
    handler: ({ value }) => {
      seen.push(value)
      if (seen.length === 1) throw new Error('not now')
      if (value === 2) done.resolve()
    },
    logger,
    clock,
    random: systemRandom,
  })
  subscription.start()
  await failed.promise
  assert.equal(subscription.state.error?.message, 'not now')
  assert.equal(subscription.state.status, 'degraded')
  clock.advance(1200)
  await done.promise
  await subscription.stop()
  assert.equal(subscription.state.error, undefined)
  assert.deepEqual(seen, [1, 1, 2])
})

test('Subscription begins anew where a handler met something else that is closed', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1, 2])
  const clock = new ManualClock()
  const failed = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  let attempts = 0
  const subscription = new Subscription({
    name: 'Numbers.on',
    kafka,
    topics: 'numbers',
    config: { group: 'g', retry: { maxAttempts: 1 } },
    handler: () => {
      // Both of those that run side by side meet it.
      if (++attempts <= 2) throw new ClosedError('another client is closed')
      done.resolve()
    },
    onStatus: (status) => status === 'closed' && failed.reject(new Error('it has ended')),
    logger: { ...silentLogger, error: () => failed.resolve() },
    clock,
    random: systemRandom,
  })
  subscription.start()
  await failed.promise
  assert.equal(subscription.state.error?.message, 'another client is closed')
  clock.advance(1200)
  await done.promise
  await subscription.stop()
})

test('Subscription begins anew where its consumer has failed', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1])
  kafka.failNext('OffsetFetch', 'GROUP_AUTHORIZATION_FAILED')
  const clock = new ManualClock()
  const failed = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const subscription = new Subscription({
    name: 'Numbers.on',
    kafka,
    topics: 'numbers',
    config: { group: 'g' },
    handler: () => done.resolve(),
    logger: { ...silentLogger, error: () => failed.resolve() },
    clock,
    random: systemRandom,
  })
  subscription.start()
  await failed.promise
  assert.equal(KafkaError.is(subscription.state.error), true)
  assert.equal(subscription.state.status, 'degraded')
  clock.advance(1200)
  await done.promise
  await subscription.stop()
})

test('Subscription stops while it waits, and where the client is closed', async () => {
  const kafka = new MockKafka()
  const failed = Promise.withResolvers<void>()
  const parts = {
    name: 'Numbers.on',
    kafka,
    topics: ['numbers'],
    config: { group: 'g', retry: { maxAttempts: 1 } },
    handler: () => Promise.reject(new Error('never')),
    logger: { ...silentLogger, error: () => failed.resolve() },
    clock: new ManualClock(),
    random: systemRandom,
  }
  const waiting = new Subscription(parts)
  waiting.start()
  await kafka.seed('numbers', [1])
  await failed.promise
  await waiting.stop()
  assert.equal(waiting.state.status, 'closed')
  await kafka.close()
  const late = new Subscription(parts)
  late.start()
  await late.stop()
  assert.equal(late.state.status, 'closed')
})

test('Subscription says which pattern it reads', async () => {
  await using kafka = new MockKafka()
  await kafka.seed('numbers', [1])
  const done = Promise.withResolvers<void>()
  const subscription = new Subscription({
    name: 'Numbers.on',
    kafka,
    topics: /^num/,
    config: {},
    handler: () => done.resolve(),
    logger: silentLogger,
    clock: new ManualClock(),
    random: systemRandom,
  })
  assert.deepEqual(subscription.state.topics, ['/^num/'])
  subscription.start()
  await done.promise
  await subscription.stop()
})

test('Subscription refuses options that cannot work at once', async () => {
  await using kafka = new MockKafka()
  const open = (config: object, topics: readonly string[] = ['numbers']) =>
    new Subscription({
      name: 'Numbers.on',
      kafka,
      topics,
      config,
      handler: () => undefined,
      logger: silentLogger,
      clock: new ManualClock(),
      random: systemRandom,
    })
  const cases: [object, string][] = [
    [{ group: '' }, 'group'],
    [{ groupId: 'g' }, 'groupId'],
    [{ group: 'g', concurrency: 0 }, 'concurrency'],
    [{ group: 'g', timeout: 'soon' }, 'timeout'],
    [{ group: 'g', retry: { maxAttempts: 0 } }, 'retry.maxAttempts'],
    [{ group: 'g', retry: { attempts: 5 } }, 'attempts'],
  ]
  for (const [config, option] of cases) {
    assert.throws(() => open(config), { code: 'invalid_option', option }, option)
  }
  for (const topics of [[], [''], ['numbers', '{"cmd":"sum"}']]) {
    assert.throws(() => open({ group: 'g' }, topics), { code: 'invalid_option', option: 'topics' })
  }
})
