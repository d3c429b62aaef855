import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { loadExpressions } from '../expressions.ts'
import { ConsumerClient } from '../../../test/support/consumer-client.ts'
import { GroupFixture } from '../../../test/support/group-fixture.ts'
import { seededRandom, type SeededRandom } from '../../../test/support/random.ts'
import { isSubset, noPartitions } from './assignment.ts'

before(loadExpressions)

const sessionTimeoutMs = 45_000
const rebalanceTimeoutMs = 30_000
const topicNames = ['t1', 't2', 't3']

/** A consumer that takes its time to give up partitions, and whose answers may get lost. */
class Consumer {
  readonly client: ConsumerClient
  readonly #fixture: GroupFixture
  readonly #random: SeededRandom
  readonly instanceId: string | undefined
  isAlive = true
  #mustTellAll = true
  #heardAtMs = 0
  /** Until when it has to have given up what it must. */
  #revokeByMs = Infinity

  constructor(fixture: GroupFixture, random: SeededRandom, instanceId: string | undefined) {
    this.#fixture = fixture
    this.#random = random
    this.instanceId = instanceId
    const subscription =
      random.below(3) === 0
        ? { topics: [], regex: 't.*' }
        : { topics: topicNames.filter(() => random.below(3) > 0) }
    const assignor = random.pick(['uniform', 'range'])
    const options = { ...subscription, assignor, rebalanceTimeoutMs }
    this.client = new ConsumerClient(fixture, instanceId ? { ...options, instanceId } : options)
  }

  /**
   * Whether it still reads: one that does not reach the broker stops when it may have been removed,
   * be it for its silence, or because it did not give up what it was not told to.
   */
  get isReading(): boolean {
    const nowMs = this.#fixture.clock.now()
    const silentMs = nowMs - this.#heardAtMs
    const isHeard = silentMs < Math.min(sessionTimeoutMs, rebalanceTimeoutMs)
    return this.isAlive && isHeard && nowMs < this.#revokeByMs
  }

