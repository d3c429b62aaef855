import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { afterEach, test } from 'node:test'
import { settled } from '../../../test/support/scripted-broker.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import { TimeoutError } from '../failure/errors.ts'

const opened: Rig[] = []
afterEach(async () => {
  for (const rig of opened.splice(0)) await rig.close()
})

/** A client, and topics of one partition, in a time that a test moves. */
class Rig {
  readonly clock = new ManualClock()
  readonly kafka = new MockKafka({ clock: this.clock, metadataMaxAge: '10s' })

  constructor() {
    opened.push(this)
  }

  /** Creates a topic with the numbers from 0 on, each at its offset. */
  async topic(name: string, count: number): Promise<string> {
    await this.kafka.admin.createTopic(name)
    const producer = this.kafka.producer<number>(name)
    for (let value = 0; value < count; value++) await producer.send(value)
    return name
  }

  /** Lets time pass in steps in which everybody gets their turn. */
  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 10; step++) {
      this.clock.advance(100)
      await settled()
    }
  }

  async close(): Promise<void> {
    const closing = this.kafka.close()
    await this.pass(6)
    await closing
  }
}

test('next() gives the record that it has when its signal is aborted just then', async () => {
  const rig = new Rig()
  const consumer = rig.kafka.consumer<number>(await rig.topic('numbers', 3))
  const controller = new AbortController()
  consumer.onStatus(() => controller.abort())
  const first = await consumer.next({ timeout: '5s', signal: controller.signal })
  assert.equal(first?.value, 0)
  assert.equal((await consumer.next())?.value, 1)
})

test('a consumer that has sought back is not drained', async () => {
  const rig = new Rig()
  const consumer = rig.kafka.consumer<number>(await rig.topic('numbers', 3))
  for (let count = 0; count < 3; count++) await consumer.next()
  consumer.next().catch(() => undefined)
  assert.equal(consumer.isDrained, true)
  await consumer.seek({ partition: 0, offset: 1 })
  assert.deepEqual([consumer.isDrained, consumer.status], [false, 'catching up'])
})

for (const when of ['before', 'after'] as const) {
  test(`a place that is sought ${when} the program could not take a partition counts`, async () => {
    const rig = new Rig()
    let canTake = false
    const consumer = rig.kafka.consumer<number>(await rig.topic('numbers', 5), {
      group: 'g',
      onAssigned() {
        if (!canTake) throw new TimeoutError('cannot load')
      },
    })
    if (when === 'before') await consumer.seek({ partition: 0, offset: 3 })
    const next = consumer.next()
    await rig.pass(1)
    if (when === 'after') await consumer.seek({ partition: 0, offset: 3 })
    canTake = true
    await rig.pass(10)
    assert.equal((await next)?.value, 3)
  })
}

test('a place that is looked up while the partition is lost counts when it is back', async () => {
  const rig = new Rig()
  const heard: string[] = []
  const consumer = rig.kafka.consumer<number>(await rig.topic('numbers', 5), {
    group: 'g',
    onLost: () => heard.push('lost'),
  })
  for (let count = 0; count < 3; count++) await (await consumer.next())!.commit()
  rig.kafka.failNext('ListOffsets', 'LEADER_NOT_AVAILABLE', { times: 10 })
  const sought = consumer.seek({ partition: 0, offset: 'earliest' })
  rig.kafka.failNext('ConsumerGroupHeartbeat', 'UNKNOWN_MEMBER_ID')
  await rig.pass(20)
  await sought
  assert.deepEqual(heard, ['lost'])
  assert.equal((await consumer.next())?.value, 0)
})

test('a topic that is deleted is not created again, and ends no consumer of others', async () => {
  const rig = new Rig()
  const topics = [await rig.topic('deleted', 0), await rig.topic('kept', 0)]
  const consumer = rig.kafka.consumer<number>(topics)
  const next = consumer.next()
  await rig.pass(1)
  await rig.kafka.admin.deleteTopic('deleted')
  await rig.pass(30)
  const names = (await rig.kafka.admin.listTopics()).map(({ name }) => name)
  assert.deepEqual(names, ['kept'])
  await rig.kafka.producer<number>('kept').send(7)
  assert.equal((await next)?.value, 7)
})

