/**
 * A member of a consumer group in the classic protocol, for brokers without KIP-848: the members
 * choose a leader, which shares the partitions out. With `cooperative-sticky` a member keeps what
 * it has while the group is rebalanced, gives up what it shall not have any more, and joins again
 * so that others can have it (KIP-429); with `range` it gives up everything first.
 */

import { groupErrors } from '../../protocol/group-errors.ts'
import { heartbeat } from '../../protocol/heartbeat.ts'
import { joinGroup, type JoinGroupResponse } from '../../protocol/join-group.ts'
import { leaveGroup } from '../../protocol/leave-group.ts'
import { syncGroup } from '../../protocol/sync-group.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { keyOf, type TopicPartition } from '../cluster/offset-lookup.ts'
import { TopicWatch } from '../cluster/topic-watch.ts'
import { ClosedError, KafkaError } from '../failure/errors.ts'
import { isPassing, throwIfError } from '../failure/group-errors.ts'
import { delay } from '../failure/retry.ts'
import { assignmentsOf, countPartitions, decodeAssignment } from './classic-leader.ts'
import { encodeSubscription, partitionsFor, type PartitionCounts } from './classic-leader.ts'
import { CoordinatorContact, type Moment } from './coordinator-contact.ts'
import type { MembershipEvents, MembershipOptions } from './group-membership.ts'
import type { GroupIdentity } from './group-offsets.ts'
import type { CommitIdentity } from './offset-committer.ts'

const protocolType = 'consumer'
/** By how partitions are to be shared out; the first that all members have is used. */
const protocolNames = {
  uniform: ['cooperative-sticky', 'range'],
  range: ['cooperative-range', 'range'],
}
const eager = 'range'
/** A join is answered when all members have joined, or this much later. */
const joinGraceMs = 5000
const lostErrors: ReadonlySet<string | undefined> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
])

export class ClassicMembership implements CommitIdentity {
  readonly #cluster: Cluster
  readonly #options: MembershipOptions
  readonly #events: MembershipEvents
  readonly #contact: CoordinatorContact
  /** A join that waits for others blocks its connection. */
  readonly #purpose: string
  readonly #stopping = new AbortController()
  #topics: readonly string[]
  /** What we have shared out as the leader. */
  #shared: PartitionCounts | undefined
  readonly #watch: TopicWatch
  #memberId = ''
  #generation = -1
  #isEager = false
  #mustJoin = true
  readonly #owned = new Map<string, TopicPartition>()
  /** What of that is being handed over, which ends though we are to keep it after all. */
  readonly #leaving = new Set<string>()
  /** Counts how often all was lost. */
  #losses = 0
  /** Whether partitions are being given up or taken over. */
  #isReconciling = false
  #isSettled = false

  constructor(cluster: Cluster, options: MembershipOptions, events: MembershipEvents) {
    this.#cluster = cluster
    this.#options = options
    this.#topics = options.topics
    this.#events = events
    const { clock, random } = cluster.platform
    this.#contact = new CoordinatorContact(clock, () => events.onContact())
    this.#watch = new TopicWatch(cluster, (error) => events.onError(error))
    this.#purpose = `group ${options.group} ${Math.floor(random.number() * 2 ** 48)}`
  }

  start(): void {
    void this.#run().finally(() => this.#contact.end())
    this.#watch.start(() => this.#lookAgain())
  }

  /** Reads `topics` from now on. */
  subscribe(topics: readonly string[]): void {
    this.#topics = topics
    this.#mustJoin = true
    this.#contact.wake()
  }

  get isMember(): boolean {
    return this.#generation >= 0
  }

  /** Whether it has ever had all that it was given since it joined. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Whether the coordinator could not be asked when that was last tried. */
  get isFailing(): boolean {
    return this.#contact.isFailing
  }

