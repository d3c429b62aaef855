/**
 * What a consumer has of its group: that it is a member, and what it commits. It is loaded where
 * there is a group, which on a web page is seldom.
 */

import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { KafkaError } from '../failure/errors.ts'
import { AutoCommit, commitProcessed, type Progress } from './auto-commit.ts'
import { GroupMembership } from './group-membership.ts'
import type { MembershipEvents, MembershipOptions } from './group-membership.ts'
import { fetchOffsets, type GroupIdentity, type GroupOffset } from './group-offsets.ts'
import { OffsetCommitter, asMember, type CommitIdentity } from './offset-committer.ts'

/** What both group protocols have in common. */
type Membership = Pick<
  GroupMembership,
  | 'start'
  | 'subscribe'
  | 'isMember'
  | 'isSettled'
  | 'isFailing'
  | 'current'
  | 'renewed'
  | 'confirmed'
  | 'leave'
>

export class ConsumerGroup implements CommitIdentity {
  readonly #cluster: Cluster
  #options: MembershipOptions
  readonly #events: MembershipEvents
  #membership: Membership
  #isClassic = false
  #hasLeft = false
  readonly committer: OffsetCommitter
  readonly #autoCommit: AutoCommit

  constructor(cluster: Cluster, options: MembershipOptions, events: MembershipEvents) {
    this.#cluster = cluster
    this.#options = options
    this.#events = events
    this.#membership = new GroupMembership(cluster, options, {
      ...events,
      onError: (error) => void this.#tryClassic(error),
    })
    this.committer = new OffsetCommitter(cluster, this)
    this.#autoCommit = new AutoCommit(cluster.platform.clock)
  }

  /** Whether the coordinator has let us in. */
  get isMember(): boolean {
    return this.#membership.isMember
  }

  /** Whether it has ever had all that it was given since it was let in. */
  get isSettled(): boolean {
    return this.#membership.isSettled
  }

  /** Whether it gives out partitions of topics by their ids, not of whichever has the name. */
  get knowsTopicIds(): boolean {
    return !this.#isClassic
  }

  /** Whether the coordinator could not be asked when that was last tried. */
  get isFailing(): boolean {
    return this.#membership.isFailing
  }

  current(): GroupIdentity {
    return this.#membership.current()
  }

  renewed(): Promise<void> {
    return this.#membership.renewed()
  }

  confirmed(): Promise<void> {
    return this.#membership.confirmed()
  }

  join(): void {
    this.#membership.start()
  }

  /** Reads `topics` from now on; what it has of others is given up, as is asked of it. */
  subscribe(topics: readonly string[]): void {
    this.#options = { ...this.#options, topics }
    this.#membership.subscribe(topics)
  }

  /** Returns what the group has committed; partitions without a commit are left out. */
  async committed(partitions: readonly TopicPartition[]): Promise<GroupOffset[]> {
    return asMember(this, (identity) =>
      // Who sees records of open transactions is not to read again what one has processed.
      fetchOffsets(this.#cluster, identity, { partitions, requireStable: true }),
    )
  }

  /** Commits what of `partitions` was processed, from now on and until it leaves. */
  commitRegularly(everyMs: number, partitions: () => readonly Progress[]): void {
    this.#autoCommit.start(everyMs, partitions)
  }

  /** Begins to commit what of `partitions` was processed. */
  commitProcessed(partitions: readonly Progress[]): void {
    commitProcessed(partitions)
  }

  /** Leaves once the commits that are under way have ended: once `hurried`, right behind them. */
  async leave(timeoutMs: number, hurried?: Promise<void>): Promise<void> {
    this.#hasLeft = true
    this.#autoCommit.stop()
    const settled = this.committer.settled()
    await Promise.race([settled, hurried?.then(() => this.committer.hurry()) ?? settled])
    this.committer.close()
    await this.#membership.leave(timeoutMs)
  }

  /** A broker that lacks KIP-848, or has it switched off, has the protocol from before. */
  async #tryClassic(error: KafkaError): Promise<void> {
    const isLacking = error.kafkaName === 'UNSUPPORTED_VERSION' && !this.#isClassic
    if (!isLacking) return this.#events.onError(error)
    this.#isClassic = true
    try {
      const { ClassicMembership } = await import('./classic-membership.ts')
      if (this.#hasLeft) return
      this.#membership = new ClassicMembership(this.#cluster, this.#options, this.#events)
      this.#membership.start()
    } catch (cause) {
      this.#events.onError(cause as KafkaError)
    }
  }
}
