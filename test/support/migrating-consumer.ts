/**
 * A consumer of the classic protocol, eager or cooperative, that takes its turn step by step. It
 * leads where it has to, and knows what it reads: it can be in a group of either kind, and in one
 * that changes its kind.
 */

import { assignmentOf, noPartitions, type Assignment } from '../../src/broker/groups/assignment.ts'
import { errorName } from '../../src/protocol/error-codes.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  decodeConsumerProtocol,
} from '../../src/protocol/records/consumer-protocol.ts'
import { encodeValue } from '../../src/protocol/records/record-schema.ts'
import type { JoinGroupResponseInput } from '../../src/protocol/join-group.ts'
import { caller, settle, type GroupFixture } from './group-fixture.ts'

export interface MigratingConsumerOptions {
  readonly topics: readonly string[]
  readonly isCooperative: boolean
  readonly instanceId?: string
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
}

interface Named {
  readonly topic: string
  readonly partitions: readonly number[]
}

type Next = 'join' | 'sync' | 'heartbeat'

export class MigratingConsumer {
  readonly #fixture: GroupFixture
  readonly options: MigratingConsumerOptions
  readonly #connection = new AbortController()
  memberId = ''
  generation = -1
  /** What it reads, by topic id. */
  owned: Assignment = noPartitions
  isAlive = true
  /** Whether a request of it waits for its answer. */
  isWaiting = false
  #next: Next = 'join'
  #leads: JoinGroupResponseInput | undefined
  #protocolName: string | null = null
  /** Of the topics, when it joined last. */
  #topicsVersion = Number.NaN
  #heardAtMs: number
  /** Names of the errors that it was answered with. */
  readonly errors: string[] = []

  constructor(fixture: GroupFixture, options: MigratingConsumerOptions) {
    this.#fixture = fixture
    this.options = options
    this.#heardAtMs = fixture.clock.now()
  }

  get sessionTimeoutMs(): number {
    return this.options.sessionTimeoutMs ?? 10_000
  }

  get rebalanceTimeoutMs(): number {
    return this.options.rebalanceTimeoutMs ?? 30_000
  }

  get isStable(): boolean {
    return this.#next === 'heartbeat' && !this.isWaiting
  }

  /** One that the broker may have given up does not go on reading. */
  get isReading(): boolean {
    const silentMs = this.#fixture.clock.now() - this.#heardAtMs
    const isHeard =
      this.isWaiting || silentMs < Math.min(this.sessionTimeoutMs, this.rebalanceTimeoutMs)
    return this.isAlive && isHeard
  }

  /** `t0 t1 u3` of what it reads. */
  get reads(): string {
    const { topics } = this.#fixture
    return [...this.owned]
      .flatMap(([id, partitions]) => partitions.map((each) => `${topics.byId(id)?.name}${each}`))
      .sort()
      .join(' ')
  }