  current(): GroupIdentity {
    const { group, groupInstanceId = null } = this.#options
    return { group, groupInstanceId, memberId: this.#memberId, memberEpoch: this.#generation }
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
   * Leaves the group, so that others get our partitions at once; gives up after `timeoutMs`. A
   * static member says nothing: it may come again.
   */
  async leave(timeoutMs: number): Promise<void> {
    this.#stopping.abort(new ClosedError('the consumer is closed'))
    this.#watch.close()
    this.#contact.wake()
    this.#contact.end()
    const { group, groupInstanceId } = this.#options
    const memberId = this.#memberId
    if (memberId !== '' && groupInstanceId === undefined) {
      const input = { groupId: group, memberId, members: [{ memberId }] }
      const action = `leave group '${group}'`
      // A join that still waits blocks the connection that it was sent on.
      const task = { action, target: { group }, purpose: 'groups', timeout: timeoutMs }
      try {
        await this.#cluster.run(task, async ({ channel, signal }) => {
          throwIfError(action, await channel.request(leaveGroup, input, { signal }))
        })
      } catch (error) {
        // The coordinator will notice by itself when no heartbeats come.
        this.#cluster.logger.debug('a group could not be left', { group, error: String(error) })
      }
    }
    this.#cluster.closePurpose(this.#purpose)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted;) {
      let pauseMs = this.#options.heartbeatIntervalMs
      const asked = this.#contact.now()
      try {
        if (this.#mustJoin && this.#canJoin()) await this.#join(signal)
        else if (this.isMember) await this.#heartbeat(signal)
        failures = 0
        if (this.isMember && this.#contact.isAwaited) pauseMs = 0
      } catch (error) {
        if (signal.aborted) return
        failures++
        if (!this.#recover(error as KafkaError, asked)) return
        if (failures > 1) await this.#contact.pause(this.#cluster.backoffMs(failures))
      }
      if (this.#mustJoin && !this.#isReconciling) pauseMs = 0
      if (pauseMs > 0 && !signal.aborted) await this.#contact.pause(pauseMs)
    }
  }

  /** Whether nothing has to be given up first; begins with it otherwise. */
  #canJoin(): boolean {
    if (this.#isReconciling) return false
    if (!this.#isEager || this.#owned.size === 0) return true
    this.#isSettled = false
    void this.#reconcile([])
    return false
  }

  async #heartbeat(signal: AbortSignal): Promise<void> {
    const { group, sessionTimeoutMs, groupInstanceId = null } = this.#options
    const action = `be a member of group '${group}'`
    // When that is over, others may have what we have.
    const timeout = this.#contact.leftMs(sessionTimeoutMs)
    const member = { memberId: this.#memberId, groupInstanceId }
    const input = { groupId: group, generationId: this.#generation, ...member }
    const onProblem = (): void => this.#contact.failed()
    const task = { action, target: { group }, purpose: this.#purpose, timeout, signal, onProblem }
    const asked = this.#contact.now()
    await this.#cluster.run(task, async ({ channel, signal }) => {
      throwIfError(action, { ...(await channel.request(heartbeat, input, { signal })), group })
    })
    this.#contact.heard(asked)
  }

  async #join(signal: AbortSignal): Promise<void> {
    const losses = this.#losses
    const topics = this.#topics
    const joined = await this.#joinOnce(signal)
    if (!joined) return
    this.#memberId = joined.memberId
    const { group, groupInstanceId = null, sessionTimeoutMs: timeout } = this.#options
    const protocolName = joined.protocolName ?? eager
    const { members, skipAssignment } = joined
    const isLeader = joined.leader === joined.memberId
    this.#shared = isLeader ? await partitionsFor(this.#cluster, members, signal) : undefined
    const assignments =
      this.#shared && !skipAssignment ? assignmentsOf(protocolName, members, this.#shared) : []
    const action = `be given partitions by group '${group}'`
    const { memberId, generationId } = joined
    const member = { memberId, groupInstanceId }
    const identity = { groupId: group, ...member, generationId, protocolType, protocolName }
    const task = { action, target: { group }, purpose: this.#purpose, timeout, signal }
    const asked = this.#contact.now()
    const answer = await this.#cluster.run(task, async ({ channel, signal }) => {
      const answer = await channel.request(syncGroup, { ...identity, assignments }, { signal })
      throwIfError(action, { errorCode: answer.errorCode, group })
      return answer
    })
    if (losses !== this.#losses) return
    this.#generation = generationId
    this.#isEager = protocolName === eager
    // It may have subscribed to others meanwhile.
    this.#mustJoin = topics !== this.#topics
    this.#contact.heard(asked)
    const isOurs = ({ topic }: TopicPartition): boolean => topics.includes(topic)
    void this.#reconcile(decodeAssignment(answer.assignment).filter(isOurs))
  }

  /** As the leader, has partitions shared out again where there are others now. */
  async #lookAgain(): Promise<void> {
    const shared = this.#shared
    if (!shared || this.#mustJoin) return
    const counts = await countPartitions(this.#cluster, [...shared.keys()], this.#stopping.signal)
    const isAsShared = [...counts].every(([topic, count]) => shared.get(topic) === count)
    if (isAsShared || shared !== this.#shared) return
    this.#mustJoin = true
    this.#contact.wake()
  }

  /** Returns nothing where the coordinator wants us to come back with the id that it gives. */
  async #joinOnce(signal: AbortSignal): Promise<JoinGroupResponse | undefined> {
    const { group, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const { assignor = 'uniform', workerId, rackId, groupInstanceId = null } = this.#options
    const action = `join group '${group}'`
    const owned = [...this.#owned.values()]
    const metadata = encodeSubscription(this.#topics, owned, {
      generationId: this.#generation,
      rackId,
      ...(workerId ? { workerId } : {}),
    })
    const input = {
      groupId: group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId,
      protocolType,
      protocols: protocolNames[assignor].map((name) => ({ name, metadata })),
    }
    const timeout = rebalanceTimeoutMs + joinGraceMs
    const task = { action, target: { group }, purpose: this.#purpose, timeout, signal }
    return this.#cluster.run(task, async ({ channel, signal }) => {
      const options = { signal, timeoutMs: timeout }
      const answer = await channel.request(joinGroup, input, options)
      const error = { errorCode: answer.errorCode, group }
      if (this.#memberId === '' && answer.memberId !== '') this.#memberId = answer.memberId
      // KIP-394: the first join is only for an id.
      if (answer.errorCode === groupErrors.MEMBER_ID_REQUIRED) return undefined
      throwIfError(action, error)
      return answer
    })
  }

  /** Does what an error asks for. Returns whether to go on. */
  #recover(error: KafkaError, asked: Moment): boolean {
    const isLost = lostErrors.has(error.kafkaName)
    if (error.kafkaName === 'REBALANCE_IN_PROGRESS') {
      this.#mustJoin = true
      this.#contact.heard(asked)
      return true
    }
    if (!isLost && !(KafkaError.is(error) && error.retriable)) {
      this.#lose()
      this.#events.onError(error)
      return false
    }
    if (error.kafkaName === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
    if (isLost || this.#contact.leftMs(this.#options.sessionTimeoutMs) === 1) this.#lose()
    else this.#contact.failed()
    const facts = { group: this.#options.group, error: error.message }
    this.#cluster.logger.warn('a heartbeat failed', facts)
    return true
  }

  /** Begins anew, with nothing: the group has given our partitions to others, or may have. */
  #lose(): void {
    this.#losses++
    this.#owned.clear()
    this.#leaving.clear()
    this.#generation = -1
    this.#shared = undefined
    this.#mustJoin = true
    this.#isSettled = false
    this.#contact.lost()
    this.#events.onLost()
  }

  /** Gives up what is not in `target`, and takes over what is. */
  async #reconcile(target: readonly TopicPartition[]): Promise<void> {
    this.#isReconciling = true
    const losses = this.#losses
    try {
      const wanted = new Map(target.map((place) => [keyOf(place), place]))
      for (const key of this.#owned.keys()) if (!wanted.has(key)) this.#leaving.add(key)
      const revoked = [...this.#owned].filter(([key]) => this.#leaving.has(key))
      if (revoked.length > 0) {
        await this.#events.onRevoked(revoked.map(([, place]) => place))
        if (losses !== this.#losses) return
        for (const [key] of revoked) this.#owned.delete(key)
        this.#leaving.clear()
        // Others get them only once we have said so.
        this.#mustJoin = true
      }
      const added = [...wanted].filter(([key]) => !this.#owned.has(key))
      if (added.length > 0) {
        await this.#events.onAssigned(added.map(([, place]) => place))
        // What was taken over meanwhile is lost with the rest.
        if (losses !== this.#losses) return this.#events.onLost()
        for (const [key, place] of added) this.#owned.set(key, place)
      }
      // Who has given up everything is waiting again.
      if (!this.#isEager || !this.#mustJoin) this.#isSettled = this.isMember
      this.#events.onContact()
    } catch (error) {
      const { signal } = this.#stopping
      if (signal.aborted) return
      if (!isPassing(error)) return this.#events.onError(error as KafkaError)
      const { group } = this.#options
      const { logger, platform } = this.#cluster
      logger.warn('partitions not taken over yet', { group, error: error.message })
      // What is not taken over is asked for again, which has the whole group rebalanced.
      const { clock } = platform
      await delay(this.#options.heartbeatIntervalMs, clock, signal).catch(() => undefined)
      this.#mustJoin = true
    } finally {
      this.#isReconciling = false
      this.#contact.wake()
    }
  }
}
