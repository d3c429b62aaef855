/**
 * Runs one classic group: it has the decisions of `classic-*.ts` stored, makes them the group's
 * state, answers who waits, and watches over sessions and the timers of a rebalance.
 *
 * One writer: only this changes the group.
 */

import { LogError } from '../../log/log-error.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { JoinGroupRequest, JoinGroupResponseInput } from '../../protocol/join-group.ts'
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../protocol/sync-group.ts'
import type { ClassicTimer, Outcome } from './classic-draft.ts'
import { checkGeneration, memberOf, type ClassicGroup, type Ticket } from './classic-group.ts'
import { recordOf } from './classic-group-log.ts'
import { decideJoin } from './classic-join.ts'
import { decideDrop, decideExpiry, decideLeave, type Leaver } from './classic-leave.ts'
import {
  decideInitialTimer,
  decideJoinTimer,
  decideRebalance,
  decideSyncTimer,
  type RebalanceFacts,
} from './classic-rebalance.ts'
import type { ClassicProtocol } from './classic-protocol.ts'
import { decideSync } from './classic-sync.ts'
import type { Deadlines } from '../deadlines.ts'
import { RequestError } from '../request-error.ts'
import { deadlinesOf, type Caller, type GroupParts } from './group-parts.ts'
import { newMemberId } from './member-id.ts'
import { WaitingAnswers } from './waiting-answers.ts'

/** The one timer of the group that is no member's; no member id is empty. */
const groupTimer = ''

export class ClassicGroupRunner implements ClassicProtocol {
  readonly kind = 'classic'
  readonly #parts: GroupParts
  readonly #onBlank: () => void
  readonly #deadlines: Deadlines
  readonly #joins = new WaitingAnswers<JoinGroupResponseInput>()
  readonly #syncs = new WaitingAnswers<SyncGroupResponseInput>()
  #group: ClassicGroup

  /** Calls `onBlank` when the group need not be kept any more. */
  constructor(group: ClassicGroup, parts: GroupParts, onBlank: () => void) {
    this.#group = group
    this.#parts = parts
    this.#onBlank = onBlank
    this.#deadlines = deadlinesOf(group.groupId, parts)
  }

  get group(): ClassicGroup {
    return this.#group
  }

  /** Whether there is nothing in the group that anybody could ask for later. */
  get isBlank(): boolean {
    const { state, generation, pendingJoins } = this.#group
    return state === 'Empty' && generation === 0 && pendingJoins.size === 0
  }