  /** Sends what is due, unless an answer is due first. */
  async step(): Promise<void> {
    if (this.isWaiting || !this.isAlive) return
    this.isWaiting = true
    const answered = this.#act().then(() => {
      this.isWaiting = false
    })
    // A rebalance may wait for others: theirs is the next turn then.
    await Promise.race([answered, settle()])
  }

  async leave(): Promise<void> {
    this.isAlive = false
    this.owned = noPartitions
    const leaver = { memberId: this.memberId, instanceId: this.options.instanceId ?? null }
    await this.#fixture.coordinator.leaveGroup('g', [leaver])
    this.#connection.abort()
  }

  crash(): void {
    this.isAlive = false
    this.owned = noPartitions
    this.#connection.abort()
  }

  async #act(): Promise<void> {
    if (this.#next === 'join') await this.#join()
    else if (this.#next === 'sync') await this.#sync()
    else await this.#heartbeat()
  }

  async #join(): Promise<void> {
    const answer = await this.#fixture.coordinator.joinGroup(
      {
        groupId: 'g',
        memberId: this.memberId,
        groupInstanceId: this.options.instanceId ?? null,
        sessionTimeoutMs: this.sessionTimeoutMs,
        rebalanceTimeoutMs: this.rebalanceTimeoutMs,
        protocolType: 'consumer',
        protocols: [{ name: 'assignor', metadata: this.#metadata() }],
        reason: null,
      },
      caller({ closed: this.#connection.signal }),
    )
    const name = errorName(answer.errorCode)
    if (name === 'MEMBER_ID_REQUIRED') this.memberId = answer.memberId
    else if (name === 'NONE') {
      this.memberId = answer.memberId
      this.generation = answer.generationId!
      this.#protocolName = answer.protocolName ?? null
      this.#leads = answer.leader === this.memberId ? answer : undefined
      this.#topicsVersion = this.#fixture.topics.version
      this.#next = 'sync'
      this.#hear()
    } else this.#refused(name)
  }

  async #sync(): Promise<void> {
    const leads = this.#leads
    const { errorCode, assignment } = await this.#fixture.coordinator.syncGroup(
      {
        groupId: 'g',
        memberId: this.memberId,
        groupInstanceId: this.options.instanceId ?? null,
        generationId: this.generation,
        protocolType: 'consumer',
        protocolName: this.#protocolName,
        assignments: leads ? this.#assign(leads) : [],
      },
      caller({ closed: this.#connection.signal }),
    )
    if (errorCode !== 0) {
      this.#refused(errorName(errorCode))
      return
    }
    this.#hear()
    this.#take(assignment?.length ? assigned(assignment) : [])
  }

  /** A cooperative consumer gives up what is not its any more, and joins again to say so. */
  #take(named: readonly Named[]): void {
    const { topics } = this.#fixture
    const next = assignmentOf(
      named.flatMap(({ topic, partitions }) => {
        const topicId = topics.byName(topic)?.id
        return topicId ? [{ topicId, partitions }] : []
      }),
    )
    const gaveUp = [...this.owned].some(([id, partitions]) =>
      partitions.some((each) => topics.byId(id) && !next.get(id)?.includes(each)),
    )
    this.owned = next
    this.#next = gaveUp && this.options.isCooperative ? 'join' : 'heartbeat'
  }

  async #heartbeat(): Promise<void> {
    if (this.#leads && this.#topicsVersion !== this.#fixture.topics.version) {
      // In a classic group only the leader knows that its topics have changed.
      this.#rejoin()
      return
    }
    const { errorCode } = await this.#fixture.coordinator.heartbeat({
      groupId: 'g',
      memberId: this.memberId,
      groupInstanceId: this.options.instanceId ?? null,
      generationId: this.generation,
    })
    if (errorCode === 0) this.#hear()
    else this.#refused(errorName(errorCode))
  }

  #refused(name: string): void {
    this.errors.push(name)
    if (name === 'REBALANCE_IN_PROGRESS') {
      this.#hear()
      this.#rejoin()
    } else {
      this.owned = noPartitions
      if (name === 'UNKNOWN_MEMBER_ID') this.memberId = ''
      if (name === 'FENCED_INSTANCE_ID') this.isAlive = false
    }
    this.#next = 'join'
  }

  #rejoin(): void {
    if (!this.options.isCooperative) this.owned = noPartitions
    this.#next = 'join'
  }

  #hear(): void {
    this.#heardAtMs = this.#fixture.clock.now()
  }

  #metadata(): Uint8Array {
    const { topics, isCooperative } = this.options
    const { topics: lookup } = this.#fixture
    const ownedPartitions = [...this.owned].flatMap(([id, partitions]) => {
      const topic = lookup.byId(id)?.name
      return topic ? [{ topic, partitions: [...partitions] }] : []
    })
    return encodeValue(consumerProtocolSubscription, {
      topics: [...topics],
      userData: null,
      ownedPartitions: isCooperative ? ownedPartitions : [],
      generationId: this.generation,
      rackId: null,
    })
  }

  /** Deals partitions out in turn; what a member still reads goes to no other one yet. */
  #assign({
    members = [],
  }: JoinGroupResponseInput): { memberId: string; assignment: Uint8Array }[] {
    const subscriptions = members.map(({ memberId, metadata }) => ({
      memberId,
      ...decodeConsumerProtocol(consumerProtocolSubscription, metadata),
      given: new Map<string, number[]>(),
    }))
    let turn = 0
    for (const { name, partitionCount } of this.#fixture.topics.all()) {
      const takers = subscriptions.filter(({ topics }) => topics.includes(name))
      if (takers.length === 0) continue
      for (let partition = 0; partition < partitionCount; partition++) {
        const taker = takers[turn++ % takers.length]!
        const owner = subscriptions.find(({ ownedPartitions }) =>
          ownedPartitions.some(({ topic, partitions }) => {
            return topic === name && partitions.includes(partition)
          }),
        )
        if (owner && owner !== taker) continue
        taker.given.set(name, [...(taker.given.get(name) ?? []), partition])
      }
    }
    return subscriptions.map(({ memberId, given }) => ({
      memberId,
      assignment: encodeValue(consumerProtocolAssignment, {
        assignedPartitions: [...given].map(([topic, partitions]) => ({ topic, partitions })),
        userData: null,
      }),
    }))
  }
}

function assigned(bytes: Uint8Array): readonly Named[] {
  return decodeConsumerProtocol(consumerProtocolAssignment, bytes).assignedPartitions
}