  async report({ isReliable = false } = {}): Promise<void> {
    const { client } = this
    // What it has to give up it gives up now, or later; what it may take it takes at once after.
    const isPrompt = isReliable || this.#random.below(2) === 0
    if (isPrompt || !this.#hasToGiveUp) client.owned = client.assigned
    const isLost = !isReliable && this.#random.below(6) === 0
    if (isLost) {
      await (this.#mustTellAll ? this.#sendAll() : this.#sendOwned())
      this.#mustTellAll = true
      return
    }
    const answer = await (this.#mustTellAll ? client.full() : client.acknowledgeOwned())
    this.#mustTellAll = false
    if (answer === 'NONE') {
      // An answer that told it before may have been lost, but only after the last that it heard.
      if (!this.#hasToGiveUp) this.#revokeByMs = Infinity
      else this.#revokeByMs = Math.min(this.#revokeByMs, this.#heardAtMs + rebalanceTimeoutMs)
      this.#heardAtMs = this.#fixture.clock.now()
      return
    }
    this.#revokeByMs = Infinity
    client.abandon()
    this.#mustTellAll = true
    if (answer === 'FENCED_INSTANCE_ID') this.isAlive = false
  }

  get #hasToGiveUp(): boolean {
    return !isSubset(this.client.owned, this.client.assigned)
  }

  async stop(): Promise<void> {
    this.isAlive = false
    const how = this.#random.below(3)
    // It may crash, leave, or, where it is static, leave to come back.
    if (how === 0) await this.client.leave()
    else if (how === 1 && this.instanceId) await this.client.leave(-2)
    this.client.owned = noPartitions
  }

  #sendAll(): Promise<unknown> {
    return this.client.full({}, { isLost: true })
  }

  #sendOwned(): Promise<unknown> {
    return this.client.acknowledgeOwned({ isLost: true })
  }
}

function checkNobodyShares(consumers: readonly Consumer[], message: string): void {
  const owners = new Map<string, string>()
  for (const { client, isReading } of consumers) {
    if (!isReading) continue
    for (const [topicId, partitions] of client.owned) {
      for (const partition of partitions) {
        const name = `${topicId}-${partition}`
        assert(!owners.has(name), `${message}: ${owners.get(name)} and ${client.memberId} share`)
        owners.set(name, client.memberId)
      }
    }
  }
}

function changeTopics({ topics, coordinator }: GroupFixture, random: SeededRandom): void {
  const name = random.pick(topicNames)
  const topic = topics.byName(name)
  if (topic && random.below(4) === 0) {
    topics.remove(name)
    coordinator.topicRemoved(topic, Promise.resolve())
  } else {
    topics.set(name, (topic?.partitionCount ?? 0) + 1 + random.below(3))
  }
}

async function act(
  fixture: GroupFixture,
  random: SeededRandom,
  consumers: Consumer[],
): Promise<void> {
  const alive = consumers.filter(({ isAlive }) => isAlive)
  const choice = random.below(20)
  if (choice === 0 && alive.length < 6) {
    const instanceId = random.below(2) === 0 ? `i${random.below(3)}` : undefined
    const isTaken = alive.some((consumer) => instanceId && consumer.instanceId === instanceId)
    if (!isTaken) consumers.push(new Consumer(fixture, random, instanceId))
  } else if (choice === 1 && alive.length > 0) await random.pick(alive).stop()
  else if (choice === 2) changeTopics(fixture, random)
  else if (choice === 3) checkRestart(fixture)
  else if (choice < 6) fixture.clock.advance(random.below(20_000))
  else if (alive.length > 0) await random.pick(alive).report()
}

function checkRestart(fixture: GroupFixture): void {
  const describe = () => fixture.coordinator.consumerGroupDescribe({ groupIds: ['g'] })
  const before = describe()
  fixture.restart()
  assert.deepEqual(describe(), before)
}

test('no two members have a partition at a time, and any group settles in the end', async () => {
  const { seed } = seededRandom()
  for (let round = 0; round < 40; round++) {
    const random = seededRandom(seed + round)
    const message = `SEED=${seed + round}`
    const fixture = new GroupFixture({}, random)
    for (const name of topicNames) fixture.topics.set(name, 1 + random.below(5))
    const consumers: Consumer[] = [new Consumer(fixture, random, undefined)]
    for (let step = 0; step < 250; step++) {
      await act(fixture, random, consumers)
      checkNobodyShares(consumers, message)
    }
    await checkSettles(fixture, consumers, message)
    checkRestart(fixture)
    fixture.coordinator.close()
  }
})

async function checkSettles(
  fixture: GroupFixture,
  consumers: Consumer[],
  message: string,
): Promise<void> {
  if (!consumers.some(({ isAlive }) => isAlive)) {
    consumers.push(new Consumer(fixture, fixture.random, undefined))
  }
  const alive = consumers.filter(({ isAlive }) => isAlive)
  for (let passed = 0; passed < 2 * sessionTimeoutMs; passed += 5000) {
    for (const consumer of alive) await consumer.report({ isReliable: true })
    checkNobodyShares(consumers, message)
    fixture.clock.advance(5000)
  }
  const group = fixture.coordinator.consumerGroupDescribe({ groupIds: ['g'] }).groups[0]!
  assert.equal(group.groupState, 'Stable', message)
  assert.equal(group.members?.length, alive.length, message)
  const subscribed = new Set<string>()
  const assigned = new Set<string>()
  for (const member of group.members ?? []) {
    assert.deepEqual(byTopic(member.assignment), byTopic(member.targetAssignment), message)
    for (const { name } of fixture.topics.all()) {
      if (member.subscribedTopicRegex || member.subscribedTopicNames.includes(name)) {
        subscribed.add(name)
      }
    }
    for (const { topicName, partitions } of member.assignment.topicPartitions) {
      for (const partition of partitions) assigned.add(`${topicName}-${partition}`)
    }
  }
  const wanted = [...subscribed].flatMap((name) =>
    Array.from({ length: fixture.topics.byName(name)!.partitionCount }, (_, p) => `${name}-${p}`),
  )
  assert.deepEqual([...assigned].sort(), wanted.sort(), message)
}

function byTopic<Topic extends { readonly topicName: string }>(assignment: {
  readonly topicPartitions: readonly Topic[]
}): ReadonlyMap<string, Topic> {
  return new Map(assignment.topicPartitions.map((topic) => [topic.topicName, topic]))
}
