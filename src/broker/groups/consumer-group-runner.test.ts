import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { loadExpressions } from '../expressions.ts'
import { ConsumerClient, converge, fixtureWith } from '../../../test/support/consumer-client.ts'
import { GroupFixture } from '../../../test/support/group-fixture.ts'
import { LogError } from '../../log/log-error.ts'
import { partitionCount } from './assignment.ts'

before(loadExpressions)

function describe({ coordinator }: GroupFixture, groupId = 'g') {
  return coordinator.consumerGroupDescribe({ groupIds: [groupId] }).groups[0]!
}

/** Returns a member that has all partitions, and one that has joined just now. */
async function newcomer(): Promise<[GroupFixture, ConsumerClient, ConsumerClient]> {
  const fixture = fixtureWith()
  const [one, two] = [new ConsumerClient(fixture), new ConsumerClient(fixture)]
  await one.full()
  await one.acknowledge()
  await two.full()
  return [fixture, one, two]
}

test('a member that is alone gets all partitions with its first heartbeat', async () => {
  const fixture = fixtureWith()
  const client = new ConsumerClient(fixture)
  assert.equal(await client.full(), 'NONE')
  assert.equal(client.epoch, 1)
  assert.deepEqual(client.named, { t: [0, 1, 2, 3] })
  assert.equal(describe(fixture).groupState, 'Stable')
})

test('the broker makes the id of a member of version 0 that has none', async () => {
  const fixture = fixtureWith()
  const client = new ConsumerClient(fixture, { memberId: '', version: 0 })
  assert.equal(await client.full(), 'NONE')
  assert.match(client.memberId, /^.{22}$/)
  const newer = new ConsumerClient(fixture, { memberId: '', version: 1 })
  assert.equal(await newer.full(), 'INVALID_REQUEST')
})

test('a partition goes to a new member only after the old one has given it up', async () => {
  const [fixture, one, two] = await newcomer()
  assert.deepEqual(two.named, {})
  await one.heartbeat()
  assert.equal(partitionCount(one.assigned), 2)
  assert.equal(one.epoch, 1, 'it has not followed before it has given up')
  await two.heartbeat()
  assert.deepEqual(two.named, {}, 'the other is told to give up, but has not')
  await one.acknowledge()
  assert.equal(one.epoch, 2)
  await two.heartbeat()
  assert.equal(partitionCount(two.assigned), 2)
  assert.equal(describe(fixture).groupState, 'Stable')
})

test('an assignment is told until the client has it, and where it asks for it', async () => {
  const fixture = fixtureWith()
  const client = new ConsumerClient(fixture)
  await client.full()
  // The answer may have been lost.
  assert.notEqual((await client.send()).assignment, null)
  await client.acknowledge()
  assert.equal((await client.send()).assignment, null)
  assert.notEqual((await client.send({ memberEpoch: 0, ...joining() })).assignment, null)
})

