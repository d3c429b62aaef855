/** OffsetFetch, answered: what a group has committed, for given partitions or for all. */

import { zeroUuid } from '../../bytes/uuid.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { OffsetFetchResponseInput } from '../../protocol/offset-fetch.ts'
import type { CommittedOffset, CommittedOffsets } from './committed-offsets.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface OffsetQuery {
  readonly groupId: string
  /** `null` for all that the group has. */
  readonly topics: readonly QueriedTopic[] | null
  /** Whether topics are named by their id (version 10). */
  readonly usesTopicIds: boolean
  /** Whether offsets that wait for the end of a transaction are refused. @default false */
  readonly requireStable?: boolean
}

export interface QueriedTopic {
  readonly name: string
  readonly topicId: string
  readonly partitionIndexes: readonly number[]
}

export type FetchedGroup = NonNullable<OffsetFetchResponseInput['groups']>[number]
type FetchedTopic = FetchedGroup['topics'][number]
type FetchedPartition = FetchedTopic['partitions'][number]

export function fetchOffsets(
  { groupId, topics, usesTopicIds }: OffsetQuery,
  offsets: CommittedOffsets,
  lookup: TopicLookup,
): FetchedGroup {
  if (topics === null) return fetchAll(groupId, usesTopicIds, offsets, lookup)
  const fetched = topics.map(({ name, topicId, partitionIndexes }): FetchedTopic => {
    const known = usesTopicIds ? lookup.byId(topicId)?.name : name
    const errorCode = known === undefined ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.NONE
    const partitions = partitionIndexes.map((partition) => {
      const committed = known === undefined ? undefined : offsets.get(groupId, known, partition)
      return fetchedPartition(partition, committed, errorCode)
    })
    return { name, topicId, partitions }
  })
  return { groupId, topics: fetched }
}

/** Returns `fetched` with an error for each partition that `isPending` is true for. */
export function onlyStable(
  fetched: FetchedGroup,
  isPending: (topic: FetchedTopic, partition: number) => boolean,
): FetchedGroup {
  const topics = fetched.topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((each) => {
      const { partitionIndex } = each
      if (each.errorCode !== errorCodes.NONE || !isPending(topic, partitionIndex)) return each
      return fetchedPartition(partitionIndex, undefined, errorCodes.UNSTABLE_OFFSET_COMMIT)
    }),
  }))
  return { ...fetched, topics }
}

function fetchAll(
  groupId: string,
  usesTopicIds: boolean,
  offsets: CommittedOffsets,
  lookup: TopicLookup,
): FetchedGroup {
  const topics: FetchedTopic[] = []
  for (const [name, committed] of offsets.of(groupId)) {
    const topicId = lookup.byName(name)?.id ?? zeroUuid
    // By its id, a topic that is no more cannot be named.
    if (usesTopicIds && topicId === zeroUuid) continue
    const partitions = [...committed].map(([partition, offset]) =>
      fetchedPartition(partition, offset, errorCodes.NONE),
    )
    topics.push({ name, topicId, partitions })
  }
  return { groupId, topics }
}

function fetchedPartition(
  partitionIndex: number,
  committed: CommittedOffset | undefined,
  errorCode: number,
): FetchedPartition {
  const { offset = -1, leaderEpoch = -1, metadata = '' } = committed ?? {}
  return {
    partitionIndex,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    metadata,
    errorCode,
  }
}
