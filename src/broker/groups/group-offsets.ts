/** The committed offsets of all groups: OffsetCommit, OffsetFetch and OffsetDelete. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  OffsetCommitRequest,
  OffsetCommitResponseInput,
} from '../../protocol/offset-commit.ts'
import type {
  OffsetDeleteRequest,
  OffsetDeleteResponseInput,
} from '../../protocol/offset-delete.ts'
import type { StateRecord } from '../state-log.ts'
import { emptyClassicGroup } from './classic-group.ts'
import { decideCommit, notStored } from './commit-offsets.ts'
import {
  isOfFormerTopic,
  recordOf,
  type CommittedOffset,
  type CommittedOffsets,
  type CommittedPartition,
  type CommittedByTopic,
} from './committed-offsets.ts'
import { decideOffsetDelete } from './delete-offsets.ts'
import { expiryOf, isDisposable, type IsExpired } from './expire-offsets.ts'
import { fetchOffsets, onlyStable, type FetchedGroup, type OffsetQuery } from './fetch-offsets.ts'
import { attempt, checkGroupId, errorCodeOf } from './refusals.ts'
import type { GroupParts } from './group-parts.ts'
import type { GroupRegistry } from './group-registry.ts'
import { checkCommitter, checkMemberEpoch, type Group } from './group.ts'
import type { PendingOffsets } from './pending-offsets.ts'

type Eventually<Answer> = Answer | Promise<Answer>

export interface MemberOffsetQuery extends OffsetQuery {
  readonly memberId: string | null
  readonly memberEpoch: number
}

export class GroupOffsets {
  readonly #parts: GroupParts
  readonly #groups: GroupRegistry
  readonly #offsets: CommittedOffsets
  /** What counts once a transaction is committed; `TransactionalOffsets` fills it. */
  readonly #pending: PendingOffsets

  constructor(
    parts: GroupParts,
    groups: GroupRegistry,
    loaded: { readonly offsets: CommittedOffsets; readonly pending: PendingOffsets },
  ) {
    this.#parts = parts
    this.#groups = groups
    this.#offsets = loaded.offsets
    this.#pending = loaded.pending
    this.#removeOffsetsOfFormerTopics()
  }

  /** Returns a group. One that nobody ever joined is there by its offsets alone. */
  find(groupId: string): Group | undefined {
    const group = this.#groups.get(groupId)
    if (group) return group
    const hasOffsets = this.#offsets.has(groupId) || this.#pending.hasAny(groupId)
    return hasOffsets ? emptyClassicGroup(groupId) : undefined
  }

  *all(): Iterable<Group> {
    yield* this.#groups.all()
    for (const groupId of new Set([...this.#offsets.groupIds(), ...this.#pending.groupIds()])) {
      if (!this.#groups.get(groupId)) yield emptyClassicGroup(groupId)
    }
  }

  /** What a group has committed, by topic and partition. */
  committedBy(groupId: string): CommittedByTopic {
    return this.#offsets.of(groupId)
  }

  commit(request: OffsetCommitRequest, version: number): Eventually<OffsetCommitResponseInput> {
    const { groupId, memberId, groupInstanceId: instanceId } = request
    const { generationIdOrMemberEpoch: epoch } = request
    const { topics, clock, options, journal } = this.#parts
    const group = this.find(groupId)
    const { commits, answer } = decideCommit(request.topics, {
      version,
      topics,
      nowMs: clock.now(),
      retentionMs: request.retentionTimeMs,
      metadataMaxLength: options.offsetMetadataMaxLength,
      memberError: (place) =>
        errorCodeOf(() => {
          const committer = { groupId, memberId, instanceId, epoch, version }
          checkCommitter(group, committer, place)
        }),
    })
    if (commits.length > 0) this.#groups.classic(groupId)?.touch(memberId)
    const storeError = errorCodeOf(() => this.#store(groupId, commits))
    if (storeError !== errorCodes.NONE) return notStored(answer, storeError)
    return journal.afterSync(groupId, answer)
  }

  /** @throws RequestError where the member may not read the offsets */
  fetch(query: MemberOffsetQuery): Eventually<FetchedGroup> {
    const { groupId, memberId, memberEpoch } = query
    const group = this.find(groupId)
    // Only members of KIP-848 groups say who they are.
    if (group?.kind === 'consumer' && (memberId !== null || memberEpoch >= 0)) {
      checkMemberEpoch(group, memberId ?? '', memberEpoch)
    }
    const { journal, topics } = this.#parts
    const fetched = fetchOffsets(query, this.#offsets, topics)
    const isPending = ({ name = '', topicId = '' }, partition: number): boolean => {
      const topic = query.usesTopicIds ? topics.byId(topicId)?.name : name
      return topic !== undefined && this.#pending.has(groupId, topic, partition)
    }
    const answer = query.requireStable ? onlyStable(fetched, isPending) : fetched
    return journal.afterSync(groupId, answer)
  }

  delete(request: OffsetDeleteRequest): Eventually<OffsetDeleteResponseInput> {
    const { groupId } = request
    const { topics, journal } = this.#parts
    return attempt<Eventually<OffsetDeleteResponseInput>>(
      () => {
        checkGroupId(groupId)
        const group = this.find(groupId)
        const hasOffset = (topic: string, partition: number): boolean =>
          this.#offsets.get(groupId, topic, partition) !== undefined ||
          this.#pending.has(groupId, topic, partition)
        const { removals, answer } = decideOffsetDelete(group, request, hasOffset, topics)
        this.#store(groupId, removals)
        this.#groups.keep(groupId)
        return journal.afterSync(groupId, answer)
      },
      (errorCode) => ({ errorCode }),
    )
  }

  /** Removes all of a group by what `store` is given, which it must append. */
  removeGroup(groupId: string, store: (records: readonly StateRecord[]) => void): void {
    const removals = this.#offsets.removalsOf(groupId)
    // Else the group would come back with what is committed later.
    for (const { topic, partition } of this.#pending.of(groupId)) {
      if (this.#offsets.get(groupId, topic, partition)) continue
      removals.push({ topic, partition, committed: null })
    }
    store(removals.map((removal) => recordOf(groupId, removal)))
    this.#apply(groupId, removals)
  }

  /**
   * Removes offsets that are too old at `nowMs`, and groups that are empty without them.
   *
   * @throws LogError
   */
  expire(nowMs: number): void {
    const { topics, options } = this.#parts
    const retentionMs = options.offsetsRetentionMs
    for (const group of this.all()) {
      const isExpired = expiryOf(group, { nowMs, retentionMs, topics })
      if (isExpired) this.#expireOf(group, isExpired)
    }
  }

  #expireOf(group: Group, isExpired: IsExpired): void {
    const { groupId } = group
    const removals = this.#offsets.removalsOf(
      groupId,
      (topic, committed, partition) =>
        isExpired(topic, committed) && !this.#pending.has(groupId, topic, partition),
    )
    const isLeftWithout = removals.length === this.#offsets.countOf(groupId)
    if (isLeftWithout && isDisposable(group) && !this.#pending.hasAny(groupId)) {
      this.removeGroup(groupId, (records) => this.#groups.remove(groupId, records))
    } else {
      this.#store(groupId, removals)
    }
    if (removals.length === 0) return
    const facts = { groupId, offsetCount: removals.length }
    this.#parts.logger.info('committed offsets that nobody used expired', facts)
  }

  /**
   * Forgets what was committed of a topic that is deleted. On the disk it goes once that is decided
   * there: 1. A topic is deleted, and its offsets are. 2. A power failure leaves that of the
   * offsets. 3. The topic is there again, and its readers begin anew.
   */
  removeTopic(name: string, decided: Promise<unknown>): void {
    const unwanted = this.#offsets.removalsOfTopic(name)
    for (const [groupId, removals] of unwanted) {
      this.#apply(groupId, removals)
      this.#groups.keep(groupId)
    }
    decided.then(
      () => {
        // By now somebody may have committed offsets of another topic of the name.
        const isGone = (groupId: string, { topic, partition }: CommittedPartition): boolean =>
          !this.#offsets.get(groupId, topic, partition) &&
          !this.#pending.has(groupId, topic, partition)
        for (const [groupId, removals] of unwanted) {
          this.#forget(
            groupId,
            removals.filter((removal) => isGone(groupId, removal)),
          )
        }
      },
      // The broker ends with its metadata.
      () => undefined,
    )
  }

  /** A broker may have stopped after it deleted a topic, and before it removed its offsets. */
  #removeOffsetsOfFormerTopics(): void {
    const { topics } = this.#parts
    const isFormer = (topic: string, committed: CommittedOffset): boolean =>
      isOfFormerTopic(committed, topics.byName(topic)?.id)
    const unwanted = this.#offsets.removals(isFormer)
    for (const [groupId, removals] of unwanted) this.#forget(groupId, removals)
  }

  /** They do not pass on to the next topic of a name, though the log may not take that now. */
  #forget(groupId: string, removals: readonly CommittedPartition[]): void {
    const storeError = errorCodeOf(() => this.#store(groupId, removals))
    if (storeError === errorCodes.NONE) return
    this.#apply(groupId, removals)
    // The next start removes what is left of them.
    this.#parts.logger.warn('offsets of a deleted topic are still on the disk', { groupId })
  }

  #store(groupId: string, commits: readonly CommittedPartition[]): void {
    const records = commits.map((commit) => recordOf(groupId, commit))
    this.#parts.journal.append(groupId, records)
    this.#apply(groupId, commits)
  }

  #apply(groupId: string, commits: readonly CommittedPartition[]): void {
    for (const commit of commits) {
      this.#pending.supersede(groupId, commit)
      this.#offsets.apply(groupId, commit)
    }
  }
}
