/**
 * The group coordinator: one method for each API of groups and their offsets.
 *
 * What it decides is appended to the log and applied at once; an answer is given when that is
 * durable, so that it never tells what a power failure could take back.
 */

import type {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponseInput,
} from '../../protocol/consumer-group-describe.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponseInput,
} from '../../protocol/consumer-group-heartbeat.ts'
import type {
  DescribeGroupsRequest,
  DescribeGroupsResponseInput,
} from '../../protocol/describe-groups.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { HeartbeatRequest, HeartbeatResponseInput } from '../../protocol/heartbeat.ts'
import type { JoinGroupRequest, JoinGroupResponseInput } from '../../protocol/join-group.ts'
import type { ListGroupsRequest, ListGroupsResponseInput } from '../../protocol/list-groups.ts'
import type {
  OffsetCommitRequest,
  OffsetCommitResponseInput,
} from '../../protocol/offset-commit.ts'
import type {
  OffsetDeleteRequest,
  OffsetDeleteResponseInput,
} from '../../protocol/offset-delete.ts'
import type { SyncGroupRequest, SyncGroupResponseInput } from '../../protocol/sync-group.ts'
import type {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponseInput,
} from '../../protocol/txn-offset-commit.ts'
import type { TransactionMarker } from '../../log/producer/producer-state.ts'
import { LogError } from '../../log/log-error.ts'
import type { Clock, Logger, Random, Timer } from '../../runtime/runtime.ts'
import type { StateLog } from '../state-log.ts'
import { describeClassic } from './classic-describe.ts'
import type { Leaver } from './classic-leave.ts'
import { describeConsumer } from './consumer-describe.ts'
import { checkHeartbeat } from './consumer-request.ts'
import type { FetchedGroup } from './fetch-offsets.ts'
import { RequestError } from '../request-error.ts'
import { attempt, checkGroupId } from './refusals.ts'
import { StateJournal } from '../state-journal.ts'
import { GroupOffsets, type MemberOffsetQuery } from './group-offsets.ts'
import { TransactionalOffsets } from './transactional-offsets.ts'
import { resolveGroupOptions, type GroupOptions } from './group-options.ts'
import type { CommittedByTopic } from './committed-offsets.ts'
import type { Caller, GroupParts, SessionTimes } from './group-parts.ts'
import { GroupRegistry } from './group-registry.ts'
import { checkDeletable, listed } from './group.ts'
import { loadGroups } from './load-groups.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface GroupCoordinatorInput {
  /** The log of `__consumer_offsets`. */
  readonly log: Pick<StateLog, 'append' | 'appendMarker' | 'replay'>
  readonly topics: TopicLookup
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly options?: GroupOptions
  /** What a group's own configs say. @default what the options say */
  readonly sessionOf?: (groupId: string) => SessionTimes
  /** Returns the time to expire offsets by, or nothing while it cannot be told for sure. */
  readonly retentionNow?: () => number | undefined
}

type Eventually<Answer> = Answer | Promise<Answer>

/** A group in a few numbers, for those who watch the broker. */
export interface GroupSummary {
  readonly groupId: string
  readonly memberCount: number
  readonly committed: CommittedByTopic
}

export class GroupCoordinator {
  readonly #parts: GroupParts
  readonly #groups: GroupRegistry
  readonly #offsets: GroupOffsets
  readonly #transactionalOffsets: TransactionalOffsets

  readonly #retentionNow: () => number | undefined
  #expiryTimer: Timer | undefined

