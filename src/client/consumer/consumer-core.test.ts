import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { settled } from '../../../test/support/scripted-broker.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import { TimeoutError, type KafkaError } from '../failure/errors.ts'

const opened: Rig[] = []
afterEach(async () => {
  for (const rig of opened.splice(0)) await rig.close()
})

/** A client and the real broker, in a time that a test moves. */
class Rig {
  readonly clock = new ManualClock()
  /** How many records were left out. */
  leftOut = 0
  readonly kafka = new MockKafka({
    clock: this.clock,
    logger: {
      ...silentLogger,
      warn: (message) => void (this.leftOut += +(message === 'a record was left out')),
    },
  })

  constructor() {
    opened.push(this)
  }

  /** Creates a topic with `count` numbers in each partition. */
  async topic(partitions: number, count: number): Promise<string> {
    await this.kafka.admin.createTopic('numbers', { partitions })
    const producer = this.kafka.producer<number>('numbers')
    for (let value = 0; value < partitions * count; value++) {
      await producer.send(value, { partition: value % partitions })
    }
    return 'numbers'
  }

  /** Lets time pass, as much as `seconds`, in steps in which everybody gets their turn. */
  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 10; step++) {
      this.clock.advance(100)
      await settled()
    }
  }

  async offsets(group: string): Promise<(number | null)[]> {
    const { lag } = await this.kafka.admin.describeGroup(group)
    return lag.map(({ offset }) => offset)
  }

  async close(): Promise<void> {
    const closing = this.kafka.close()
    await this.pass(6)
    await closing
  }
}

test('a partition is committed and handed over once no record of it is in hand', async () => {
  const rig = new Rig()
  const topic = await rig.topic(2, 1)
  const config = { group: 'g', autoCommit: true, batchSize: 2 }
  const batches = rig.kafka.batchConsumer<number>(topic, config)[Symbol.asyncIterator]()
  const { value: batch } = await batches.next()
  assert.equal(batch!.length, 2, 'a record of each partition is in hand')
  const second = rig.kafka.consumer<number>(topic, { group: 'g' })
  const none = second.next()
  await rig.pass(20)
  assert.deepEqual(second.assignment(), [])
  assert.ok((await rig.offsets('g')).every((offset) => offset === null))
  const more = batches.next()
  await rig.pass(2)
  assert.equal(second.assignment().length, 1)
  const [{ partition } = { partition: -1 }] = second.assignment()
  assert.deepEqual((await rig.offsets('g')).filter((offset) => offset === 1).length, 1)
  await rig.kafka.producer<number>(topic).send(7, { partition })
  assert.equal((await none)?.value, 7)
  const leaving = batches.return()
  await rig.pass(1)
  await leaving
  assert.equal((await more).done, true)
})

test('autoCommit commits now and then, up to the record before the one in hand', async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 5)
  const consumer = rig.kafka.consumer<number>(topic, { group: 'g', autoCommit: true })
  for (let count = 0; count < 3; count++) await consumer.next()
  await rig.pass(4)
  assert.deepEqual(await rig.offsets('g'), [null])
  await rig.pass(2)
  assert.deepEqual(await rig.offsets('g'), [2])
  await consumer.next()
  await rig.pass(5)
  assert.deepEqual(await rig.offsets('g'), [3])
})

test("where a group began at 'latest' is kept, so that nothing is passed over later", async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 3)
  const config = { group: 'g', offset: 'latest', autoCommit: true } as const
  const first = rig.kafka.consumer<number>(topic, config)
  const none = first.next()
  await settled()
  await first.close()
  assert.equal(await none, undefined)
  await rig.kafka.producer<number>(topic).send(99)
  assert.equal((await rig.kafka.consumer<number>(topic, config).next())?.value, 99)
})

