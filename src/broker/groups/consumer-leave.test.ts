import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerClient, converge, fixtureWith } from '../../../test/support/consumer-client.ts'
import { partitionCount } from './assignment.ts'

test('a member that leaves or falls silent leaves its partitions to the others', async () => {
  for (const goes of ['leaves', 'falls silent']) {
    const fixture = fixtureWith()
    const [one, two] = [new ConsumerClient(fixture), new ConsumerClient(fixture)]
    await converge(one, two)
    assert.equal(partitionCount(one.assigned), 2)
    if (goes === 'leaves') {
      assert.equal(await two.leave(), 'NONE')
      assert.equal(two.epoch, -1)
    } else {
      fixture.clock.advance(44_000)
      await one.heartbeat()
      fixture.clock.advance(1000)
    }
    await converge(one)
    assert.deepEqual(one.named, { t: [0, 1, 2, 3] }, goes)
  }
})

test('a member that does not give up in time is fenced', async () => {
  const fixture = fixtureWith()
  const slow = new ConsumerClient(fixture, { rebalanceTimeoutMs: 5000 })
  const other = new ConsumerClient(fixture)
  await slow.full()
  await slow.acknowledge()
  await other.full()
  await slow.heartbeat()
  fixture.clock.advance(5000)
  assert.equal(await slow.heartbeat(), 'UNKNOWN_MEMBER_ID')
  await converge(other)
  assert.deepEqual(other.named, { t: [0, 1, 2, 3] })
})

test('a static member that is away keeps its partitions for the next of its kind', async () => {
  const fixture = fixtureWith()
  const one = new ConsumerClient(fixture, { instanceId: 'i1' })
  const two = new ConsumerClient(fixture, { instanceId: 'i2' })
  await converge(one, two)
  const { epoch } = two
  assert.equal(await one.leave(-2), 'NONE')
  const { named } = one
  await converge(two)
  assert.equal(two.epoch, epoch, 'nothing moves')
  const next = new ConsumerClient(fixture, { instanceId: 'i1' })
  assert.equal(await next.full(), 'NONE')
  assert.deepEqual(next.named, named)
  assert.equal(next.epoch, epoch)
  one.epoch = epoch
  assert.equal(await one.heartbeat(), 'FENCED_INSTANCE_ID')
})

test('a static member that is away for longer than its session is gone', async () => {
  const fixture = fixtureWith()
  const one = new ConsumerClient(fixture, { instanceId: 'i1' })
  const two = new ConsumerClient(fixture, { instanceId: 'i2' })
  await converge(one, two)
  await one.leave(-2)
  fixture.clock.advance(44_000)
  await two.heartbeat()
  fixture.clock.advance(1000)
  await converge(two)
  assert.deepEqual(two.named, { t: [0, 1, 2, 3] })
})

test('a static member that goes before it has given up has a session to come back', async () => {
  const fixture = fixtureWith()
  const one = new ConsumerClient(fixture, { instanceId: 'i1', rebalanceTimeoutMs: 5000 })
  const two = new ConsumerClient(fixture, { instanceId: 'i2' })
  await one.full()
  await one.acknowledge()
  await two.full()
  await one.heartbeat()
  const { named } = one
  await one.leave(-2)
  fixture.clock.advance(30_000)
  await converge(two)
  const next = new ConsumerClient(fixture, { instanceId: 'i1' })
  await next.full()
  assert.deepEqual(next.named, named)
})

test('an instance id is taken as long as its member is there', async () => {
  const fixture = fixtureWith()
  await new ConsumerClient(fixture, { instanceId: 'i1' }).full()
  const twin = new ConsumerClient(fixture, { instanceId: 'i1' })
  assert.equal(await twin.full(), 'UNRELEASED_INSTANCE_ID')
})
