/** A group coordinator on a manual clock, with topics and a log that tests can turn as they like. */

import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { GroupCoordinator } from '../../src/broker/groups/group-coordinator.ts'
import type { GroupOptions } from '../../src/broker/groups/group-options.ts'
import type { Caller } from '../../src/broker/groups/group-parts.ts'
import type { TopicFacts, TopicLookup } from '../../src/broker/groups/topic-lookup.ts'
import type { TransactionMarker } from '../../src/log/producer/producer-state.ts'
import type { StateRecord, StateProducer, StoredStateRecord } from '../../src/broker/state-log.ts'
import { randomUuid } from '../../src/bytes/random-uuid.ts'
import type { JoinGroupResponseInput } from '../../src/protocol/join-group.ts'
import { errorName } from '../../src/protocol/error-codes.ts'
import { ManualClock } from '../../src/runtime/manual-clock.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { seededRandom, type SeededRandom } from './random.ts'

export class FixedTopics implements TopicLookup {
  readonly #byName = new Map<string, TopicFacts>()
  readonly #random = seededRandom(1)
  version = 0

  /** Creates a topic, or changes its number of partitions. Returns its id. */
  set(name: string, partitionCount: number): string {
    const id = this.#byName.get(name)?.id ?? randomUuid(this.#random.bytes(16))
    this.#byName.set(name, { name, id, partitionCount })
    this.version++
    return id
  }

  remove(name: string): void {
    this.#byName.delete(name)
    this.version++
  }

  byName(name: string): TopicFacts | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): TopicFacts | undefined {
    return [...this.#byName.values()].find((topic) => topic.id === id)
  }

  all(): Iterable<TopicFacts> {
    return this.#byName.values()
  }
}

/** A log whose syncs a test can hold back, and which can refuse records. */
export class MemoryStateLog {
  readonly records: StoredStateRecord[] = []
  /** Records and ends of transactions, in their order. */
  readonly #history: (StoredStateRecord | TransactionMarker)[] = []
  #held: (() => void)[] | undefined
  failure: Error | undefined

  append(records: readonly StateRecord[], producer?: StateProducer): Promise<void> {
    if (this.failure) throw this.failure
    const transactionOf = producer?.producerId ?? -1
    for (const record of records) {
      const stored = { ...record, offset: this.records.length, timestamp: 0, transactionOf }
      this.records.push(stored)
      this.#history.push(stored)
    }
    return this.#sync()
  }

  appendMarker(marker: TransactionMarker): Promise<void> {
    if (this.failure) throw this.failure
    this.#history.push(marker)
    return this.#sync()
  }

  replay(
    apply: (record: StoredStateRecord) => void,
    end?: (marker: TransactionMarker) => void,
  ): void {
    for (const each of this.#history) {
      if ('result' in each) end?.(each)
      else apply(each)
    }
  }

  #sync(): Promise<void> {
    const held = this.#held
    return held ? new Promise((resolve) => held.push(resolve)) : Promise.resolve()
  }

  holdSyncs(): void {
    this.#held = []
  }

  releaseSyncs(): void {
    for (const release of this.#held ?? []) release()
    this.#held = undefined
  }
}

export class GroupFixture {
  readonly clock = new ManualClock()
  readonly topics = new FixedTopics()
  readonly log = new MemoryStateLog()
  readonly random: SeededRandom
  readonly #options: GroupOptions
  /** Whether the time can be told for sure. */
  isClockBelieved = true
  coordinator: GroupCoordinator

  /** Initial rebalances do not wait, unless `options` say so. */
  constructor(options: GroupOptions = {}, random: SeededRandom = seededRandom(1)) {
    this.#options = { initialRebalanceDelayMs: 0, ...options }
    this.random = random
    this.coordinator = this.#open()
  }

  /** Goes on from the log, as after a crash, with `changes` to its options. */
  restart(changes: GroupOptions = {}): void {
    this.coordinator.close()
    this.coordinator = this.#open(changes)
  }

  #open(changes: GroupOptions = {}): GroupCoordinator {
    const { clock, topics, log, random } = this
    return new GroupCoordinator({
      clock,
      topics,
      log,
      random,
      logger: silentLogger,
      options: { ...this.#options, ...changes },
      retentionNow: () => (this.isClockBelieved ? clock.now() : undefined),
    })
  }
}

/** Returns the state of a classic group, `gone` where there is none. */
export function classicStateOf({ coordinator }: GroupFixture, groupId = 'g'): string {
  return coordinator.describeGroups({ groups: [groupId] }).groups[0]!.groupState ?? 'gone'
}

export function caller(changes: Partial<Caller> = {}): Caller {
  const { signal: closed } = new AbortController()
  return { version: 9, clientId: 'client', clientHost: '/127.0.0.1', closed, ...changes }
}

/** Lets everything happen that only waits for promises. */
export const settle = (): Promise<void> => setImmediate()

export function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