test('a member that was thrown out comes back and goes on from the last commit', async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 5)
  const consumer = rig.kafka.consumer<number>(topic, { group: 'g' })
  const first = await consumer.next()
  await first!.commit()
  const second = await consumer.next()
  // A process that is stopped for so long sends no heartbeats.
  rig.clock.advance(120_000)
  await rig.pass(10)
  assert.equal((await consumer.next())?.value, 1, 'what was not committed comes again')
  await assert.rejects(second!.commit(), { code: 'rebalance_in_progress' })
})

test('a member that was thrown out hears what it has lost, and what it is given anew', async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 5)
  const heard: string[] = []
  const consumer = rig.kafka.consumer<number>(topic, {
    group: 'g',
    onAssigned: () => heard.push('assigned'),
    onRevoked: () => heard.push('revoked'),
    onLost: ([place]) => heard.push(`lost ${place!.topic}-${place!.partition}`),
  })
  await consumer.next()
  rig.clock.advance(120_000)
  await rig.pass(10)
  await consumer.next()
  assert.deepEqual(heard, ['assigned', `lost ${topic}-0`, 'assigned'])
})

for (const protocol of ['KIP-848', 'classic']) {
  test(`a member that was thrown out before it takes over joins again: ${protocol}`, async () => {
    const rig = new Rig()
    const topic = await rig.topic(1, 3)
    if (protocol === 'classic') rig.kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION')
    rig.kafka.failNext('OffsetFetch', 'UNKNOWN_MEMBER_ID')
    const consumer = rig.kafka.consumer<number>(topic, { group: 'g' })
    const next = consumer.next()
    next.catch(() => undefined)
    await rig.pass(10)
    assert.equal((await next)?.value, 0)
  })
}

for (const [why, error, seconds] of [
  ['does not pass', 'GROUP_AUTHORIZATION_FAILED', 5],
  ['lasts', 'COORDINATOR_NOT_AVAILABLE', 31],
] as const) {
  test(`commit() settles where a heartbeat fails meanwhile, with what ${why}`, async () => {
    const rig = new Rig()
    const topic = await rig.topic(1, 1)
    const consumer = rig.kafka.consumer<number>(topic, { group: 'g' })
    const record = await consumer.next()
    rig.kafka.failNext('OffsetCommit', 'STALE_MEMBER_EPOCH')
    rig.kafka.failNext('ConsumerGroupHeartbeat', error, { times: 1000 })
    let code: string | undefined
    record!.commit().catch((failure: KafkaError) => (code = failure.code))
    await rig.pass(seconds)
    assert.equal(code, 'rebalance_in_progress')
  })
}

test('nobody else has a partition before its program has let it go', async () => {
  const rig = new Rig()
  const topic = await rig.topic(2, 1)
  const letGo = Promise.withResolvers<void>()
  const first = rig.kafka.consumer<number>(topic, { group: 'g', onRevoked: () => letGo.promise })
  for (let count = 0; count < 2; count++) await first.next()
  const none = first.next()
  const second = rig.kafka.consumer<number>(topic, { group: 'g' })
  const taken = second.next()
  await rig.pass(20)
  assert.deepEqual([first.assignment().length, second.assignment().length], [2, 0])
  letGo.resolve()
  await rig.pass(10)
  assert.deepEqual([first.assignment().length, second.assignment().length], [1, 1])
  assert.equal((await taken)?.partition, second.assignment()[0]!.partition)
  const closed = first.close()
  await rig.pass(1)
  await closed
  assert.equal(await none, undefined)
})

test('a program that cannot let a partition go for now is asked for it again', async () => {
  const rig = new Rig()
  const topic = await rig.topic(2, 0)
  let asked = 0
  const onRevoked = (): void => {
    if (++asked < 3) throw new TimeoutError('cannot store')
  }
  const first = rig.kafka.consumer<number>(topic, { group: 'g', onRevoked })
  void first.next()
  await rig.pass(1)
  const second = rig.kafka.consumer<number>(topic, { group: 'g' })
  void second.next()
  await rig.pass(20)
  assert.equal(asked, 3)
  assert.equal(second.assignment().length, 1)
})