  /**
   * Starts the sessions of members that come from elsewhere, such as the log: they have one session
   * to come back. Where they have no leader they must agree on a new assignment; where they are
   * more than there may be now, some of them must go.
   */
  start(): void {
    const { members, leader } = this.#group
    for (const { memberId, sessionTimeoutMs } of members.values()) {
      this.#startSession(memberId, sessionTimeoutMs)
    }
    const isWithoutLeader = members.size > 0 && leader === null
    if (!isWithoutLeader && members.size <= this.#parts.options.maxSize) return
    this.#attempt(() => decideRebalance(this.#group, this.#facts()))
  }

  /** @throws RequestError */
  join(request: JoinGroupRequest, caller: Caller): Promise<JoinGroupResponseInput> {
    const ticket: Ticket = Symbol(request.memberId)
    const { version, clientId, clientHost } = caller
    const { groupInstanceId: instanceId, sessionTimeoutMs } = request
    // Before version 1 the session timeout stood for both (KIP-62).
    const rebalanceTimeoutMs = version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs
    const acceptsMemberId = version >= 4
    const facts = {
      ...this.#facts(),
      maxSize: this.#parts.options.maxSize,
      newMemberId: newMemberId(instanceId ?? clientId, this.#parts.random),
    }
    const known = { ...request, instanceId, clientId, clientHost, rebalanceTimeoutMs, ticket }
    const joining = { ...known, acceptsMemberId, acceptsSkipping: version >= 9 }
    return this.#wait(this.#joins, ticket, caller, () => decideJoin(this.#group, joining, facts))
  }

  /** @throws RequestError */
  sync(request: SyncGroupRequest, caller: Caller): Promise<SyncGroupResponseInput> {
    const ticket: Ticket = Symbol(request.memberId)
    const { groupInstanceId: instanceId, generationId: generation } = request
    const assignments = new Map(
      request.assignments.map(({ memberId, assignment }) => [memberId, assignment]),
    )
    const syncing = { ...request, instanceId, generation, assignments, ticket }
    return this.#wait(this.#syncs, ticket, caller, () =>
      decideSync(this.#group, syncing, this.#parts.clock.now()),
    )
  }

  /** @throws RequestError */
  heartbeat(memberId: string, instanceId: string | null, generation: number): void {
    const member = memberOf(this.#group, memberId, instanceId)
    checkGeneration(this.#group, generation)
    this.#startSession(memberId, member.sessionTimeoutMs)
    if (this.#group.state === 'PreparingRebalance') {
      throw new RequestError(
        'REBALANCE_IN_PROGRESS',
        `Group ${this.#group.groupId} is rebalancing.`,
      )
    }
  }

  /** Returns an error code for each leaver, in their order. */
  leave(leavers: readonly Leaver[]): readonly number[] {
    const decision = decideLeave(this.#group, leavers, this.#facts())
    this.#settle(decision.outcome)
    return decision.errorCodes
  }

  /** A commit shows that a member is alive, as a heartbeat does. */
  touch(memberId: string): void {
    const { state, members } = this.#group
    const member = members.get(memberId)
    if (!member || state === 'CompletingRebalance') return
    this.#startSession(memberId, member.sessionTimeoutMs)
  }

  /** Ends all waiting: the broker stops, or the group is deleted. */
  close(): void {
    this.#endWaiting(errorCodes.NOT_COORDINATOR)
  }

  /** Ends all waiting: the group is one of KIP-848 now, and its members join it at once. */
  giveWay(): void {
    this.#endWaiting(errorCodes.REBALANCE_IN_PROGRESS)
  }

  #endWaiting(errorCode: number): void {
    this.#deadlines.cancelAll()
    this.#joins.giveAll({ memberId: '', errorCode })
    this.#syncs.giveAll({ errorCode })
  }

  #facts(): RebalanceFacts {
    const { clock, options } = this.#parts
    return { nowMs: clock.now(), initialRebalanceDelayMs: options.initialRebalanceDelayMs }
  }

  #wait<Answer>(
    answers: WaitingAnswers<Answer>,
    ticket: Ticket,
    { closed }: Caller,
    decide: () => Outcome,
  ): Promise<Answer> {
    const drop = () => this.#drop(ticket)
    const answer = answers.add(ticket, closed, drop)
    try {
      this.#settle(decide())
    } catch (error) {
      answers.forget(ticket)
      throw error
    }
    if (closed.aborted) drop()
    return answer
  }

  #drop(ticket: Ticket): void {
    this.#attempt(() => decideDrop(this.#group, ticket, this.#facts()))
    const errorCode = errorCodes.NETWORK_EXCEPTION
    this.#joins.give(ticket, { memberId: '', errorCode })
    this.#syncs.give(ticket, { errorCode })
  }

  /** Makes a decision the group's state. @throws LogError where it could not be stored */
  #settle({ group, isStored, joins, syncs, sessions, timer }: Outcome): void {
    const { journal, logger } = this.#parts
    const { groupId } = group
    if (isStored) journal.append(groupId, [recordOf(group)])
    if (group.state !== this.#group.state) {
      const { state, generation, members } = group
      logger.info('group changed its state', {
        groupId,
        from: this.#group.state,
        state,
        generation,
        memberCount: members.size,
      })
    }
    this.#group = group
    this.#deadlines.cancelUnless(
      (name) => name === groupTimer || group.members.has(name) || group.pendingJoins.has(name),
    )
    for (const [memberId, timeoutMs] of sessions) this.#startSession(memberId, timeoutMs)
    if (timer === 'none') this.#deadlines.cancel(groupTimer)
    else if (timer) this.#startTimer(timer)
    for (const [ticket, answer] of joins) {
      this.#joins.give(ticket, journal.afterSync(groupId, answer))
    }
    for (const [ticket, answer] of syncs) {
      this.#syncs.give(ticket, journal.afterSync(groupId, answer))
    }
    if (this.isBlank) this.#onBlank()
  }

  #startSession(memberId: string, timeoutMs: number): void {
    this.#deadlines.set(memberId, timeoutMs, () =>
      this.#settle(decideExpiry(this.#group, memberId, this.#facts())),
    )
  }

  #startTimer(timer: ClassicTimer): void {
    this.#deadlines.set(groupTimer, timer.delayMs, () => this.#settle(this.#decideTimer(timer)))
  }

  #decideTimer(timer: ClassicTimer): Outcome {
    const facts = this.#facts()
    if (timer.kind === 'join') return decideJoinTimer(this.#group, facts)
    if (timer.kind === 'sync') return decideSyncTimer(this.#group, facts)
    return decideInitialTimer(this.#group, timer.remainingMs, facts)
  }

  /**
   * For decisions that nobody waits for: where the log refuses them, the group stays as it is, and
   * its timers decide the same later.
   */
  #attempt(decide: () => Outcome): void {
    try {
      this.#settle(decide())
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      const { groupId } = this.#group
      this.#parts.logger.error('group could not be stored', { groupId, error })
    }
  }
}