test('a consumer that is closed leaves nothing with its signal', async () => {
  const rig = new Rig()
  const { signal } = new AbortController()
  const topic = await rig.topic('numbers', 1)
  const consumer = rig.kafka.consumer<number>(topic, { signal })
  await consumer.next()
  await consumer.close()
  const failing = rig.kafka.consumer<number>(topic).map(() => assert.fail('cannot be mapped'))
  await assert.rejects(failing.forEach(() => undefined, { signal }))
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('process() of a consumer that is closed leaves no timer', async () => {
  const rig = new Rig()
  const consumer = rig.kafka.consumer<number>(await rig.topic('numbers', 1), { group: 'g' })
  await consumer.next()
  await consumer.close()
  await settled()
  const { waitingCount } = rig.clock
  await consumer.process(() => undefined)
  assert.equal(rig.clock.waitingCount, waitingCount)
})

for (const who of ['no group', 'a classic group', 'a group'] as const) {
  test(`a topic that is created anew with fewer partitions is read on: ${who}`, async () => {
    const rig = new Rig()
    if (who === 'a classic group') {
      rig.kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION')
    }
    await rig.kafka.admin.createTopic('numbers', { partitions: 3 })
    const consumer = rig.kafka.consumer<number>('numbers', who === 'no group' ? {} : { group: 'g' })
    const next = consumer.next()
    await rig.pass(5)
    assert.equal(consumer.assignment().length, 3)
    await rig.kafka.admin.deleteTopic('numbers')
    await rig.topic('numbers', 1)
    await rig.pass(3)
    assert.equal((await next)?.value, 0)
    await rig.kafka.admin.createPartitions('numbers', 2)
    await rig.kafka.producer<number>('numbers').send(7, { partition: 1 })
    const added = consumer.next()
    await rig.pass(30)
    assert.equal((await added)?.value, 7)
    assert.equal(consumer.assignment().length, 2)
  })
}

for (const protocol of ['KIP-848', 'classic']) {
  test(`who hears nothing for the session timeout has lost all: ${protocol}`, async () => {
    const rig = new Rig()
    if (protocol === 'classic') rig.kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION')
    const topic = await rig.topic('numbers', 1)
    const lost: string[] = []
    const consumer = rig.kafka.consumer<number>(topic, {
      group: 'g',
      sessionTimeout: '20s',
      onLost: ([place]) => lost.push(place!.topic),
    })
    await consumer.next()
    await rig.pass(1)
    rig.kafka.latency('10m')
    await rig.pass(18)
    assert.deepEqual(lost, [])
    await rig.pass(3)
    assert.deepEqual(lost, [topic])
  })
}

test('of a topic that is created anew another member gets a partition, alone', async () => {
  const rig = new Rig()
  rig.kafka.failNext('ConsumerGroupHeartbeat', 'UNSUPPORTED_VERSION', { times: 2 })
  await rig.kafka.admin.createTopic('numbers', { partitions: 2 })
  const [first, second] = [1, 2].map(() => rig.kafka.consumer('numbers', { group: 'g' }))
  void first!.next()
  await rig.pass(5)
  await rig.kafka.admin.deleteTopic('numbers')
  await rig.kafka.admin.createTopic('numbers', { partitions: 2 })
  rig.kafka.failNext('ListOffsets', 'LEADER_NOT_AVAILABLE', { times: 20 })
  void second!.next()
  await rig.pass(60)
  const places = [first!, second!].map((member) => member.assignment())
  assert.deepEqual(
    places.map(({ length }) => length),
    [1, 1],
  )
  assert.notDeepEqual(places[0], places[1])
})

for (const when of ['before', 'after'] as const) {
  test(`a place that is sought ${when} the first record is where the group goes on`, async () => {
    const rig = new Rig()
    const topic = await rig.topic('numbers', 5)
    const consumer = rig.kafka.consumer<number>(topic, { group: 'g', autoCommit: true })
    if (when === 'after') await consumer.next()
    await consumer.seek({ partition: 0, offset: 3 })
    assert.equal((await consumer.next())?.value, 3)
    await rig.pass(6)
    assert.equal((await rig.kafka.admin.describeGroup('g')).lag[0]?.offset, 3)
  })
}

test('a place that is sought and is not there is not committed', async () => {
  const rig = new Rig()
  const topic = await rig.topic('numbers', 5)
  const consumer = rig.kafka.consumer<number>(topic, { group: 'g', autoCommit: true })
  await consumer.next()
  await consumer.seek({ partition: 0, offset: 1000 })
  await assert.rejects(consumer.next(), { code: 'offset_out_of_range' })
  await rig.pass(6)
  const { lag } = await rig.kafka.admin.describeGroup('g')
  assert.equal(lag[0]?.offset ?? null, null)
})