test('a place that is sought counts once the partition is there', async () => {
  const rig = new Rig()
  const topic = await rig.topic(2, 4)
  const consumer = rig.kafka.consumer<number>(topic, { group: 'g' })
  await consumer.seek({ topic, partition: 1, offset: 3 })
  await consumer.seek({ topic, partition: 0, offset: 'latest' })
  const record = await consumer.next()
  assert.deepEqual([record?.partition, record?.offset], [1, 3])
})

for (const config of [{ group: 'g' }, {}]) {
  const whose = config.group ? 'a member' : 'a consumer without a group'
  test(`a place that is sought while ${whose} begins counts, whenever that is`, async () => {
    let isBegun = false
    for (let stepsBefore = 0; !isBegun; stepsBefore++) {
      const rig = new Rig()
      const topic = await rig.topic(1, 10)
      rig.kafka.latency('100ms')
      const consumer = rig.kafka.consumer<number>(topic, config)
      let first: number | undefined
      void consumer.next().then((record) => (first = record?.offset))
      for (let step = 0; step < stepsBefore; step++) {
        rig.clock.advance(50)
        await settled()
      }
      isBegun = first !== undefined
      await consumer.seek({ partition: 0, offset: 7 })
      await rig.pass(3)
      assert.equal(first, isBegun ? 0 : 7, `sought after ${stepsBefore} steps`)
    }
  })
}

test('what is committed after a seek back counts, though a commit was under way', async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 10)
  const consumer = rig.kafka.consumer<number>(topic, { group: 'g' })
  for (let count = 0; count < 7; count++) await consumer.next()
  const eighth = await consumer.next()
  eighth!.commitAsync()
  await consumer.seek({ partition: 0, offset: 2 })
  await rig.pass(1)
  const third = await consumer.next()
  await third!.commit()
  assert.deepEqual(await rig.offsets('g'), [3])
})

test('what becomes wanted while the broker waits for records is asked for at once', async () => {
  const rig = new Rig()
  const topic = await rig.topic(2, 2)
  const consumer = rig.kafka.consumer<number>(topic)
  for (let count = 0; count < 4; count++) await consumer.next()
  // The broker now waits for more, for half a second of a time that stands still.
  await settled()
  await consumer.seek({ topic, partition: 1, offset: 0 })
  assert.equal((await consumer.next())?.value, 1)
})

test('a paused partition with much to read does not hold up the others', async () => {
  const rig = new Rig()
  await rig.kafka.admin.createTopic('texts', { partitions: 2 })
  const producer = rig.kafka.producer<string>('texts')
  const large = { value: 'x'.repeat(1000), key: null, partition: 0 }
  await producer.sendBatch(Array.from({ length: 300 }, () => large))
  const consumer = rig.kafka.consumer<string>('texts', { fetchMaxBytes: 100_000 })
  assert.equal((await consumer.next())?.partition, 0)
  await rig.pass(1)
  consumer.pause([{ topic: 'texts', partition: 0 }])
  await producer.send('small', { partition: 1 })
  const next = consumer.next({ timeout: '5s' })
  next.catch(() => undefined)
  await rig.pass(6)
  assert.equal((await next)?.value, 'small')
  consumer.resume()
  assert.equal((await consumer.next())?.offset, 1)
})

test('a consumer without a group notices partitions that are added', async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 1)
  const consumer = rig.kafka.consumer<number>(topic, { offset: 'latest' })
  const next = consumer.next()
  await rig.pass(1)
  await rig.kafka.admin.createPartitions(topic, 2)
  await rig.kafka.producer<number>(topic).send(5, { partition: 1 })
  rig.clock.advance(5 * 60_000)
  await rig.pass(1)
  assert.equal((await next)?.value, 5)
})

test('close() settles though the broker says nothing', async () => {
  const rig = new Rig()
  const topic = await rig.topic(1, 1)
  const consumer = rig.kafka.consumer<number>(topic, { group: 'g', autoCommit: true })
  await consumer.next()
  await rig.kafka.close()
  await consumer.close()
})

