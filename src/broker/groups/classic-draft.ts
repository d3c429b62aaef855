/**
 * The next state of a classic group while it is decided, with what is to be done once it is stored:
 * who is answered what, whose session starts anew, and what the group waits for.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { JoinGroupResponseInput } from '../../protocol/join-group.ts'
import type { SyncGroupResponseInput } from '../../protocol/sync-group.ts'
import {
  noAssignment,
  type ClassicGroup,
  type ClassicGroupState,
  type ClassicMember,
  type Ticket,
} from './classic-group.ts'

/** What a group waits for; it waits for one thing at a time. */
export type ClassicTimer =
  /** For more members to come to an empty group: how long still, if more of them do. */
  | { readonly kind: 'initial'; readonly delayMs: number; readonly remainingMs: number }
  /** For all members to join. */
  | { readonly kind: 'join'; readonly delayMs: number }
  /** For all members to ask for their assignment. */
  | { readonly kind: 'sync'; readonly delayMs: number }

/** A decision. The group is stored first, if at all; then it is the group's state. */
export interface Outcome {
  readonly group: ClassicGroup
  /** Whether the group has reached a state that outlives the broker. */
  readonly isStored: boolean
  readonly joins: ReadonlyMap<Ticket, JoinGroupResponseInput>
  readonly syncs: ReadonlyMap<Ticket, SyncGroupResponseInput>
  /** Members, also pending ones, whose session starts now, with its length in milliseconds. */
  readonly sessions: ReadonlyMap<string, number>
  /** What takes the place of what the group waited for; `undefined` where it waits on as before. */
  readonly timer: ClassicTimer | 'none' | undefined
}

type Changes = Partial<
  Pick<
    ClassicGroup,
    'hasNewMember' | 'generation' | 'protocolType' | 'protocol' | 'leader' | 'isInitialRebalance'
  >
>

export class ClassicDraft {
  /** Milliseconds since 1970. */
  readonly #nowMs: number
  readonly #members: Map<string, ClassicMember>
  readonly #pendingJoins: Set<string>
  readonly #pendingSyncs: Set<string>
  #group: ClassicGroup
  #isStored = false
  #timer: ClassicTimer | 'none' | undefined
  readonly #joins = new Map<Ticket, JoinGroupResponseInput>()
  readonly #syncs = new Map<Ticket, SyncGroupResponseInput>()
  readonly #sessions = new Map<string, number>()

  constructor(group: ClassicGroup, nowMs: number) {
    this.#nowMs = nowMs
    this.#members = new Map(group.members)
    this.#pendingJoins = new Set(group.pendingJoins)
    this.#pendingSyncs = new Set(group.pendingSyncs)
    this.#group = {
      ...group,
      members: this.#members,
      pendingJoins: this.#pendingJoins,
      pendingSyncs: this.#pendingSyncs,
    }
  }

  get group(): ClassicGroup {
    return this.#group
  }

  change(changes: Changes): void {
    this.#group = { ...this.#group, ...changes }
  }

  enter(state: ClassicGroupState): void {
    this.#group = { ...this.#group, state, stateTimestampMs: this.#nowMs }
  }

  addPendingJoin(memberId: string): void {
    this.#pendingJoins.add(memberId)
  }

  addPendingSync(memberId: string): void {
    this.#pendingSyncs.add(memberId)
  }

  removePendingSync(memberId: string): void {
    this.#pendingSyncs.delete(memberId)
  }

  clearPendingSyncs(): void {
    this.#pendingSyncs.clear()
  }

  /** Adds a member, or changes it. The first one leads. */
  put(member: ClassicMember): void {
    this.#members.set(member.memberId, member)
    this.#pendingJoins.delete(member.memberId)
    if (this.#group.leader === null) this.change({ leader: member.memberId })
  }

  /** Removes a member, pending or not; what it waits for is answered with UNKNOWN_MEMBER_ID. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member) {
      this.failJoin(member, '', errorCodes.UNKNOWN_MEMBER_ID)
      this.failSync(member, errorCodes.UNKNOWN_MEMBER_ID)
    }
    this.#members.delete(memberId)
    this.#pendingJoins.delete(memberId)
    this.#pendingSyncs.delete(memberId)
    this.#sessions.delete(memberId)
    if (this.#group.leader !== memberId) return
    const [next = null] = this.#members.keys()
    this.change({ leader: next })
  }

  /** Puts `member` where the one with `previousId` was, and leaves the order as it is. */
  replace(previousId: string, member: ClassicMember): void {
    const all = [...this.#members]
    this.#members.clear()
    for (const [memberId, existing] of all) {
      if (memberId === previousId) this.#members.set(member.memberId, member)
      else this.#members.set(memberId, existing)
    }
    this.#pendingSyncs.delete(previousId)
    if (this.#group.leader === previousId) this.change({ leader: member.memberId })
  }

  answerJoin(ticket: Ticket, answer: JoinGroupResponseInput): void {
    this.#joins.set(ticket, answer)
  }

  answerSync(ticket: Ticket, answer: SyncGroupResponseInput): void {
    this.#syncs.set(ticket, answer)
  }

  failJoin({ join }: ClassicMember, memberId: string, errorCode: number): void {
    if (join !== undefined) this.answerJoin(join, { memberId, errorCode })
  }

  failSync({ sync }: ClassicMember, errorCode: number): void {
    if (sync !== undefined) this.answerSync(sync, { errorCode, assignment: noAssignment })
  }

  /** Gives `memberId` so long to be heard of again. */
  startSession(memberId: string, timeoutMs: number): void {
    this.#sessions.set(memberId, timeoutMs)
  }

  /** Waits for something else than before. */
  wait(timer: ClassicTimer | 'none'): void {
    this.#timer = timer
  }

  store(): void {
    this.#isStored = true
  }

  finish(): Outcome {
    return {
      group: this.#group,
      isStored: this.#isStored,
      joins: this.#joins,
      syncs: this.#syncs,
      sessions: this.#sessions,
      timer: this.#timer,
    }
  }
}
