import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClassicClient, GroupFixture, settle } from '../../../test/support/group-fixture.ts'
import { seededRandom, type SeededRandom } from '../../../test/support/random.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { loadGroups } from './load-groups.ts'

const partitionCount = 7
const heartbeatIntervalMs = 3000

/** A consumer that does what clients do: join, sync, report, and begin again when told so. */
class Consumer {
  readonly #fixture: GroupFixture
  readonly client: ClassicClient
  isAlive = true
  owned: readonly number[] = []

  constructor(fixture: GroupFixture, random: SeededRandom, place: number) {
    this.#fixture = fixture
    const instanceId = random.below(3) === 0 ? { instanceId: `i${place}` } : {}
    const version = random.pick([3, 5, 8, 9])
    this.client = new ClassicClient(fixture, { version: version, ...instanceId })
    void this.#run()
  }

  async stop(how: 'leave' | 'crash'): Promise<void> {
    this.isAlive = false
    this.owned = []
    if (how === 'leave') await this.client.leave()
    this.client.connection.abort()
  }

  async #run(): Promise<void> {
    while (this.isAlive) {
      const answer = await this.client.join()
      if (!this.isAlive) return
      if (answer.errorCode !== 0) {
        const name = errorName(answer.errorCode)
        if (name === 'UNKNOWN_MEMBER_ID') this.client.memberId = ''
        if (name === 'FENCED_INSTANCE_ID') this.isAlive = false
        await this.#sleep(100)
        continue
      }
      const memberIds = answer.members?.map(({ memberId }) => memberId) ?? []
      // A leader that is to skip has nothing to hand out.
      const plan = this.client.isLeader && answer.skipAssignment !== true ? deal(memberIds) : {}
      const assigned = await this.client.sync(plan)
      if (!this.isAlive || !/^[\d,]*$/.test(assigned)) continue
      this.owned = assigned.split(',').filter(Boolean).map(Number)
      await this.#report()
      this.owned = []
    }
  }

  async #report(): Promise<void> {
    let answer = 'NONE'
    while (this.isAlive && answer === 'NONE') {
      await this.#sleep(heartbeatIntervalMs)
      if (this.isAlive) answer = await this.client.heartbeat()
    }
    if (answer === 'UNKNOWN_MEMBER_ID') this.client.memberId = ''
    if (answer === 'FENCED_INSTANCE_ID') this.isAlive = false
  }

  #sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.#fixture.clock.after(durationMs, resolve))
  }
}

function deal(memberIds: readonly string[]): Record<string, string> {
  const hands = memberIds.map((): number[] => [])
  for (let partition = 0; partition < partitionCount; partition++) {
    hands[partition % hands.length]!.push(partition)
  }
  return Object.fromEntries(memberIds.map((memberId, index) => [memberId, hands[index]!.join()]))
}

function checkNobodySharesInOneGeneration(consumers: readonly Consumer[], message: string): void {
  const owners = new Set<string>()
  for (const { owned, client } of consumers) {
    for (const partition of owned) {
      const claim = `${client.generation}/${partition}`
      assert(!owners.has(claim), `${message}: two own partition ${partition}`)
      owners.add(claim)
    }
  }
}

async function pass(fixture: GroupFixture, durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 500) {
    fixture.clock.advance(500)
    await settle()
  }
}

test('any classic group settles, whatever its members and the broker do', async () => {
  const seed = seededRandom().seed
  for (let round = 0; round < 25; round++) {
    const random = seededRandom(seed + round)
    const message = `SEED=${seed + round}`
    const fixture = new GroupFixture({ initialRebalanceDelayMs: random.pick([0, 100]) }, random)
    const consumers: Consumer[] = []
    for (let step = 0; step < 40; step++) {
      const alive = consumers.filter(({ isAlive }) => isAlive)
      const choice = random.below(10)
      if (choice < 3 && alive.length < 6) consumers.push(new Consumer(fixture, random, step))
      else if (choice === 3 && alive.length > 0) void random.pick(alive).stop('leave')
      else if (choice === 4 && alive.length > 0) void random.pick(alive).stop('crash')
      else if (choice === 5) fixture.restart()
      else await pass(fixture, random.below(8) * 1000)
      await settle()
      checkNobodySharesInOneGeneration(consumers, message)
    }
    if (!consumers.some(({ isAlive }) => isAlive)) consumers.push(new Consumer(fixture, random, 99))
    await pass(fixture, 180_000)

    const alive = consumers.filter(({ isAlive }) => isAlive)
    const owned = alive.flatMap((consumer) => consumer.owned).sort((a, b) => a - b)
    assert.deepEqual(owned, [0, 1, 2, 3, 4, 5, 6], `${message}: all partitions are read`)
    assert.equal(new Set(alive.map(({ client }) => client.generation)).size, 1, message)
    const live = fixture.coordinator.describeGroups({ groups: ['g'] })
    assert.equal(live.groups[0]!.groupState, 'Stable', message)
    const loaded = loadGroups(fixture.log).groups.get('g')!
    assert.equal(loaded.kind === 'classic' && loaded.generation, alive[0]!.client.generation)
    fixture.restart()
    assert.deepEqual(fixture.coordinator.describeGroups({ groups: ['g'] }), live, message)
    for (const consumer of alive) await consumer.stop('leave')
    fixture.coordinator.close()
  }
})