  /** Loads all groups from the log. Their members have one session to go on from there. */
  constructor({ log, retentionNow, ...input }: GroupCoordinatorInput) {
    const journal = new StateJournal(log)
    const options = resolveGroupOptions(input.options)
    const sessionOf = (): SessionTimes => ({
      sessionTimeoutMs: options.consumerSessionTimeoutMs,
      heartbeatIntervalMs: options.consumerHeartbeatIntervalMs,
    })
    this.#parts = { sessionOf, ...input, journal, options }
    this.#groups = new GroupRegistry(this.#parts)
    const loaded = loadGroups(log)
    for (const group of loaded.groups.values()) this.#groups.load(group)
    this.#offsets = new GroupOffsets(this.#parts, this.#groups, loaded)
    this.#transactionalOffsets = new TransactionalOffsets(this.#parts, log, {
      ...loaded,
      findGroup: (groupId) => this.#offsets.find(groupId),
    })
    this.#retentionNow = retentionNow ?? (() => input.clock.now())
    this.#scheduleExpiry()
  }

  joinGroup(request: JoinGroupRequest, caller: Caller): Eventually<JoinGroupResponseInput> {
    const { groupId, memberId, sessionTimeoutMs } = request
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#parts.options
    return attempt<Eventually<JoinGroupResponseInput>>(
      () => {
        checkGroupId(groupId)
        if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
          const message = `The session timeout of ${sessionTimeoutMs} ms is out of range.`
          throw new RequestError('INVALID_SESSION_TIMEOUT', message)
        }
        try {
          return this.#groups.classicToJoin(groupId, memberId).join(request, caller)
        } finally {
          this.#groups.removeIfBlank(groupId)
        }
      },
      (errorCode) => ({ memberId, errorCode }),
    )
  }

  syncGroup(request: SyncGroupRequest, caller: Caller): Eventually<SyncGroupResponseInput> {
    return attempt<Eventually<SyncGroupResponseInput>>(
      () => {
        checkGroupId(request.groupId)
        return this.#groups.classicOf(request.groupId, request.memberId).sync(request, caller)
      },
      (errorCode) => ({ errorCode }),
    )
  }

  heartbeat(request: HeartbeatRequest): Eventually<HeartbeatResponseInput> {
    const { groupId, memberId, groupInstanceId, generationId } = request
    return attempt<Eventually<HeartbeatResponseInput>>(
      () => {
        checkGroupId(groupId)
        this.#groups.classicOf(groupId, memberId).heartbeat(memberId, groupInstanceId, generationId)
        return this.#afterSync(groupId, { errorCode: errorCodes.NONE })
      },
      (errorCode) => ({ errorCode }),
    )
  }

  /**
   * Returns an error code for each of `leavers`, in their order.
   *
   * @throws RequestError where the request names no group
   */
  leaveGroup(groupId: string, leavers: readonly Leaver[]): Eventually<readonly number[]> {
    checkGroupId(groupId)
    const group = this.#groups.classic(groupId)
    const codes = group?.leave(leavers) ?? leavers.map(() => errorCodes.UNKNOWN_MEMBER_ID)
    return this.#afterSync(groupId, codes)
  }

  consumerGroupHeartbeat(
    request: ConsumerGroupHeartbeatRequest,
    caller: Caller,
  ): Eventually<ConsumerGroupHeartbeatResponseInput> {
    return attempt<Eventually<ConsumerGroupHeartbeatResponseInput>>(
      () => {
        checkHeartbeat(request, caller.version)
        return this.#afterSync(request.groupId, this.#groups.heartbeat(request, caller))
      },
      (errorCode, errorMessage) => ({ errorCode, errorMessage }),
    )
  }

  describeGroups({ groups }: Pick<DescribeGroupsRequest, 'groups'>): DescribeGroupsResponseInput {
    return {
      groups: groups.map((groupId) => {
        const group = this.#offsets.find(groupId)
        if (group?.kind === 'classic') return describeClassic(group)
        const reason = group ? 'is not a classic group' : 'not found'
        const errorMessage = `Group ${groupId} ${reason}.`
        return { errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage, groupId }
      }),
    }
  }

  consumerGroupDescribe({
    groupIds,
  }: Pick<ConsumerGroupDescribeRequest, 'groupIds'>): ConsumerGroupDescribeResponseInput {
    return {
      groups: groupIds.map((groupId) => {
        const group = this.#offsets.find(groupId)
        if (group?.kind === 'consumer') return describeConsumer(group, this.#parts.topics)
        if (groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID, groupId }
        const reason = group ? 'is not a consumer group' : 'not found'
        const errorMessage = `Group ${groupId} ${reason}.`
        return { errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage, groupId }
      }),
    }
  }

  /** Filters are compared without regard to case; an empty one lets all pass. */
  listGroups({ statesFilter, typesFilter }: ListGroupsRequest): ListGroupsResponseInput {
    const states = new Set(statesFilter.map((state) => state.trim().toLowerCase()))
    const types = new Set(typesFilter.map((type) => type.trim().toLowerCase()))
    const groups = [...this.#offsets.all()]
      .map(listed)
      .filter(
        ({ groupState = '', groupType = '' }) =>
          (states.size === 0 || states.has(groupState.toLowerCase())) &&
          (types.size === 0 || types.has(groupType.toLowerCase())),
      )
    return { errorCode: errorCodes.NONE, groups }
  }

  /** Each group, in no order. */
  *summaries(): Iterable<GroupSummary> {
    for (const { groupId, members } of this.#offsets.all()) {
      yield { groupId, memberCount: members.size, committed: this.#offsets.committedBy(groupId) }
    }
  }

  /** Deletes a group with its offsets. Returns an error code. */
  deleteGroup(groupId: string): Eventually<number> {
    return attempt<Eventually<number>>(
      () => {
        checkDeletable(this.#offsets.find(groupId), groupId)
        this.#offsets.removeGroup(groupId, (records) => this.#groups.remove(groupId, records))
        return this.#afterSync(groupId, errorCodes.NONE)
      },
      (errorCode) => errorCode,
    )
  }

  commitOffsets(
    request: OffsetCommitRequest,
    version: number,
  ): Eventually<OffsetCommitResponseInput> {
    return this.#offsets.commit(request, version)
  }

  /** Commits offsets that count once the producer's transaction is committed. */
  commitInTransaction(request: TxnOffsetCommitRequest): Eventually<TxnOffsetCommitResponseInput> {
    return this.#transactionalOffsets.commit(request)
  }

  /** Ends the part of a transaction that is in groups. @throws LogError */
  endTransaction(marker: TransactionMarker): Promise<void> {
    return this.#transactionalOffsets.end(marker)
  }

  /** @throws RequestError where the member may not read the offsets */
  fetchOffsets(query: MemberOffsetQuery): Eventually<FetchedGroup> {
    return this.#offsets.fetch(query)
  }

  deleteOffsets(request: OffsetDeleteRequest): Eventually<OffsetDeleteResponseInput> {
    return this.#offsets.delete(request)
  }

  /** Forgets what was committed of a topic that is gone, on the disk once `decided` resolves. */
  topicRemoved({ name }: { readonly name: string }, decided: Promise<unknown>): void {
    this.#offsets.removeTopic(name, decided)
  }

  /** Ends all waiting, with NOT_COORDINATOR. Nothing is stored: a restart goes on from the log. */
  close(): void {
    this.#expiryTimer?.cancel()
    this.#groups.close()
  }

  #scheduleExpiry(): void {
    const { clock, options } = this.#parts
    this.#expiryTimer = clock.after(options.offsetsRetentionCheckMs, () => {
      this.#expireOffsets()
      this.#scheduleExpiry()
    })
  }

  #expireOffsets(): void {
    const nowMs = this.#retentionNow()
    if (nowMs === undefined) return
    try {
      this.#offsets.expire(nowMs)
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      this.#parts.logger.warn('old offsets cannot be removed yet', { error })
    }
  }

  #afterSync<Answer>(groupId: string, answer: Answer): Eventually<Answer> {
    return this.#parts.journal.afterSync(groupId, answer)
  }
}
