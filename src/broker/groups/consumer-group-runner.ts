/**
 * Runs one KIP-848 group: it has the decisions of `consumer-*.ts` stored, makes them the group's
 * state, and removes members that stay silent or do not give up what they must.
 *
 * One writer: only this changes the group.
 */

import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput,
} from '../../protocol/consumer-group-heartbeat.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { StateRecord } from '../state-log.ts'
import { topicPartitionsOf, type Assignment } from './assignment.ts'
import type { ClassicGroup } from './classic-group.ts'
import { ClassicMembers } from './consumer-classic-members.ts'
import {
  applyEvents,
  awayEpoch,
  consumerGroupState,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
} from './consumer-group.ts'
import { recordOf } from './consumer-group-log.ts'
import { decideHeartbeat } from './consumer-heartbeat.ts'
import { decideAbsence, decideRemoval, leavingMember } from './consumer-leave.ts'
import { isLeaving } from './consumer-request.ts'
import { SubscribedTopics } from './consumer-topics.ts'
import { decideDowngrade } from './group-downgrade.ts'
import type { Deadlines } from '../deadlines.ts'
import { deadlinesOf, type Caller, type GroupParts } from './group-parts.ts'
import { PatternRights } from './pattern-rights.ts'
import { newUuid } from './member-id.ts'

export interface Surroundings {
  /** Records that have to be stored first: those of the classic group that this one was. */
  readonly predecessor?: readonly StateRecord[]
  /** Called when a classic group takes the place of this one. @throws LogError */
  readonly onDowngrade: (to: ClassicGroup) => void
}

export class ConsumerGroupRunner {
  readonly kind = 'consumer'
  /** Serves members that speak the classic protocol. */
  readonly classicMembers: ClassicMembers
  readonly #parts: GroupParts
  readonly #onDowngrade: (to: ClassicGroup) => void
  readonly #sessions: Deadlines
  /** Until when members must have given up what they were asked to. */
  readonly #revocations: Deadlines
  readonly #rights = new PatternRights()
  /** What members said last that they have. */
  readonly #owned = new Map<string, Assignment>()
  #predecessor: readonly StateRecord[]
  #group: ConsumerGroup
  /** The version of the topics when the group last looked at them. */
  #topicsVersion = Number.NaN

  constructor(group: ConsumerGroup, parts: GroupParts, surroundings: Surroundings) {
    this.#group = group
    this.#parts = parts
    this.#onDowngrade = surroundings.onDowngrade
    this.#predecessor = surroundings.predecessor ?? []
    this.#sessions = deadlinesOf(group.groupId, parts)
    this.#revocations = deadlinesOf(group.groupId, parts)
    this.classicMembers = new ClassicMembers(this, parts)
  }

  get group(): ConsumerGroup {
    return this.#group
  }

  get haveTopicsChanged(): boolean {
    return this.#parts.topics.version !== this.#topicsVersion
  }