export function bytesOf(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export interface ClassicClientOptions {
  readonly groupId?: string
  readonly instanceId?: string
  readonly version?: number
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  /** Names of protocols, best first. @default ['range'] */
  readonly protocols?: readonly string[]
  /** What is told with each protocol. @default its name */
  readonly metadata?: Uint8Array
  readonly protocolType?: string
}

/** A client of a classic group that keeps what it was told, and asks with it. */
export class ClassicClient {
  readonly #fixture: GroupFixture
  readonly #options: ClassicClientOptions
  readonly connection = new AbortController()
  memberId = ''
  generation = -1
  leader = ''
  protocols: readonly string[]

  constructor(fixture: GroupFixture, options: ClassicClientOptions = {}) {
    this.#fixture = fixture
    this.#options = options
    this.protocols = options.protocols ?? ['range']
  }

  get groupId(): string {
    return this.#options.groupId ?? 'g'
  }

  get isLeader(): boolean {
    return this.leader === this.memberId
  }

  /** Joins, and again with the member id that it is given. Resolves when the rebalance ends. */
  async join(): Promise<JoinGroupResponseInput> {
    const answer = await this.joinOnce()
    if (errorName(answer.errorCode) !== 'MEMBER_ID_REQUIRED') return answer
    this.memberId = answer.memberId
    return this.joinOnce()
  }

  async joinOnce(): Promise<JoinGroupResponseInput> {
    const { instanceId, sessionTimeoutMs = 10_000, rebalanceTimeoutMs = 60_000 } = this.#options
    const answer = await this.#fixture.coordinator.joinGroup(
      {
        groupId: this.groupId,
        memberId: this.memberId,
        groupInstanceId: instanceId ?? null,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        protocolType: this.#options.protocolType ?? 'consumer',
        protocols: this.protocols.map((name) => {
          return { name, metadata: this.#options.metadata ?? bytesOf(name) }
        }),
        reason: null,
      },
      this.#caller(),
    )
    if (answer.errorCode === 0) {
      this.memberId = answer.memberId
      this.generation = answer.generationId ?? -1
      this.leader = answer.leader ?? ''
    }
    return answer
  }

  /** Asks for the assignment; a leader hands out `assignments`, by member id. */
  async sync(assignments: Readonly<Record<string, string>> = {}): Promise<string> {
    const { errorCode, assignment } = await this.#fixture.coordinator.syncGroup(
      {
        groupId: this.groupId,
        memberId: this.memberId,
        groupInstanceId: this.#options.instanceId ?? null,
        generationId: this.generation,
        protocolType: null,
        protocolName: null,
        assignments: Object.entries(assignments).map(([memberId, value]) => ({
          memberId,
          assignment: bytesOf(value),
        })),
      },
      this.#caller(),
    )
    return errorCode === 0 ? text(assignment) : errorName(errorCode)
  }

  async heartbeat(): Promise<string> {
    const { errorCode } = await this.#fixture.coordinator.heartbeat({
      groupId: this.groupId,
      memberId: this.memberId,
      groupInstanceId: this.#options.instanceId ?? null,
      generationId: this.generation,
    })
    return errorName(errorCode)
  }

  async leave(): Promise<string> {
    const leaver = { memberId: this.memberId, instanceId: this.#options.instanceId ?? null }
    const [code] = await this.#fixture.coordinator.leaveGroup(this.groupId, [leaver])
    return errorName(code!)
  }

  #caller(): Caller {
    const { version = 9 } = this.#options
    return caller({ version, closed: this.connection.signal })
  }
}

/** Has `clients` form a group in which each is assigned the numeral of its place. */
export async function formGroup(...clients: readonly ClassicClient[]): Promise<void> {
  const joined = clients.map((client) => client.join())
  await settle()
  // With no initial delay the first is alone at first, and learns of the others here.
  for (const client of clients) {
    if (client.generation !== -1 && (await client.heartbeat()) === 'REBALANCE_IN_PROGRESS') {
      void client.join()
    }
  }
  await Promise.all(joined)
  await settle()
  const leader = clients.find(({ isLeader }) => isLeader)
  assert(leader, 'one of them leads')
  const assignments = Object.fromEntries(
    clients.map(({ memberId }, index) => [memberId, `${index}`]),
  )
  await Promise.all(clients.map((client) => client.sync(client === leader ? assignments : {})))
}

/** Returns two members of a stable group, which have been assigned `0` and `1`. */
export async function twoMembers(
  options?: GroupOptions,
): Promise<[GroupFixture, ClassicClient, ClassicClient]> {
  const fixture = new GroupFixture(options)
  const one = new ClassicClient(fixture)
  const two = new ClassicClient(fixture)
  await formGroup(one, two)
  return [fixture, one, two]
}

/** Returns the leader and the follower of a group whose members have joined, but not synced. */
export async function joinedPair(): Promise<[GroupFixture, ClassicClient, ClassicClient]> {
  const fixture = new GroupFixture({ initialRebalanceDelayMs: 100 })
  const [one, two] = [new ClassicClient(fixture), new ClassicClient(fixture)]
  const joins = [one.join(), two.join()]
  await settle()
  fixture.clock.advance(200)
  await Promise.all(joins)
  return one.isLeader ? [fixture, one, two] : [fixture, two, one]
}
