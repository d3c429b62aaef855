/**
 * A member of a consumer group in the protocol of KIP-848: it sends heartbeats, is told which
 * partitions are its own, gives up those that it shall not have any more, and says so. The
 * coordinator gives a partition to a member only once the one before has given it up.
 */

import { randomUuid } from '../../bytes/random-uuid.ts'
import { consumerGroupHeartbeat } from '../../protocol/consumer-group-heartbeat.ts'
import type {
  ConsumerGroupHeartbeatRequestInput,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/consumer-group-heartbeat.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import type { Task } from '../cluster/task.ts'
import { BrokerError, ClosedError, KafkaError } from '../failure/errors.ts'
import { isPassing, throwIfError } from '../failure/group-errors.ts'
import { CoordinatorContact } from './coordinator-contact.ts'
import type { WorkerId } from './member-order.ts'
import type { GroupIdentity } from './group-offsets.ts'
import type { CommitIdentity } from './offset-committer.ts'

export interface MembershipOptions {
  readonly group: string
  /** The name of a static member. @default none */
  readonly groupInstanceId?: string | undefined
  /** What is read, until `subscribe` says otherwise. */
  readonly topics: readonly string[]
  readonly heartbeatIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Where the member is, for who shares the partitions out. @default that is not said */
  readonly rackId?: string | undefined
  /**
   * How the partitions are shared out: with `range`, the same partitions of all topics that have as
   * many go to one member. @default as the broker likes
   */
  readonly assignor?: 'uniform' | 'range'
  /**
   * What members are sorted by with `range`: the member's id begins with it, or, in the classic
   * protocol, the member says it. @default that is random
   */
  readonly workerId?: WorkerId
}

export interface MembershipEvents {
  /** These partitions are ours from now on; resolves once they are being read. */
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>
  /** These are to be handed over; resolves once nothing is done with them any more. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>
  /** All that we had may be with others already. */
  onLost(): void
  /** The coordinator has answered, or it could not be asked. */
  onContact(): void
  /** Something that does not pass, such as a missing permission. */
  onError(error: KafkaError): void
}

type Target = readonly { readonly topicId: string; readonly partitions: readonly number[] }[]

interface OwnedPartition extends TopicPartition {
  /** A topic that was deleted and created again has another. */
  readonly topicId: string
}

/** Epoch 0 joins, -1 leaves, -2 leaves for a while: a static member. */
const joining = 0
const leaving = -1
const pausing = -2
/** From version 1 on members choose their ids themselves. */
const minVersion = 1

export class GroupMembership implements CommitIdentity {
  readonly #cluster: Cluster
  readonly #options: MembershipOptions
  readonly #events: MembershipEvents
  readonly #contact: CoordinatorContact
  readonly #memberId: string
  #topics: readonly string[]
  readonly #stopping = new AbortController()
  #epoch = joining
  #hasStarted = false
  #intervalMs: number
  /** What we shall have, as the coordinator last said. */
  #target: Target = []
  /** What we have, by topic id and partition. */
  readonly #owned = new Map<string, OwnedPartition>()
  /** What of that is being handed over, which ends though we are to keep it after all. */
  readonly #leaving = new Set<string>()
  /** Names of our topics by id. */
  readonly #names = new Map<string, string>()
  /** Counts changes of what there is to report, and how far that was done. */
  #changes = 1
  #reported = 0
  /** Counts how often all was lost. */
  #losses = 0
  #isReconciling = false
  #isSettled = false

  constructor(cluster: Cluster, options: MembershipOptions, events: MembershipEvents) {
    this.#cluster = cluster
    this.#options = options
    this.#topics = options.topics
    this.#events = events
    const { clock, random } = cluster.platform
    this.#contact = new CoordinatorContact(clock, () => events.onContact())
    const idBytes = random.bytes(16)
    if (options.workerId) idBytes.set(options.workerId.subarray(0, 8))
    this.#memberId = randomUuid(idBytes)
    this.#intervalMs = options.heartbeatIntervalMs
  }

  start(): void {
    this.#hasStarted = true
    void this.#run().finally(() => this.#contact.end())
  }

  /** Reads `topics` from now on. */
  subscribe(topics: readonly string[]): void {
    this.#topics = topics
    this.#report()
  }

  get isMember(): boolean {
    return this.#epoch > joining
  }

  /** Whether it has ever had all that it was given since it joined. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Whether the coordinator could not be asked when that was last tried. */
  get isFailing(): boolean {
    return this.#contact.isFailing
  }

  /** Who we are to the coordinator now. */
  current(): GroupIdentity {
    const { group, groupInstanceId = null } = this.#options
    return { group, groupInstanceId, memberId: this.#memberId, memberEpoch: this.#epoch }
  }

  /** Resolves after the next answer of the coordinator, which is asked at once. */
  renewed(): Promise<void> {
    return this.#contact.renewed()
  }

  /** Resolves once it is known that we are a member still, or that we are none. */
  confirmed(): Promise<void> {
    return this.#contact.confirmed(this.#options.sessionTimeoutMs)
  }

  /**
   * Leaves the group, so that others get our partitions at once, or says that a static member is
   * away; gives up after `timeoutMs`.
   */
  async leave(timeoutMs: number): Promise<void> {
    this.#stopping.abort(new ClosedError('the consumer is closed'))
    this.#contact.wake()
    this.#contact.end()
    if (!this.#hasStarted) return
    const { group, groupInstanceId } = this.#options
    const memberEpoch = groupInstanceId === undefined ? leaving : pausing
    try {
      await this.#exchange({ memberEpoch }, { timeout: timeoutMs })
    } catch (error) {
      // The coordinator will notice by itself when no heartbeats come.
      this.#cluster.logger.debug('a group could not be left', { group, error: String(error) })
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted;) {
      let pauseMs: number
      try {
        await this.#heartbeat()
        failures = 0
        const isAsked = this.#changes > this.#reported || this.#contact.isAwaited
        pauseMs = isAsked ? 0 : this.#intervalMs
      } catch (error) {
        if (signal.aborted) return
        failures++
        if (!this.#recover(error as KafkaError)) return
        // What an answer that was lost has said is asked for at once.
        const isUrgent = this.#epoch === joining || (error as KafkaError).maybeApplied
        pauseMs = isUrgent ? 0 : this.#intervalMs
        pauseMs = Math.max(pauseMs, failures > 1 ? this.#cluster.backoffMs(failures) : 0)
      }
      if (pauseMs > 0 && !signal.aborted) await this.#contact.pause(pauseMs)
    }
  }

  async #heartbeat(): Promise<void> {
    const changes = this.#changes
    const isJoining = this.#epoch === joining
    const report: Partial<ConsumerGroupHeartbeatRequestInput> = {
      // To Kafka an empty one is a mistake.
      rackId: this.#options.rackId || null,
      rebalanceTimeoutMs: this.#options.rebalanceTimeoutMs,
      serverAssignor: this.#options.assignor ?? null,
      subscribedTopicNames: this.#topics,
      topicPartitions: isJoining ? [] : this.#ownedById(),
    }
    const { sessionTimeoutMs } = this.#options
    const asked = this.#contact.now()
    const response = await this.#exchange(
      // What is left out is as before.
      { memberEpoch: this.#epoch, ...(changes > this.#reported ? report : {}) },
      // Kafka says once what a member is given, and where its answer is lost, once more only to a
      // member that says everything: the same heartbeat again would never hear of it.
      {
        // When that is over, others may have what we have.
        timeout: isJoining ? sessionTimeoutMs : this.#contact.leftMs(sessionTimeoutMs),
        signal: this.#stopping.signal,
        isRepeatable: false,
      },
    )
    this.#reported = changes
    this.#accept(response)
    this.#contact.heard(asked)
    void this.#reconcile()
  }

  #exchange(
    input: Omit<ConsumerGroupHeartbeatRequestInput, 'groupId' | 'memberId'>,
    limits: Pick<Task, 'timeout' | 'signal' | 'isRepeatable'>,
  ): Promise<ConsumerGroupHeartbeatResponse> {
    const { group, groupInstanceId: instanceId = null } = this.#options
    const action = `be a member of group '${group}'`
    const onProblem = (): void => this.#contact.failed()
    const task = { ...limits, action, target: { group }, purpose: 'groups', onProblem }
    const whole = { groupId: group, memberId: this.#memberId, instanceId, ...input }
    return this.#cluster.run(task, async ({ channel, signal }) => {
      if (!channel.supports(consumerGroupHeartbeat, minVersion)) {
        const message = `${channel.name} lacks the group protocol of KIP-848 (Apache Kafka 4.0)`
        throw new BrokerError('UNSUPPORTED_VERSION', message, { group })
      }
      const answer = await channel.request(consumerGroupHeartbeat, whole, { signal })
      throwIfError(action, { ...pick(answer), group })
      return answer
    })
  }

  #accept({ memberEpoch, heartbeatIntervalMs, assignment }: ConsumerGroupHeartbeatResponse): void {
    this.#epoch = memberEpoch
    if (heartbeatIntervalMs > 0) {
      this.#intervalMs = Math.min(heartbeatIntervalMs, this.#options.heartbeatIntervalMs)
    }
    if (assignment) this.#target = assignment.topicPartitions
  }

  /** Does what an error asks for. Returns whether to go on. */
  #recover(error: KafkaError): boolean {
    const isFenced = this.#isFenced(error)
    // Of a static member: who had the name has been killed, and its session has not ended yet.
    const isTaken = error.kafkaName === 'UNRELEASED_INSTANCE_ID'
    if (!isFenced && !isTaken && !(KafkaError.is(error) && error.retriable)) {
      this.#lose()
      this.#events.onError(error)
      return false
    }
    // What the coordinator has heard of a report that failed is not known: make it anew.
    this.#changes++
    if (isFenced || this.#contact.leftMs(this.#options.sessionTimeoutMs) === 1) this.#lose()
    else if (!isFenced) this.#contact.failed()
    const facts = { group: this.#options.group, error: error.message }
    this.#cluster.logger.warn('a heartbeat failed', facts)
    return true
  }

  #isFenced({ kafkaName }: KafkaError): boolean {
    // To one that joins it says that there is a group of another kind; to a member, that its group
    // was forgotten.
    if (kafkaName === 'GROUP_ID_NOT_FOUND') return this.isMember
    return kafkaName === 'UNKNOWN_MEMBER_ID' || kafkaName === 'FENCED_MEMBER_EPOCH'
  }

  /** Begins anew, with nothing: the coordinator has given our partitions to others, or may have. */
  #lose(): void {
    this.#losses++
    this.#owned.clear()
    this.#leaving.clear()
    this.#target = []
    this.#epoch = joining
    this.#isSettled = false
    this.#contact.lost()
    this.#events.onLost()
  }

  /** Gives up and takes over partitions until we have what we shall have. */
  async #reconcile(): Promise<void> {
    if (this.#isReconciling) return
    this.#isReconciling = true
    try {
      while (await this.#reconcileOnce());
      this.#isSettled = this.isMember
      this.#events.onContact()
    } catch (error) {
      const { group } = this.#options
      if (this.#stopping.signal.aborted) return
      if (!isPassing(error)) return this.#events.onError(error as KafkaError)
      // The next heartbeat brings us back here.
      this.#cluster.logger.warn('partitions not taken over yet', { group, error: error.message })
    } finally {
      this.#isReconciling = false
    }
  }

  /** Returns whether something was changed. */
  async #reconcileOnce(): Promise<boolean> {
    const losses = this.#losses
    const target = await this.#targetPartitions()
    if (losses !== this.#losses) return true
    for (const key of this.#owned.keys()) if (!target.has(key)) this.#leaving.add(key)
    const revoked = [...this.#owned].filter(([key]) => this.#leaving.has(key))
    if (revoked.length > 0) {
      await this.#events.onRevoked(revoked.map(([, partition]) => partition))
      if (losses !== this.#losses) return true
      for (const [key] of revoked) this.#owned.delete(key)
      this.#leaving.clear()
      this.#report()
      return true
    }
    const added = [...target].filter(([key]) => !this.#owned.has(key))
    if (added.length === 0) return false
    await this.#events.onAssigned(added.map(([, partition]) => partition))
    // What was taken over meanwhile is lost with the rest.
    if (losses !== this.#losses) return (this.#events.onLost(), true)
    for (const [key, partition] of added) this.#owned.set(key, partition)
    this.#report()
    return true
  }

  #report(): void {
    this.#changes++
    this.#contact.wake()
  }

  /** Returns what we shall have, by topic id and partition. */
  async #targetPartitions(): Promise<Map<string, OwnedPartition>> {
    this.#learnNames()
    if (this.#target.some(({ topicId }) => !this.#names.has(topicId))) {
      await this.#cluster.look(this.#topics, this.#stopping)
      this.#learnNames()
    }
    const partitions = new Map<string, OwnedPartition>()
    for (const { topicId, partitions: numbers } of this.#target) {
      const topic = this.#names.get(topicId)
      // It was deleted, or has only just been created: the next heartbeat asks again.
      if (topic === undefined) continue
      for (const partition of numbers) {
        partitions.set(`${topicId}/${partition}`, { topic, topicId, partition })
      }
    }
    return partitions
  }

  #learnNames(): void {
    for (const name of this.#topics) {
      const topic = this.#cluster.cachedTopic(name)
      if (topic) this.#names.set(topic.id, name)
    }
  }

  #ownedById(): { topicId: string; partitions: number[] }[] {
    const byId = Map.groupBy(this.#owned.values(), ({ topicId }) => topicId)
    return [...byId].map(([topicId, owned]) => ({
      topicId,
      partitions: owned.map(({ partition }) => partition),
    }))
  }
}

function pick({ errorCode, errorMessage }: ConsumerGroupHeartbeatResponse) {
  return { errorCode, errorMessage }
}
