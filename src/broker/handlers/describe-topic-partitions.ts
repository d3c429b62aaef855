/**
 * DescribeTopicPartitions: topics with their partitions, in the order of their names and in pages
 * of so many partitions; a cursor says where the next page begins (KIP-966).
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { describeTopicPartitions } from '../../protocol/describe-topic-partitions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import { authorizedOperations, may, refused } from '../security/access.ts'
import { checkTopicName } from '../topic-name.ts'
import type { Topic } from '../topic-table.ts'

type Request = RequestOf<typeof describeTopicPartitions>
type Response = ResponseInputOf<typeof describeTopicPartitions>
type Cursor = NonNullable<Request['cursor']>
type TopicResponse = Response['topics'][number]

const partitionsMax = 2000

export const handleDescribeTopicPartitions: Handler<typeof describeTopicPartitions> = (
  request,
  context,
) => {
  const { broker } = context
  const { cursor } = request
  if (cursor && !isRight(cursor, request)) {
    const asked = request.topics.map(({ name }) => name)
    const names = new Set(asked.length > 0 ? asked : [cursor.topicName])
    return { topics: [...names].map((name) => failed(name, badCursor())) }
  }
  const topics: TopicResponse[] = []
  let left = Math.max(1, Math.min(request.responsePartitionLimit, partitionsMax))
  const names = namesFrom(request, context)
  const isAllowed = (name: string): boolean => may(context, 'describe', 'topic', name)
  // Those that the client may not see follow the others, and are no part of pages.
  const hidden = request.topics.length > 0 ? names.filter((name) => !isAllowed(name)) : []
  const answer = (nextCursor?: Cursor): Response => {
    const refusals = hidden.map((name) => failed(name, refused('topic')))
    return { topics: [...topics, ...refusals], ...(nextCursor ? { nextCursor } : {}) }
  }
  for (const name of names.filter(isAllowed)) {
    const from = name === cursor?.topicName ? cursor.partitionIndex : 0
    if (left === 0) return answer({ topicName: name, partitionIndex: from })
    const topicAuthorizedOperations = authorizedOperations(context, 'topic', name)
    const topic = broker.topics.byName(name)
    if (!topic) {
      topics.push({ ...failed(name, unknownTopic(name)), topicAuthorizedOperations })
      continue
    }
    const page = describe(topic, { from, to: from + left }, broker.options.nodeId)
    topics.push({ ...page, topicAuthorizedOperations })
    left -= page.partitions.length
    const next = from + page.partitions.length
    if (next < topic.partitions.length) {
      return answer({ topicName: name, partitionIndex: next })
    }
  }
  return answer()
}

/** All topics where none is named. */
function namesFrom({ topics, cursor }: Request, { broker }: RequestContext): string[] {
  const wanted = topics.length > 0 ? topics : [...broker.topics.all()]
  const names = new Set(wanted.map(({ name }) => name))
  return [...names].filter((name) => !cursor || name >= cursor.topicName).sort()
}

function describe(
  topic: Topic,
  { from, to }: { readonly from: number; readonly to: number },
  nodeId: number,
): TopicResponse {
  const replicaNodes = [nodeId]
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.slice(from, to).map(({ epochs }, index) => ({
      errorCode: errorCodes.NONE,
      partitionIndex: from + index,
      leaderId: nodeId,
      leaderEpoch: epochs.current,
      replicaNodes,
      isrNodes: replicaNodes,
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
    })),
  }
}

function failed(name: string, error: RequestError): TopicResponse {
  return { errorCode: refusalOf(error).errorCode, name, topicId: zeroUuid, partitions: [] }
}

function unknownTopic(name: string): RequestError {
  try {
    checkTopicName(name)
    return new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${name}'.`)
  } catch (error) {
    if (error instanceof RequestError) return error
    throw error
  }
}

/** A cursor is at a partition of a topic that is asked for. */
function isRight({ topicName, partitionIndex }: Cursor, { topics }: Request): boolean {
  const isAsked = topics.length === 0 || topics.some(({ name }) => name === topicName)
  return partitionIndex >= 0 && isAsked
}

function badCursor(): RequestError {
  return new RequestError('INVALID_REQUEST', 'The cursor is at no partition of these topics.')
}
