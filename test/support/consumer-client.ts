/** A client of a KIP-848 group that keeps what it was told, and reports what it has. */

import {
  assignmentOf,
  noPartitions,
  topicPartitionsOf,
  type Assignment,
} from '../../src/broker/groups/assignment.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput,
} from '../../src/protocol/consumer-group-heartbeat.ts'
import { errorName } from '../../src/protocol/error-codes.ts'
import { caller, GroupFixture } from './group-fixture.ts'

type Changes = Partial<ConsumerGroupHeartbeatRequest>

export interface ConsumerClientOptions {
  readonly groupId?: string
  readonly memberId?: string
  readonly instanceId?: string
  readonly topics?: readonly string[]
  readonly regex?: string
  readonly assignor?: string
  readonly rebalanceTimeoutMs?: number
  readonly version?: number
}

export class ConsumerClient {
  readonly #fixture: GroupFixture
  readonly #options: ConsumerClientOptions
  memberId: string
  epoch = 0
  /** What it was told to have. */
  assigned: Assignment = noPartitions
  /** What it has: less, as long as it has not taken, and more, as long as it has not given up. */
  owned: Assignment = noPartitions

  constructor(fixture: GroupFixture, options: ConsumerClientOptions = {}) {
    this.#fixture = fixture
    this.#options = options
    this.memberId = options.memberId ?? `m${fixture.random.below(1e6)}`
  }

  get groupId(): string {
    return this.#options.groupId ?? 'g'
  }

  /** `{t: [0, 1]}` of what it was told to have, by topic name. */
  get named(): Record<string, readonly number[]> {
    const { topics } = this.#fixture
    return Object.fromEntries(
      [...this.assigned].map(([topicId, partitions]) => [topics.byId(topicId)?.name, partitions]),
    )
  }

  /** Reports all that it knows, as on joining. Returns the name of the error, or NONE. */
  full(changes: Changes = {}, { isLost = false } = {}): Promise<string> {
    const { topics = ['t'], regex = null, assignor = null } = this.#options
    const all = {
      rebalanceTimeoutMs: this.#options.rebalanceTimeoutMs ?? 60_000,
      subscribedTopicNames: [...topics],
      subscribedTopicRegex: regex,
      serverAssignor: assignor,
      topicPartitions: wire(this.owned),
    }
    return this.heartbeat({ ...all, ...changes }, { isLost })
  }

  /** Reports that it is alive, and `changes`. Does not hear the answer if that `isLost`. */
  async heartbeat(changes: Changes = {}, { isLost = false } = {}): Promise<string> {
    const response = await this.send(changes)
    if (!isLost) this.hear(response)
    return errorName(response.errorCode)
  }

  /** Says that it has what it was told to have: what it had to give up, it has given up. */
  acknowledge(): Promise<string> {
    this.owned = this.assigned
    return this.acknowledgeOwned()
  }

  acknowledgeOwned({ isLost = false } = {}): Promise<string> {
    return this.heartbeat({ topicPartitions: wire(this.owned) }, { isLost })
  }

  leave(epoch = -1): Promise<string> {
    return this.heartbeat({ memberEpoch: epoch })
  }

  /** Sends a heartbeat, and does not take note of the answer. */
  async send(changes: Changes = {}): Promise<ConsumerGroupHeartbeatResponseInput> {
    return this.#fixture.coordinator.consumerGroupHeartbeat(
      {
        groupId: this.groupId,
        memberId: this.memberId,
        memberEpoch: this.epoch,
        instanceId: this.#options.instanceId ?? null,
        rackId: null,
        rebalanceTimeoutMs: -1,
        subscribedTopicNames: null,
        subscribedTopicRegex: null,
        serverAssignor: null,
        topicPartitions: null,
        ...changes,
      },
      caller({ version: this.#options.version ?? 1 }),
    )
  }

  hear(response: ConsumerGroupHeartbeatResponseInput): void {
    if (response.errorCode !== 0) return
    this.memberId = response.memberId ?? this.memberId
    this.epoch = response.memberEpoch ?? this.epoch
    if (response.assignment) this.assigned = assignmentOf(response.assignment.topicPartitions)
  }

  /** Gives up everything, to join anew. */
  abandon(): void {
    this.epoch = 0
    this.assigned = noPartitions
    this.owned = noPartitions
  }
}

function wire(assignment: Assignment): { topicId: string; partitions: number[] }[] {
  return topicPartitionsOf(assignment).map(({ topicId, partitions }) => ({
    topicId,
    partitions: [...partitions],
  }))
}

/** Has the clients report until nothing moves any more. */
export async function converge(...clients: readonly ConsumerClient[]): Promise<void> {
  for (let round = 0; round < 4; round++) {
    for (const client of clients) {
      await (client.epoch === 0 ? client.full() : client.heartbeat())
      await client.acknowledge()
    }
  }
}

/** Returns a coordinator that knows these topics, with so many partitions each. */
export function fixtureWith(topics: Readonly<Record<string, number>> = { t: 4 }): GroupFixture {
  const fixture = new GroupFixture()
  for (const [name, count] of Object.entries(topics)) fixture.topics.set(name, count)
  return fixture
}