test("onInvalid 'deadLetter' puts aside what cannot be read, and goes on", async () => {
  const rig = new Rig()
  await rig.kafka
    .producer('orders', { value: 'string' })
    .sendBatch(['1', '{"cut', '3', '{"cut too'])
  const config = { onInvalid: 'deadLetter', deadLetter: 'broken', autoCommit: true } as const
  const consumer = rig.kafka.consumer<number>('orders', { group: 'g', ...config })
  assert.equal((await consumer.next())?.value, 1)
  assert.equal((await consumer.next())?.value, 3)
  const none = consumer.next()
  await rig.pass(6)
  assert.deepEqual(await rig.offsets('g'), [4])
  const letters = await rig.kafka.getMessages('broken')
  assert.deepEqual(
    letters.map(({ headers }) => [headers['original-offset'], headers['error-code']]),
    [
      ['1', 'serialization'],
      ['3', 'serialization'],
    ],
  )
  const closing = consumer.close()
  await rig.pass(1)
  await closing
  assert.equal(await none, undefined)
})

test('close() waits for what is on its way to the dead letters, and commits it', async () => {
  const rig = new Rig()
  await rig.kafka.producer('orders', { value: 'string' }).sendBatch(['{"cut', '2'])
  const config = { onInvalid: 'deadLetter', deadLetter: 'broken', autoCommit: true } as const
  const consumer = rig.kafka.consumer<number>('orders', { group: 'g', ...config })
  assert.equal((await consumer.next())?.value, 2)
  const closing = consumer.close()
  await rig.pass(1)
  await closing
  assert.deepEqual(await rig.offsets('g'), [1])
  assert.equal((await rig.kafka.getMessages('broken')).length, 1)
})

test('what could not be sent to the dead letters is not committed', async () => {
  const rig = new Rig()
  await rig.kafka.producer('orders', { value: 'string' }).sendBatch(['1', '{"cut', '3', '4'])
  const letGo = Promise.withResolvers<void>()
  const consumer = rig.kafka.consumer<number>('orders', {
    group: 'g',
    onInvalid: 'deadLetter',
    deadLetter: 'broken',
    autoCommit: true,
    onRevoked: () => letGo.promise,
  })
  assert.equal((await consumer.next())?.value, 1)
  rig.kafka.failNext('Produce', 'TOPIC_AUTHORIZATION_FAILED', { times: 5 })
  assert.equal((await consumer.next())?.value, 3)
  await rig.pass(3)
  await assert.rejects(consumer.next(), { code: 'unauthorized' })
  letGo.resolve()
  await rig.pass(5)
  assert.deepEqual(await rig.offsets('g'), [1])
})

test('no more than some hundred records are on their way to the dead letters', async () => {
  const rig = new Rig()
  const letters = Array.from({ length: 1200 }, () => '{"cut')
  await rig.kafka.producer('orders', { value: 'string' }).sendBatch([...letters, '1'])
  rig.kafka.failNext('Produce', 'NOT_ENOUGH_REPLICAS', { times: 3 })
  const config = { onInvalid: 'deadLetter', deadLetter: 'broken', autoCommit: true } as const
  const consumer = rig.kafka.consumer<number>('orders', { group: 'g', ...config })
  const next = consumer.next()
  await settled()
  assert.equal(rig.leftOut, 500)
  await rig.pass(10)
  assert.equal((await next)?.value, 1)
  assert.equal(rig.leftOut, 1200)
  await rig.pass(5)
  assert.deepEqual(await rig.offsets('g'), [1200])
})

test("onInvalid 'deadLetter' needs a topic", () => {
  const rig = new Rig()
  const open = (): unknown => rig.kafka.consumer('orders', { onInvalid: 'deadLetter' })
  assert.throws(open, { code: 'invalid_option', option: 'deadLetter' })
})