function joining() {
  return { rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'], topicPartitions: [] }
}

test('a member whose answer was lost comes with its old epoch, and is told again', async () => {
  const again = [(one: ConsumerClient) => one.full(), (one: ConsumerClient) => one.heartbeat()]
  for (const report of again) {
    const [, one] = await newcomer()
    await one.heartbeat()
    one.owned = one.assigned
    await one.acknowledgeOwned({ isLost: true })
    assert.equal(one.epoch, 1)
    assert.equal(await report(one), 'NONE')
    assert.equal(one.epoch, 2)
  }
})

test('a member with an epoch that it cannot have is fenced', async () => {
  const fixture = fixtureWith()
  const client = new ConsumerClient(fixture)
  await client.full()
  assert.equal(await client.heartbeat({ memberEpoch: 2 }), 'FENCED_MEMBER_EPOCH')
  const other = new ConsumerClient(fixture)
  await converge(client, other)
  await other.leave()
  await converge(client)
  const old = { memberEpoch: client.epoch - 2, topicPartitions: [] }
  assert.equal(await client.heartbeat(old), 'FENCED_MEMBER_EPOCH')
  assert.equal(await client.heartbeat({ memberEpoch: -3 }), 'INVALID_REQUEST')
})

test('a member that nobody knows is told so', async () => {
  const fixture = fixtureWith()
  const stranger = new ConsumerClient(fixture)
  stranger.epoch = 1
  assert.equal(await stranger.heartbeat(), 'GROUP_ID_NOT_FOUND')
  await new ConsumerClient(fixture).full()
  assert.equal(await stranger.heartbeat(), 'UNKNOWN_MEMBER_ID')
  assert.equal(await stranger.leave(), 'UNKNOWN_MEMBER_ID')
})

test('members get partitions and topics that are added, and lose deleted ones', async () => {
  const fixture = fixtureWith({ t: 1 })
  const client = new ConsumerClient(fixture, { topics: ['t', 'u'] })
  await converge(client)
  const { epoch } = client
  await converge(client)
  assert.equal(client.epoch, epoch)
  fixture.topics.set('t', 2)
  await converge(client)
  assert.deepEqual(client.named, { t: [0, 1] })
  fixture.topics.set('u', 1)
  fixture.topics.set('not subscribed', 1)
  await converge(client)
  assert.deepEqual(client.named, { t: [0, 1], u: [0] })
  fixture.topics.remove('t')
  await converge(client)
  assert.deepEqual(client.named, { u: [0] })
  assert.equal(client.epoch, epoch + 3)
})

test('a regular expression subscribes to the topics whose whole name it matches', async () => {
  const fixture = fixtureWith({ orders: 1, 'orders-eu': 1, 'my-orders': 1, __consumer_offsets: 1 })
  const client = new ConsumerClient(fixture, { topics: [], regex: 'orders.*|.*offsets' })
  await converge(client)
  const offsets = { __consumer_offsets: [0] }
  assert.deepEqual(client.named, { orders: [0], 'orders-eu': [0], ...offsets })
  fixture.topics.set('orders-us', 2)
  await converge(client)
  const now = { orders: [0], 'orders-eu': [0], 'orders-us': [0, 1], ...offsets }
  assert.deepEqual(client.named, now)
  assert.equal(await client.heartbeat({ subscribedTopicRegex: '(' }), 'INVALID_REGULAR_EXPRESSION')
})

test('a change of subscription moves only what it must', async () => {
  const fixture = fixtureWith({ t: 2, u: 2 })
  const client = new ConsumerClient(fixture)
  await converge(client)
  await client.heartbeat({ subscribedTopicNames: ['u', 't', 'u'] })
  await converge(client)
  assert.deepEqual(client.named, { t: [0, 1], u: [0, 1] })
  await client.heartbeat({ subscribedTopicNames: [] })
  await converge(client)
  assert.deepEqual(client.named, {})
})

test('the assignor is the one that most members ask for', async () => {
  const fixture = fixtureWith({ t: 4, u: 4 })
  const topics = ['t', 'u']
  const one = new ConsumerClient(fixture, { topics, assignor: 'range' })
  const two = new ConsumerClient(fixture, { topics, assignor: 'range' })
  const three = new ConsumerClient(fixture, { topics, assignor: 'uniform' })
  await converge(one, two, three)
  assert.equal(describe(fixture).assignorName, 'range')
  assert.deepEqual(one.named['t'], one.named['u'])
  const unknown = new ConsumerClient(fixture, { assignor: 'unheard-of' })
  assert.equal(await unknown.full(), 'UNSUPPORTED_ASSIGNOR')
})

test('a first heartbeat must say all that the broker needs', async () => {
  const fixture = fixtureWith()
  const client = new ConsumerClient(fixture)
  const owned = [{ topicId: fixture.topics.byName('t')!.id, partitions: [0] }]
  const missing = [
    { rebalanceTimeoutMs: -1 },
    { subscribedTopicNames: null },
    { topicPartitions: null },
    { topicPartitions: owned },
    { groupId: '' },
    { instanceId: '' },
    { rackId: '' },
  ]
  for (const changes of missing) {
    assert.equal(await client.full(changes), 'INVALID_REQUEST', JSON.stringify(changes))
  }
  assert.equal(await client.heartbeat({ memberEpoch: -2 }), 'INVALID_REQUEST')
})

test('a group takes no more members than allowed', async () => {
  const fixture = new GroupFixture({ consumerMaxSize: 1 })
  await new ConsumerClient(fixture).full()
  assert.equal(await new ConsumerClient(fixture).full(), 'GROUP_MAX_SIZE_REACHED')
})

test('a heartbeat that the log refuses changes nothing', async () => {
  const fixture = fixtureWith()
  const [one, two] = [new ConsumerClient(fixture), new ConsumerClient(fixture)]
  await one.full()
  const before = describe(fixture)
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is gone')
  assert.equal(await two.full(), 'NOT_COORDINATOR')
  const elsewhere = new ConsumerClient(fixture, { groupId: 'other' })
  assert.equal(await elsewhere.full(), 'NOT_COORDINATOR')
  assert.equal(describe(fixture, 'other').errorMessage, 'Group other not found.')
  fixture.clock.advance(60_000)
  assert.deepEqual(describe(fixture), before)
})

test('a member whose time is over goes as soon as the log takes that', async () => {
  const [fixture, one, two] = await newcomer()
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
  for (let second = 0; second < 60; second++) {
    assert.equal(await two.heartbeat(), 'NONE')
    fixture.clock.advance(1000)
  }
  assert.equal(describe(fixture).members!.length, 2)
  fixture.log.failure = undefined
  fixture.clock.advance(1000)
  assert.equal(describe(fixture).members!.length, 1)
  await two.heartbeat()
  assert.deepEqual(two.named, { t: [0, 1, 2, 3] })
  assert.equal(await one.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('a member that is heard of stays, though the log refuses what it changes', async () => {
  const fixture = fixtureWith()
  const one = new ConsumerClient(fixture)
  await converge(one)
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
  fixture.topics.set('t', 6)
  for (let second = 0; second < 60; second++) {
    assert.equal(await one.heartbeat(), 'NOT_COORDINATOR')
    fixture.clock.advance(1000)
  }
  fixture.log.failure = undefined
  fixture.clock.advance(1000)
  assert.equal(await one.heartbeat(), 'NONE')
  assert.deepEqual(one.named, { t: [0, 1, 2, 3, 4, 5] })
})

test('so does one that is alive, and has not given up its partitions in time', async () => {
  const [fixture, one, two] = await newcomer()
  await one.heartbeat()
  fixture.log.failure = new LogError('KAFKA_STORAGE_ERROR', 'the disk is full')
  for (let second = 0; second < 70; second++) {
    assert.equal(await one.heartbeat(), 'NONE')
    assert.equal(await two.heartbeat(), 'NONE')
    fixture.clock.advance(1000)
  }
  fixture.log.failure = undefined
  fixture.clock.advance(1000)
  assert.equal(await one.heartbeat(), 'UNKNOWN_MEMBER_ID')
})

test('a group survives a restart, and its members go on without noticing', async () => {
  const fixture = fixtureWith()
  const one = new ConsumerClient(fixture)
  const two = new ConsumerClient(fixture, { instanceId: 'i2' })
  await converge(one, two)
  const before = describe(fixture)
  const { length } = fixture.log.records
  fixture.restart()
  assert.deepEqual(describe(fixture), before)
  assert.equal(await one.heartbeat(), 'NONE')
  assert.equal(await two.heartbeat(), 'NONE')
  assert.equal(fixture.log.records.length, length, 'nothing had to be stored')
  fixture.clock.advance(45_000)
  assert.equal(describe(fixture).groupState, 'Empty')
})

test('a restart leaves a member that has to give up the rest of its time', async () => {
  const [fixture, one, two] = await newcomer()
  await one.heartbeat()
  fixture.restart()
  await two.heartbeat()
  assert.deepEqual(two.named, {})
  await one.acknowledge()
  await two.heartbeat()
  assert.equal(partitionCount(two.assigned), 2)
})

test('close() leaves no timer behind', async () => {
  const fixture = fixtureWith()
  const [one, two] = [new ConsumerClient(fixture), new ConsumerClient(fixture)]
  await one.full()
  await two.full()
  await one.heartbeat()
  fixture.coordinator.close()
  assert.equal(fixture.clock.waitingCount, 0)
})
