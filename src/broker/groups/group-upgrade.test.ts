import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerClient } from '../../../test/support/consumer-client.ts'
import { GroupFixture, settle, type FixedTopics } from '../../../test/support/group-fixture.ts'
import { MigratingConsumer } from '../../../test/support/migrating-consumer.ts'
import { seededRandom, type SeededRandom } from '../../../test/support/random.ts'
import { isSubset, partitionCount } from './assignment.ts'
import { emptyClassicGroup } from './classic-group.ts'
import { groupDefaults } from './group-options.ts'
import { decideUpgrade } from './group-upgrade.ts'

function kindOf({ coordinator }: GroupFixture): string | undefined {
  return coordinator.listGroups({ statesFilter: [], typesFilter: [] }).groups?.[0]?.groupType
}

interface Mixture {
  readonly fixture: GroupFixture
  readonly random: SeededRandom
  readonly classics: MigratingConsumer[]
  readonly consumers: ConsumerClient[]
}

async function act({ fixture, random, classics, consumers }: Mixture): Promise<void> {
  const alive = classics.filter(({ isAlive }) => isAlive)
  const choice = random.below(24)
  if (choice === 0 && alive.length < 4) {
    classics.push(new MigratingConsumer(fixture, classics[0]!.options))
  } else if (choice === 1 && consumers.length < 3) {
    const consumer = new ConsumerClient(fixture)
    if ((await consumer.full()) === 'NONE') consumers.push(consumer)
  } else if (choice === 2 && alive.length > 1) await random.pick(alive).leave()
  else if (choice === 3 && alive.length > 1) random.pick(alive).crash()
  else if (choice === 4 && consumers.length > 0) await consumers.pop()!.leave()
  else if (choice === 5) addPartitions(fixture.topics, random)
  else if (choice === 6) fixture.clock.advance(random.below(2000))
  else if (choice === 7) await restart(fixture)
  else if (choice < 18 && alive.length > 0) await random.pick(alive).step()
  else if (consumers.length > 0) await report(random.pick(consumers), random)
}

/** Lets those hear that have waited. */
async function restart(fixture: GroupFixture): Promise<void> {
  fixture.restart()
  await settle()
}

function addPartitions(topics: FixedTopics, random: SeededRandom): void {
  topics.set('t', topics.byName('t')!.partitionCount + random.below(3))
}

/** What it has to give up it gives up now, or later. */
async function report(consumer: ConsumerClient, random: SeededRandom): Promise<void> {
  const mayTake = isSubset(consumer.owned, consumer.assigned)
  if (mayTake || random.below(2) === 0) consumer.owned = consumer.assigned
  const answer = await consumer.acknowledgeOwned()
  if (answer === 'NONE') return
  consumer.abandon()
  await consumer.full()
}

function checkNobodyShares({ classics, consumers }: Mixture, message: string): void {
  const reading = classics.filter(({ isReading }) => isReading)
  const owners = new Set<string>()
  for (const { owned, memberId } of [...reading, ...consumers]) {
    for (const [topicId, partitions] of owned) {
      for (const partition of partitions) {
        const name = `${topicId}-${partition}`
        assert(!owners.has(name), `${message}: ${memberId} shares ${name}`)
        owners.add(name)
      }
    }
  }
}

test('members of both protocols never share a partition, and have all in the end', async () => {
  const { seed } = seededRandom()
  for (let round = 0; round < 40; round++) {
    const random = seededRandom(seed + round)
    const message = `SEED=${seed + round}`
    const fixture = new GroupFixture({}, random)
    fixture.topics.set('t', 1 + random.below(8))
    const isCooperative = random.below(2) === 0
    const mixture: Mixture = {
      fixture,
      random,
      classics: [new MigratingConsumer(fixture, { topics: ['t'], isCooperative })],
      consumers: [],
    }
    for (let step = 0; step < 200; step++) {
      await act(mixture)
      checkNobodyShares(mixture, message)
    }
    await checkSettles(mixture, message)
    fixture.coordinator.close()
  }
})

async function checkSettles(mixture: Mixture, message: string): Promise<void> {
  const { fixture, consumers } = mixture
  const classics = mixture.classics.filter(({ isAlive }) => isAlive)
  for (let passed = 0; passed < 60_000; passed += 1000) {
    for (const classic of classics) {
      await classic.step()
      checkNobodyShares(mixture, message)
    }
    for (const consumer of consumers) {
      await report(consumer, fixture.random)
      checkNobodyShares(mixture, message)
    }
    fixture.clock.advance(1000)
    await settle()
  }
  const { partitionCount: wanted } = fixture.topics.byName('t')!
  const counts = [...classics, ...consumers].map(({ owned }) => partitionCount(owned))
  const total = counts.reduce((sum, count) => sum + count, 0)
  assert.equal(total, wanted, `${message}: all partitions are read`)
  assert.equal(kindOf(fixture), consumers.length > 0 ? 'consumer' : 'classic', message)
}

test('decideUpgrade() takes over a group that has lost its members amid a rebalance', () => {
  const group = {
    ...emptyClassicGroup('g'),
    state: 'PreparingRebalance',
    protocolType: 'consumer',
    generation: 3,
  } as const
  const events = decideUpgrade(group, groupDefaults, new GroupFixture().topics)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['group', 'target-epoch'],
  )
})

for (const isGrown of [false, true]) {
  const what = isGrown ? 'partitions that were added go to somebody' : 'nothing moves'
  test(`where a static member comes back in the new protocol, ${what}`, async () => {
    const fixture = new GroupFixture()
    fixture.topics.set('t', 2)
    const [gone, stays] = ['a', 'b'].map((instanceId) => {
      const options = { topics: ['t'], isCooperative: false, instanceId }
      return new MigratingConsumer(fixture, { ...options, sessionTimeoutMs: 60_000 })
    }) as [MigratingConsumer, MigratingConsumer]
    for (let round = 0; round < 12; round++) {
      await gone.step()
      await stays.step()
      await settle()
    }
    const before = stays.owned
    if (isGrown) fixture.topics.set('t', 4)
    gone.crash()
    const back = new ConsumerClient(fixture, { instanceId: 'a', topics: ['t'] })
    await back.full()
    for (let round = 0; round < 40; round++) {
      await stays.step()
      await settle()
      await back.acknowledge()
      fixture.clock.advance(3000)
    }
    assert.equal(partitionCount(back.owned) + partitionCount(stays.owned), isGrown ? 4 : 2)
    if (!isGrown) assert.deepEqual(stays.owned, before)
    fixture.coordinator.close()
  })
}
