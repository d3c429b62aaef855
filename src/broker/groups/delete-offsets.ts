/** OffsetDelete, decided: offsets of topics that the members of the group do not read (KIP-496). */

import { errorCodes } from '../../protocol/error-codes.ts'
import type {
  OffsetDeleteRequest,
  OffsetDeleteResponseInput,
} from '../../protocol/offset-delete.ts'
import { isOfConsumers, isSubscribed } from './classic-describe.ts'
import { hasPartition } from './commit-offsets.ts'
import type { CommittedPartition } from './committed-offsets.ts'
import { SubscribedTopics } from './consumer-topics.ts'
import { RequestError } from '../request-error.ts'
import { groupNotFound } from './refusals.ts'
import { stateOf, type Group } from './group.ts'
import type { TopicLookup } from './topic-lookup.ts'

export interface DeleteDecision {
  readonly removals: readonly CommittedPartition[]
  readonly answer: OffsetDeleteResponseInput
}

/**
 * @param hasOffset whether there is something to remove, be it that it waits for a transaction
 * @throws RequestError
 */
export function decideOffsetDelete(
  group: Group | undefined,
  request: OffsetDeleteRequest,
  hasOffset: (topic: string, partition: number) => boolean,
  lookup: TopicLookup,
): DeleteDecision {
  const { groupId } = request
  if (!group) throw groupNotFound(groupId)
  // Of members that are no consumers nobody here knows what they read.
  if (group.kind === 'classic' && stateOf(group) !== 'Empty' && !isOfConsumers(group)) {
    throw new RequestError('NON_EMPTY_GROUP', `Group ${groupId} has members.`)
  }
  const isRead = readTopics(group, lookup)
  const removals: CommittedPartition[] = []
  const topics = request.topics.map(({ name, partitions }) => {
    const topic = lookup.byName(name)
    const answers = partitions.map(({ partitionIndex: partition }) => {
      let errorCode: number = errorCodes.NONE
      if (!topic || !hasPartition(topic, partition)) {
        errorCode = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      } else if (isRead(name)) {
        errorCode = errorCodes.GROUP_SUBSCRIBED_TO_TOPIC
      } else if (hasOffset(name, partition)) {
        removals.push({ topic: name, partition, committed: null })
      }
      return { partitionIndex: partition, errorCode }
    })
    return { name, partitions: answers }
  })
  return { removals, answer: { errorCode: errorCodes.NONE, topics } }
}

function readTopics(group: Group, lookup: TopicLookup): (topic: string) => boolean {
  if (group.kind === 'classic') return (topic) => isSubscribed(group, topic)
  const subscribed = new SubscribedTopics(lookup).ofAll(group.members.values())
  const names = new Set([...subscribed.values()].map(({ name }) => name))
  return (topic) => names.has(topic)
}
