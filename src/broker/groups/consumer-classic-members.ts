/**
 * Serves those members of a KIP-848 group that speak the classic protocol: to them the group is a
 * classic one in which each of them is in a generation of its own, its epoch.
 */

import type { JoinGroupRequest, JoinGroupResponseInput } from '../../protocol/join-group.ts'
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../protocol/sync-group.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Deadlines } from '../deadlines.ts'
import { RequestError } from '../request-error.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { Leaver } from './classic-leave.ts'
import type { ClassicProtocol } from './classic-protocol.ts'
import { consumerProtocolType } from './classic-subscription.ts'
import {
  checkClassicProtocols,
  decideClassicJoin,
  type ClassicJoin,
} from './consumer-classic-join.ts'
import {
  assignmentFor,
  checkSyncedProtocol,
  classicMemberOf,
  isBehind,
  mustRejoin,
} from './consumer-classic-member.ts'
import { staticMember, type ConsumerGroup, type ConsumerGroupEvent } from './consumer-group.ts'
import { checkSize } from './consumer-join.ts'
import { leavingMember } from './consumer-leave.ts'
import type { SubscribedTopics } from './consumer-topics.ts'
import { classicGroupOf } from './group-downgrade.ts'
import { allowsDowngrade } from './group-options.ts'
import { deadlinesOf, type Caller, type GroupParts } from './group-parts.ts'
import { newMemberId } from './member-id.ts'
import { errorCodeOf, unknownMember } from './refusals.ts'

/** What runs the group, as far as it is needed here. */
export interface GroupState {
  readonly group: ConsumerGroup
  readonly haveTopicsChanged: boolean
  subscribedTopics(): SubscribedTopics
  /** @throws LogError */
  settle(events: readonly ConsumerGroupEvent[], next: ConsumerGroup): void
  /** As `settle`, of what a member asked for. @throws LogError */
  settleFor(memberId: string, events: readonly ConsumerGroupEvent[], next: ConsumerGroup): void
  /** Notes that the group was looked at with the topics as they are. */
  topicsSeen(): void
  startSession(memberId: string): void
  /** Removes members. @throws LogError */
  remove(memberIds: ReadonlySet<string>): void
  /** Removes a member that did not ask for it. @throws LogError */
  expire(memberId: string, reason: string): void
  /** Goes on as a classic group. @throws LogError */
  downgrade(to: ClassicGroup): void
}

export class ClassicMembers implements ClassicProtocol {
  readonly #state: GroupState
  readonly #parts: GroupParts
  /** Until when members must have joined that were told to, and asked for what they have then. */
  readonly #joins: Deadlines
  readonly #syncs: Deadlines

  constructor(state: GroupState, parts: GroupParts) {
    this.#state = state
    this.#parts = parts
    this.#joins = deadlinesOf(state.group.groupId, parts)
    this.#syncs = deadlinesOf(state.group.groupId, parts)
  }

  /** @throws RequestError */
  join(
    request: JoinGroupRequest,
    caller: Caller,
  ): JoinGroupResponseInput | Promise<JoinGroupResponseInput> {
    const { group } = this.#state
    const { options, random, journal } = this.#parts
    if (options.migrationPolicy === 'disabled') throw notMigrated(group.groupId)
    const join = joinOf(request, caller, () =>
      newMemberId(request.groupInstanceId ?? caller.clientId, random),
    )
    const { memberId, isUnknown, instanceId } = join
    checkClassicProtocols(group, join)
    if (isUnknown && instanceId === null && caller.version >= 4) {
      // As in a classic group (KIP-394), but that nothing is kept of it: any id may join.
      checkSize(group, options.consumerMaxSize)
      return { memberId, errorCode: errorCodes.MEMBER_ID_REQUIRED }
    }
    const generationId = this.#decideJoin(join)
    return journal.afterSync(group.groupId, {
      errorCode: errorCodes.NONE,
      memberId,
      generationId,
      protocolType: consumerProtocolType,
      protocolName: join.protocols[0]!.name,
    })
  }

  /** @throws RequestError */
  sync(
    request: SyncGroupRequest,
    _caller: Caller,
  ): SyncGroupResponseInput | Promise<SyncGroupResponseInput> {
    const { group } = this.#state
    const { memberId, protocolType, protocolName, generationId: generation } = request
    const instanceId = request.groupInstanceId
    const known = classicMemberOf(group, { memberId, instanceId, generation })
    checkSyncedProtocol(known.classic, request)
    if (isBehind(group, known.member)) this.#sendBack(memberId)
    this.#syncs.cancel(memberId)
    this.#state.startSession(memberId)
    const { topics, journal } = this.#parts
    const assignment = assignmentFor(known, topics)
    const answer = { errorCode: errorCodes.NONE, protocolType, protocolName, assignment }
    return journal.afterSync(group.groupId, answer)
  }

