/**
 * Runs one KIP-848 group: it has the decisions of `consumer-*.ts` stored, makes them the group's
 * state, and removes members that stay silent or do not give up what they must.
 *
 * One writer: only this changes the group.
 */

import { LogError } from '../../log/log-error.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput,
} from '../../protocol/consumer-group-heartbeat.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { topicPartitionsOf } from './assignment.ts'
import {
  applyEvents,
  consumerGroupState,
  type ConsumerGroup,
  type ConsumerGroupEvent,
  type ConsumerMember,
} from './consumer-group.ts'
import { recordOf } from './consumer-group-log.ts'
import { decideHeartbeat } from './consumer-heartbeat.ts'
import { decideLeave, decideRemoval } from './consumer-leave.ts'
import { isLeaving } from './consumer-request.ts'
import { SubscribedTopics } from './consumer-topics.ts'
import { Deadlines } from '../deadlines.ts'
import type { Caller, GroupParts } from './group-parts.ts'
import { newUuid } from './member-id.ts'

export class ConsumerGroupRunner {
  readonly #parts: GroupParts
  readonly #sessions: Deadlines
  /** Until when members must have given up what they were asked to. */
  readonly #revocations: Deadlines
  #group: ConsumerGroup
  /** The version of the topics when the group last looked at them. */
  #topicsVersion = Number.NaN

  constructor(group: ConsumerGroup, parts: GroupParts) {
    this.#group = group
    this.#parts = parts
    this.#sessions = new Deadlines(parts.clock)
    this.#revocations = new Deadlines(parts.clock)
  }

  get group(): ConsumerGroup {
    return this.#group
  }

  /** Whether nothing was stored of the group. */
  get isBlank(): boolean {
    return this.#group.epoch === 0
  }

  /** Starts the sessions of members that were loaded: they have one session to go on. */
  start(): void {
    for (const member of this.#group.members.values()) {
      this.#startSession(member.memberId)
      this.#watchRevocation(member)
    }
  }

  /** @throws RequestError */
  heartbeat(
    request: ConsumerGroupHeartbeatRequest,
    caller: Caller,
  ): ConsumerGroupHeartbeatResponseInput {
    if (isLeaving(request)) return this.#leave(request)
    const { clock, topics, options, random } = this.#parts
    const memberId = request.memberId || newUuid(random)
    const { version } = topics
    const decision = decideHeartbeat(
      this.#group,
      { ...request, memberId },
      {
        topics: new SubscribedTopics(topics),
        haveTopicsChanged: version !== this.#topicsVersion,
        nowMs: clock.now(),
        clientId: caller.clientId,
        clientHost: caller.clientHost,
        maxSize: options.consumerMaxSize,
      },
    )
    this.#settle(decision.events, decision.group)
    this.#topicsVersion = version
    this.#startSession(memberId)
    const { member, showsAssignment } = decision
    const topicPartitions = topicPartitionsOf(member.assigned)
    return {
      errorCode: errorCodes.NONE,
      memberId,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: options.consumerHeartbeatIntervalMs,
      assignment: showsAssignment ? { topicPartitions } : null,
    }
  }

  close(): void {
    this.#sessions.cancelAll()
    this.#revocations.cancelAll()
  }

  #leave(request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponseInput {
    const { memberId, memberEpoch } = request
    const events = decideLeave(this.#group, request, new SubscribedTopics(this.#parts.topics))
    this.#settle(events, applyEvents(this.#group, events))
    return { errorCode: errorCodes.NONE, memberId, memberEpoch }
  }

  /** Makes `next`, which `events` lead to, the state. @throws LogError where that is not stored */
  #settle(events: readonly ConsumerGroupEvent[], next: ConsumerGroup): void {
    if (events.length === 0) return
    const { journal, logger } = this.#parts
    const { groupId } = next
    const records = events.map((event) => recordOf(groupId, event))
    journal.append(groupId, records)
    const previous = this.#group
    this.#group = next
    if (next.epoch !== previous.epoch) {
      const { epoch, members } = next
      const state = consumerGroupState(next)
      logger.info('group has a new epoch', { groupId, epoch, state, memberCount: members.size })
    }
    this.#sessions.cancelUnless((memberId) => next.members.has(memberId))
    this.#revocations.cancelUnless((memberId) => next.members.has(memberId))
    for (const event of events) {
      if (event.type === 'progress') this.#watchRevocation(next.members.get(event.memberId)!)
    }
  }

  #startSession(memberId: string): void {
    this.#sessions.set(memberId, this.#parts.options.consumerSessionTimeoutMs, () =>
      this.#remove(memberId, 'was silent for the length of its session'),
    )
  }

  #watchRevocation({ memberId, state, subscription }: ConsumerMember): void {
    if (state !== 'unrevoked') {
      this.#revocations.cancel(memberId)
      return
    }
    this.#revocations.set(memberId, subscription.rebalanceTimeoutMs, () =>
      this.#remove(memberId, 'did not give up its partitions in time'),
    )
  }

  #remove(memberId: string, reason: string): void {
    const { groupId } = this.#group
    const { logger, topics } = this.#parts
    logger.info(`group member ${reason}`, { groupId, memberId })
    const events = decideRemoval(this.#group, memberId, new SubscribedTopics(topics))
    try {
      this.#settle(events, applyEvents(this.#group, events))
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      logger.error('group could not be stored', { groupId, error })
    }
  }
}
