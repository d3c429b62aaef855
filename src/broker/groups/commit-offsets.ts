/** OffsetCommit, decided: which of the offsets are stored, and what the client is told of each. */

import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  OffsetCommitRequest,
  OffsetCommitResponseInput,
} from '../../protocol/offset-commit.ts'
import type { CommittedPartition } from './committed-offsets.ts'
import type { TopicFacts, TopicLookup } from './topic-lookup.ts'

export interface CommitFacts {
  /** Of the request: from version 10 on topics are named by their id. */
  readonly version: number
  readonly topics: TopicLookup
  readonly nowMs: number
  /** How long the client wants the offsets kept; -1 where it does not say. */
  readonly retentionMs: number
  readonly metadataMaxLength: number
  /** Why the member may not commit there; asked only for partitions that exist, as Kafka does. */
  readonly memberError: (place: { topicId: string; partition: number }) => number
}

export interface CommitDecision {
  readonly commits: readonly CommittedPartition[]
  readonly answer: OffsetCommitResponseInput
}

const firstVersionWithIds = 10

export function decideCommit(
  requested: OffsetCommitRequest['topics'],
  facts: CommitFacts,
): CommitDecision {
  const commits: CommittedPartition[] = []
  const topics = requested.map(({ name, topicId, partitions }) => {
    const usesIds = facts.version >= firstVersionWithIds
    const topic = usesIds ? facts.topics.byId(topicId) : facts.topics.byName(name)
    const unknown = usesIds ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    const answers = partitions.map((partition) => {
      const { partitionIndex } = partition
      if (!topic) return { partitionIndex, errorCode: unknown }
      if (!hasPartition(topic, partitionIndex)) {
        return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      }
      const place = { topicId: topic.id, partition: partitionIndex }
      const errorCode = facts.memberError(place) || metadataError(partition, facts)
      if (errorCode === errorCodes.NONE) commits.push(commitOf(topic, partition, facts))
      return { partitionIndex, errorCode }
    })
    return { name, topicId, partitions: answers }
  })
  return { commits, answer: { topics } }
}

/** Returns `answer` with `errorCode` for all that was to be stored. */
export function notStored(
  { topics }: OffsetCommitResponseInput,
  errorCode: number,
): OffsetCommitResponseInput {
  return {
    topics: topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) =>
        partition.errorCode === errorCodes.NONE ? { ...partition, errorCode } : partition,
      ),
    })),
  }
}

export function hasPartition({ partitionCount }: TopicFacts, partition: number): boolean {
  return partition >= 0 && partition < partitionCount
}

type RequestedPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

function metadataError(
  { committedMetadata }: RequestedPartition,
  { metadataMaxLength }: CommitFacts,
): number {
  const isTooLong = (committedMetadata?.length ?? 0) > metadataMaxLength
  return isTooLong ? errorCodes.OFFSET_METADATA_TOO_LARGE : errorCodes.NONE
}

function commitOf(
  { name: topic, id: topicId }: TopicFacts,
  partition: RequestedPartition,
  facts: CommitFacts,
): CommittedPartition {
  const { committedOffset: offset, committedLeaderEpoch: leaderEpoch } = partition
  const metadata = partition.committedMetadata ?? ''
  const { nowMs: commitTimestampMs, retentionMs } = facts
  const expireTimestampMs = retentionMs < 0 ? -1 : commitTimestampMs + retentionMs
  const times = { commitTimestampMs, expireTimestampMs }
  const committed = { offset, leaderEpoch, metadata, ...times, topicId }
  return { topic, partition: partition.partitionIndex, committed }
}
