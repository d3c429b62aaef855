/** CreateTopics: new topics, each on its own, so that one bad name does not stop the others. */

import { zeroUuid } from '../../bytes/uuid.ts'
import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { createTopics } from '../../protocol/create-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { describeTopicConfigs } from '../topic-configs.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { ResolvedBrokerOptions } from '../broker-options.ts'
import type { BrokerParts, Handler, RequestContext } from '../request-context.ts'
import { may, refused } from '../security/access.ts'
import { clusterMetadataTopic } from '../topic-name.ts'
import { onceEach } from './once-each.ts'

type TopicRequest = RequestOf<typeof createTopics>['topics'][number]
type TopicResponse = ResponseInputOf<typeof createTopics>['topics'][number]

/** From here on clients know that a quota may refuse a topic, not only make them wait (KIP-599). */
const strictQuotaVersion = 6

export const handleCreateTopics: Handler<typeof createTopics> = async (request, context) => {
  const { broker, version } = context
  const isStrict = version >= strictQuotaVersion
  const quota = broker.requestQuotas.mutations(context, { isStrict })
  const pending: Promise<void>[] = []
  const topics: TopicResponse[] = []
  for (const { entry: topic, all } of onceEach(request.topics, ({ name }) => name)) {
    try {
      if (all.length > 1) {
        throw new RequestError('INVALID_REQUEST', `Topic '${topic.name}' is named twice.`)
      }
      if (topic.name === clusterMetadataTopic) {
        throw new RequestError('INVALID_REQUEST', `Topic '${topic.name}' is the broker's own.`)
      }
      if (!mayCreate(topic.name, context)) throw refused('topic')
      const plan = planOf(topic, broker.options)
      broker.topics.checkCreate(plan.name, plan.partitionCount, plan.configs)
      quota.record(plan.partitionCount)
      const topicId = request.validateOnly ? zeroUuid : await create(plan, broker, pending)
      topics.push(describe(plan, topicId, context))
    } catch (error) {
      topics.push({ name: topic.name, ...refusalOf(error) })
    }
  }
  await Promise.all(pending)
  return { throttleTimeMs: quota.throttleMs(), topics }
}

/** A topic to create, with the defaults for what the client left open. */
interface Plan {
  readonly name: string
  readonly partitionCount: number
  readonly configs: Readonly<Record<string, string>>
}

function planOf(request: TopicRequest, { defaultPartitions, nodeId }: ResolvedBrokerOptions): Plan {
  const { name, assignments, numPartitions } = request
  checkReplication(request, nodeId)
  const asked = assignments.length > 0 ? assignments.length : numPartitions
  const configs = request.configs.map(({ name: config, value }) => {
    if (value !== null) return [config, value] as const
    throw new RequestError('INVALID_CONFIG', `Null value not supported for ${config}.`)
  })
  const partitionCount = asked === -1 ? defaultPartitions : asked
  return { name, partitionCount, configs: Object.fromEntries(configs) }
}

async function create(
  { name, partitionCount, configs }: Plan,
  { topics }: BrokerParts,
  pending: Promise<void>[],
): Promise<string> {
  const { topic, durable } = await topics.createInTurns(name, partitionCount, configs)
  // Whoever waits for all is told, and others may be created before.
  durable.catch(() => {})
  pending.push(durable)
  return topic.id
}

function mayCreate(name: string, context: RequestContext): boolean {
  return may(context, 'create', 'cluster') || may(context, 'create', 'topic', name)
}

function describe(plan: Plan, topicId: string, context: RequestContext): TopicResponse {
  const { name, partitionCount: numPartitions } = plan
  const created = { name, topicId, errorCode: errorCodes.NONE }
  if (!may(context, 'describeConfigs', 'topic', name)) {
    return { ...created, topicConfigErrorCode: refused('topic').errorCode }
  }
  const { brokerConfigs } = context.broker
  const configs = describeTopicConfigs(new Map(Object.entries(plan.configs)), brokerConfigs)
  return {
    ...created,
    numPartitions,
    replicationFactor: 1,
    configs: configs.map(({ name, value, readOnly, configSource, isSensitive }) => {
      return { name, value, readOnly, configSource, isSensitive }
    }),
  }
}

function checkReplication(request: TopicRequest, nodeId: number): void {
  const { name, replicationFactor, assignments, numPartitions } = request
  if (assignments.length === 0) {
    if (replicationFactor === -1 || replicationFactor === 1) return
    const message =
      `Topic '${name}' asks for ${replicationFactor} replicas, where there is 1 broker: ` +
      'the replication factor must be 1 or -1.'
    throw new RequestError('INVALID_REPLICATION_FACTOR', message)
  }
  if (replicationFactor !== -1 || numPartitions !== -1) {
    const message = 'With an assignment, partition count and replication factor must be -1.'
    throw new RequestError('INVALID_REQUEST', message)
  }
  const indexes = assignments.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b)
  const isWhole = indexes.every((partition, index) => partition === index)
  const isHere = assignments.every(({ brokerIds }) => brokerIds.join() === String(nodeId))
  if (!isWhole || !isHere) {
    const message = `An assignment must have each partition from 0 on once, on broker ${nodeId}.`
    throw new RequestError('INVALID_REPLICA_ASSIGNMENT', message)
  }
}