  /** Finds the topics of members, as they are now. */
  subscribedTopics(): SubscribedTopics {
    return new SubscribedTopics(this.#parts.topics, this.#rights)
  }

  /** Starts the sessions of members that were loaded: they have one session to go on. */
  start(): void {
    for (const member of this.#group.members.values()) {
      this.startSession(member.memberId)
      this.#watchRevocation(member)
    }
  }

  /** @throws RequestError */
  heartbeat(
    request: ConsumerGroupHeartbeatRequest,
    caller: Caller,
  ): ConsumerGroupHeartbeatResponseInput {
    if (isLeaving(request)) return this.#leave(request)
    const { clock, options, random } = this.#parts
    const memberId = request.memberId || newUuid(random)
    this.#learnRights(memberId, request, caller)
    const decision = decideHeartbeat(
      this.#group,
      { ...request, memberId },
      {
        topics: this.subscribedTopics(),
        haveTopicsChanged: this.haveTopicsChanged,
        nowMs: clock.now(),
        clientId: caller.clientId,
        clientHost: caller.clientHost,
        maxSize: options.consumerMaxSize,
        lastOwned: this.#owned.get(memberId),
      },
    )
    this.settleFor(memberId, decision.events, decision.group)
    if (decision.owned) this.#owned.set(memberId, decision.owned)
    this.topicsSeen()
    this.startSession(memberId)
    const { member, showsAssignment } = decision
    const topicPartitions = topicPartitionsOf(member.assigned)
    return {
      errorCode: errorCodes.NONE,
      memberId,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.#parts.sessionOf(this.#group.groupId).heartbeatIntervalMs,
      assignment: showsAssignment ? { topicPartitions } : null,
    }
  }

  close(): void {
    this.#sessions.cancelAll()
    this.#revocations.cancelAll()
    this.classicMembers.close()
  }

  /** Makes `next`, which `events` lead to, the state. @throws LogError where that is not stored */
  settle(events: readonly ConsumerGroupEvent[], next: ConsumerGroup): void {
    if (events.length === 0) return
    const { journal, logger } = this.#parts
    const { groupId } = next
    const records = events.map((event) => recordOf(groupId, event))
    journal.append(groupId, [...this.#predecessor, ...records])
    this.#predecessor = []
    const previous = this.#group
    this.#group = next
    if (next.epoch !== previous.epoch) {
      const { epoch, members } = next
      const state = consumerGroupState(next)
      logger.info('group has a new epoch', { groupId, epoch, state, memberCount: members.size })
    }
    this.#sessions.cancelUnless((memberId) => next.members.has(memberId))
    this.#revocations.cancelUnless((memberId) => next.members.has(memberId))
    this.classicMembers.cancelUnless((memberId) => next.members.has(memberId))
    this.#rights.forgetUnless((memberId) => next.members.has(memberId))
    for (const memberId of this.#owned.keys()) {
      if (!next.members.has(memberId)) this.#owned.delete(memberId)
    }
    for (const event of events) {
      if (event.type === 'progress') this.#watchRevocation(next.members.get(event.memberId))
    }
  }

  /** The member is alive, also where the log refuses what comes of that. @throws LogError */
  settleFor(memberId: string, events: readonly ConsumerGroupEvent[], next: ConsumerGroup): void {
    try {
      this.settle(events, next)
    } catch (error) {
      if (this.#group.members.has(memberId)) this.startSession(memberId)
      throw error
    }
  }

  topicsSeen(): void {
    this.#topicsVersion = this.#parts.topics.version
  }

  startSession(memberId: string): void {
    const { classic } = this.#group.members.get(memberId)!.subscription
    const timeoutMs =
      classic?.sessionTimeoutMs ?? this.#parts.sessionOf(this.#group.groupId).sessionTimeoutMs
    this.#sessions.set(memberId, timeoutMs, () =>
      this.expire(memberId, 'was silent for the length of its session'),
    )
  }

  /** Removes members. Where only those of the classic protocol stay, they go on as such a group. */
  remove(memberIds: ReadonlySet<string>): void {
    const { topics, options, clock } = this.#parts
    const nowMs = clock.now()
    const facts = { topics, options, nowMs }
    const classic = decideDowngrade(this.#group, (memberId) => memberIds.has(memberId), facts)
    if (classic) {
      this.downgrade(classic)
      return
    }
    const removal = { topics: this.subscribedTopics(), nowMs }
    const events = decideRemoval(this.#group, memberIds, removal)
    this.settle(events, applyEvents(this.#group, events))
  }

  downgrade(to: ClassicGroup): void {
    this.#onDowngrade(to)
  }

  expire(memberId: string, reason: string): void {
    const { groupId } = this.#group
    this.remove(new Set([memberId]))
    this.#parts.logger.info('group loses a member', { groupId, memberId, reason })
  }

  #learnRights(
    memberId: string,
    { subscribedTopicRegex }: ConsumerGroupHeartbeatRequest,
    { maySee }: Caller,
  ): void {
    const { members } = this.#group
    const pattern = subscribedTopicRegex ?? members.get(memberId)?.subscription.topicRegex
    if (!pattern || !maySee) return
    const isNews = this.#rights.learn(pattern, { memberId, maySee }, (id) => members.has(id))
    if (isNews) this.#topicsVersion = Number.NaN
  }

  #leave(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponseInput {
    const { memberId, memberEpoch } = request
    if (memberEpoch === awayEpoch) {
      const events = decideAbsence(this.#group, request)
      this.settle(events, applyEvents(this.#group, events))
    } else {
      this.remove(new Set([leavingMember(this.#group, request).memberId]))
    }
    return { errorCode: errorCodes.NONE, memberId, memberEpoch }
  }

  /** One that speaks the classic protocol is told to join again, and has so long for that. */
  #watchRevocation(member: ConsumerMember | undefined): void {
    if (!member) return
    const { memberId, state, subscription, epoch } = member
    // One that is away has nothing to give up any more.
    if (state !== 'unrevoked' || subscription.classic || epoch === awayEpoch) {
      this.#revocations.cancel(memberId)
      return
    }
    this.#revocations.set(memberId, subscription.rebalanceTimeoutMs, () =>
      this.expire(memberId, 'did not give up its partitions in time'),
    )
  }
}