  /** @throws RequestError */
  heartbeat(memberId: string, instanceId: string | null, generation: number): void {
    const { member } = classicMemberOf(this.#state.group, { memberId, instanceId, generation })
    this.#state.startSession(memberId)
    this.#noteTopics()
    if (mustRejoin(this.#state.group, member)) this.#sendBack(memberId)
  }

  /** Removes members of either protocol, as administrators do. */
  leave(leavers: readonly Leaver[]): readonly number[] {
    const leaving = new Set<string>()
    const codes = leavers.map((leaver) =>
      errorCodeOf(() => {
        leaving.add(this.#idOf(leaver))
      }),
    )
    if (leaving.size > 0) this.#state.remove(leaving)
    return codes
  }

  /** Only members of classic groups are known to be alive by what they commit. */
  touch(_memberId: string): void {}

  cancelUnless(isWanted: (memberId: string) => boolean): void {
    this.#joins.cancelUnless(isWanted)
    this.#syncs.cancelUnless(isWanted)
  }

  close(): void {
    this.cancelUnless(() => false)
  }

  /** Returns the generation that the member is in from here on. @throws RequestError, LogError */
  #decideJoin(join: ClassicJoin): number {
    const { clock, topics, options } = this.#parts
    const { group, haveTopicsChanged } = this.#state
    const facts = {
      topics: this.#state.subscribedTopics(),
      lookup: topics,
      nowMs: clock.now(),
      haveTopicsChanged,
      maxSize: options.consumerMaxSize,
      mayDowngrade:
        allowsDowngrade(options.migrationPolicy) && group.members.size <= options.maxSize,
    }
    const { events, group: next, member, endsMixture } = decideClassicJoin(group, join, facts)
    const { memberId, rebalanceTimeoutMs } = join
    this.#joins.cancel(memberId)
    if (endsMixture) {
      const staying = [...next.members.values()]
      const classic = classicGroupOf(next, staying, { topics, options, nowMs: clock.now() })!
      this.#state.downgrade(classic)
      return classic.generation
    }
    this.#state.settleFor(memberId, events, next)
    this.#state.topicsSeen()
    this.#state.startSession(memberId)
    this.#syncs.set(memberId, rebalanceTimeoutMs, () =>
      this.#state.expire(memberId, 'did not ask for its assignment in time'),
    )
    return member.epoch
  }

  /** Where all members are of this protocol, nobody else says that topics have changed. */
  #noteTopics(): void {
    const { group, haveTopicsChanged } = this.#state
    if (!haveTopicsChanged) return
    const topics = this.#state.subscribedTopics()
    const metadataHash = topics.hashOf(group.members.values())
    if (metadataHash !== group.metadataHash) {
      const epoch = group.epoch + 1
      this.#state.settle([{ type: 'group', epoch, metadataHash }], {
        ...group,
        epoch,
        metadataHash,
      })
    }
    this.#state.topicsSeen()
  }

  /** Has the member join again, which it must do in time. @throws RequestError */
  #sendBack(memberId: string): never {
    const { groupId, members } = this.#state.group
    const { rebalanceTimeoutMs } = members.get(memberId)!.subscription
    if (!this.#joins.has(memberId)) {
      this.#joins.set(memberId, rebalanceTimeoutMs, () =>
        this.#state.expire(memberId, 'did not join again in time'),
      )
    }
    throw new RequestError('REBALANCE_IN_PROGRESS', `Group ${groupId} is rebalancing.`)
  }

  /** @throws RequestError where nobody is to leave */
  #idOf({ memberId, instanceId }: Leaver): string {
    const { group } = this.#state
    if (memberId !== '' || instanceId === null) {
      return leavingMember(group, { memberId, instanceId }).memberId
    }
    const member = staticMember(group, instanceId)
    if (!member) throw unknownMember(group.groupId, memberId)
    return member.memberId
  }
}

function joinOf(
  request: JoinGroupRequest,
  { version, clientId, clientHost }: Caller,
  newId: () => string,
): ClassicJoin {
  const { groupInstanceId: instanceId, sessionTimeoutMs, protocolType, protocols } = request
  const isUnknown = request.memberId === ''
  const memberId = isUnknown ? newId() : request.memberId
  // Before version 1 the session timeout stood for both (KIP-62).
  const rebalanceTimeoutMs = version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs
  const said = { instanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols }
  return { ...said, memberId, isUnknown, clientId, clientHost }
}

function notMigrated(groupId: string): RequestError {
  const message = `Group ${groupId} has members of the consumer protocol.`
  return new RequestError('INCONSISTENT_GROUP_PROTOCOL', message)
}
