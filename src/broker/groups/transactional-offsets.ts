/** Offsets of groups that are committed as a part of a producer's transaction (KIP-447). */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { TransactionMarker } from '../../log/producer/producer-state.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponseInput,
} from '../../protocol/txn-offset-commit.ts'
import type { StateLog } from '../state-log.ts'
import { decideCommit, notStored } from './commit-offsets.ts'
import { isOfFormerTopic, recordOf, type CommittedOffsets } from './committed-offsets.ts'
import type { GroupParts } from './group-parts.ts'
import { checkTransactionalCommitter, type Group } from './group.ts'
import type { PendingOffsets } from './pending-offsets.ts'
import { errorCodeOf } from './refusals.ts'

export interface TransactionalOffsetsState {
  readonly offsets: CommittedOffsets
  readonly pending: PendingOffsets
  readonly findGroup: (groupId: string) => Group | undefined
}

export class TransactionalOffsets {
  readonly #parts: GroupParts
  readonly #log: Pick<StateLog, 'appendMarker'>
  readonly #state: TransactionalOffsetsState

  constructor(
    parts: GroupParts,
    log: Pick<StateLog, 'appendMarker'>,
    state: TransactionalOffsetsState,
  ) {
    this.#parts = parts
    this.#log = log
    this.#state = state
  }

  commit(
    request: TxnOffsetCommitRequest,
  ): TxnOffsetCommitResponseInput | Promise<TxnOffsetCommitResponseInput> {
    const { groupId, memberId, groupInstanceId: instanceId, generationId: epoch } = request
    const { topics, clock, options, journal } = this.#parts
    const { findGroup, pending } = this.#state
    const group = findGroup(groupId)
    const version = 0
    const named = request.topics.map((topic) => ({ ...topic, topicId: zeroUuid }))
    const { commits, answer } = decideCommit(named, {
      version,
      topics,
      nowMs: clock.now(),
      retentionMs: -1,
      metadataMaxLength: options.offsetMetadataMaxLength,
      memberError: (place) =>
        errorCodeOf(() => {
          const committer = { groupId, memberId, instanceId, epoch, version }
          checkTransactionalCommitter(group, committer, place)
        }),
    })
    const { producerId, producerEpoch } = request
    const storeError = errorCodeOf(() => {
      const records = commits.map((commit) => recordOf(groupId, commit))
      journal.append(groupId, records, { producerId, producerEpoch })
      pending.add(producerId, groupId, commits)
    })
    if (storeError !== errorCodes.NONE) return answerOf(notStored(answer, storeError))
    return journal.afterSync(groupId, answerOf(answer))
  }

  /** Resolves once a restart would know of the end. @throws LogError */
  end(marker: TransactionMarker): Promise<void> {
    const durable = this.#log.appendMarker(marker)
    const { offsets, pending } = this.#state
    const { topics, journal } = this.#parts
    for (const { groupId, commit } of pending.end(marker)) {
      journal.track(groupId, durable)
      if (marker.result === 'abort') continue
      // The topic may be gone by now.
      const { committed, topic } = commit
      const id = topics.byName(topic)?.id
      if (committed && (!id || isOfFormerTopic(committed, id))) continue
      offsets.apply(groupId, commit)
    }
    return durable
  }
}

type Decided = ReturnType<typeof decideCommit>['answer']

function answerOf({ topics }: Decided): TxnOffsetCommitResponseInput {
  return { topics: topics.map(({ name = '', partitions }) => ({ name, partitions })) }
}
