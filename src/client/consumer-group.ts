/**
 * What a consumer has of its group: that it is a member, and what it commits. It is loaded where
 * there is a group, which on a web page is seldom.
 */

import type { Cluster } from './cluster.ts'
import { KafkaError } from './errors.ts'
import { GroupMembership } from './group-membership.ts'
import type { MembershipEvents, MembershipOptions } from './group-membership.ts'
import { fetchOffsets, type GroupOffset } from './group-offsets.ts'
import { OffsetCommitter } from './offset-committer.ts'
import type { Isolation, TopicPartition } from './offset-lookup.ts'

export interface ConsumerGroupOptions extends MembershipOptions {
  readonly isolation: Isolation
}

/** An epoch may grow while we ask; hardly ever several times in a row. */
const staleAttempts = 4

export class ConsumerGroup {
  readonly #cluster: Cluster
  readonly #isolation: Isolation
  readonly #membership: GroupMembership
  readonly committer: OffsetCommitter

  constructor(cluster: Cluster, options: ConsumerGroupOptions, events: MembershipEvents) {
    this.#cluster = cluster
    this.#isolation = options.isolation
    this.#membership = new GroupMembership(cluster, options, events)
    this.committer = new OffsetCommitter(cluster, this.#membership)
  }

  /** Whether the coordinator has let us in. */
  get isMember(): boolean {
    return this.#membership.isMember
  }

  join(): void {
    this.#membership.start()
  }

  /** Returns what the group has committed; partitions without a commit are left out. */
  async committed(partitions: readonly TopicPartition[]): Promise<GroupOffset[]> {
    const requireStable = this.#isolation === 'read_committed'
    for (let attempt = 1; ; attempt++) {
      const identity = this.#membership.current()
      try {
        return await fetchOffsets(this.#cluster, identity, { partitions, requireStable })
      } catch (error) {
        const isStale = KafkaError.is(error) && error.kafkaName === 'STALE_MEMBER_EPOCH'
        if (!isStale || attempt === staleAttempts) throw error
        await this.#membership.renewed()
      }
    }
  }

  /** Leaves once the commits that are under way have ended. */
  async leave(timeoutMs: number): Promise<void> {
    await this.committer.settled()
    this.committer.close()
    await this.#membership.leave(timeoutMs)
  }
}
