/**
 * Metadata: the topics, their partitions, and the one broker that leads them all, at the address
 * that the client dialled. A topic that is asked for by name may be created on the way.
 */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { metadata } from '../../protocol/metadata.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler, RequestContext } from '../request-context.ts'
import {
  authorizedOperations,
  checkMay,
  clusterOperations,
  may,
  operationsNotAsked,
  refused,
} from '../security/access.ts'
import { checkTopicName } from '../topic-name.ts'
import { onceEach } from './once-each.ts'
import type { Topic } from '../topic-table.ts'

type Request = RequestOf<typeof metadata>
type Response = ResponseInputOf<typeof metadata>
type TopicResponse = Response['topics'][number]
type TopicRequest = NonNullable<Request['topics']>[number]

/** Versions 10 and 11 have a field for topic ids, which no broker has ever answered. */
const firstVersionById = 12

export const handleMetadata: Handler<typeof metadata> = (request, context) => {
  const { broker, version } = context
  // In version 0 no list could be left out, so an empty one means all topics.
  const all = request.topics === null || (version === 0 && request.topics.length === 0)
  if (all) {
    const seen = [...broker.topics.all()].filter(({ name }) => maySee(name, context))
    return answer(
      request,
      context,
      seen.map((topic) => describe(topic, context)),
    )
  }

  if (version < firstVersionById && request.topics.some(isWithoutName)) {
    return refuse(request.topics)
  }
  const pending: Promise<void>[] = []
  const asked = onceEach(request.topics, ({ name, topicId }) => `${topicId} ${name}`)
  const topics = asked.map(({ entry: { name, topicId } }) => {
    if (topicId !== zeroUuid) return byId(topicId, context)
    const mayCreate = request.allowAutoTopicCreation && broker.options.autoCreateTopics
    return byName(name ?? '', context, mayCreate ? pending : undefined)
  })
  const response = answer(request, context, topics)
  // A client that is told of a topic may rely on it, so it has to be on the disk by then.
  return pending.length === 0 ? response : Promise.all(pending).then(() => response)
}

function maySee(topic: string, context: RequestContext): boolean {
  return may(context, 'describe', 'topic', topic)
}

function answer(request: Request, context: RequestContext, topics: TopicResponse[]): Response {
  const { broker, peer } = context
  const { nodeId } = broker.options
  return {
    brokers: [{ nodeId, ...peer.dialled }],
    clusterId: broker.clusterId,
    controllerId: nodeId,
    topics: request.includeTopicAuthorizedOperations
      ? topics.map((topic) => withOperations(topic, context))
      : topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? clusterOperations(context)
      : operationsNotAsked,
  }
}

/** Of topics that the client may not see, it is not told what it may do to them. */
function withOperations(topic: TopicResponse, context: RequestContext): TopicResponse {
  const { name, errorCode } = topic
  if (errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED || name === null) return topic
  return { ...topic, topicAuthorizedOperations: authorizedOperations(context, 'topic', name) }
}

function isWithoutName({ name, topicId }: TopicRequest): boolean {
  return name === null || topicId !== zeroUuid
}

/** The request as a whole is wrong, so nothing is told, not even of brokers. */
function refuse(topics: readonly TopicRequest[]): Response {
  return {
    brokers: [],
    topics: topics.map(({ name, topicId }) => {
      return { errorCode: errorCodes.INVALID_REQUEST, name: name ?? '', topicId, partitions: [] }
    }),
  }
}

function byId(topicId: string, context: RequestContext): TopicResponse {
  const topic = context.broker.topics.byId(topicId)
  if (topic && maySee(topic.name, context)) return describe(topic, context)
  // Ids are no secret, names are.
  if (topic) return { errorCode: refused('topic').errorCode, name: null, topicId, partitions: [] }
  return { errorCode: errorCodes.UNKNOWN_TOPIC_ID, name: null, topicId, partitions: [] }
}

/** `pending` takes what a creation waits for; without it nothing is created. */
function byName(
  name: string,
  context: RequestContext,
  pending: Promise<void>[] | undefined,
): TopicResponse {
  const { topics, options, requestQuotas } = context.broker
  try {
    checkMay(context, 'describe', 'topic', name)
    const known = topics.byName(name)
    if (known) return describe(known, context)
    const mayCreate = may(context, 'create', 'cluster') || may(context, 'create', 'topic', name)
    if (pending && !mayCreate) throw refused('topic')
    checkTopicName(name)
    if (!pending) throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `no topic '${name}'`)
    topics.checkCreate(name, options.defaultPartitions, {})
    requestQuotas.mutations(context, { isStrict: true }).record(options.defaultPartitions)
    const { topic, durable } = topics.create(name, options.defaultPartitions)
    pending.push(durable)
    return describe(topic, context)
  } catch (error) {
    const { errorCode } = refusalOf(error)
    // Who may not create more for now is told what makes clients ask again, as by Kafka; so is who
    // asks for what somebody else is just creating.
    const isPassing =
      errorCode === errorCodes.THROTTLING_QUOTA_EXCEEDED ||
      errorCode === errorCodes.TOPIC_ALREADY_EXISTS
    return {
      errorCode: isPassing ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCode,
      name,
      partitions: [],
    }
  }
}

function describe(topic: Topic, { broker, version }: RequestContext): TopicResponse {
  const { nodeId } = broker.options
  const replicaNodes = [nodeId]
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    topicId: version >= 10 ? topic.id : zeroUuid,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map(({ epochs }, partitionIndex) => ({
      errorCode: errorCodes.NONE,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch: epochs.current,
      replicaNodes,
      isrNodes: replicaNodes,
    })),
  }
}
