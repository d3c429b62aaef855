/** CreateTopics: new topics, each on its own, so that one bad name does not stop the others. */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { createTopics } from '../../protocol/create-topics.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { describeTopicConfigs } from '../topic-configs.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { BrokerParts, Handler } from '../request-context.ts'

type TopicRequest = RequestOf<typeof createTopics>['topics'][number]
type TopicResponse = ResponseInputOf<typeof createTopics>['topics'][number]

interface Outcome {
  readonly response: TopicResponse
  readonly durable?: Promise<void>
}

export const handleCreateTopics: Handler<typeof createTopics> = async (request, { broker }) => {
  const names = request.topics.map(({ name }) => name)
  const outcomes = request.topics.map((topic): Outcome => {
    try {
      if (names.indexOf(topic.name) !== names.lastIndexOf(topic.name)) {
        throw new RequestError('INVALID_REQUEST', `Topic '${topic.name}' is named twice.`)
      }
      return create(topic, broker, request.validateOnly)
    } catch (error) {
      return { response: { name: topic.name, ...refusalOf(error) } }
    }
  })
  await Promise.all(outcomes.map(({ durable }) => durable))
  return { topics: outcomes.map(({ response }) => response) }
}

function create(request: TopicRequest, broker: BrokerParts, validateOnly: boolean): Outcome {
  const { topics, options } = broker
  const { name } = request
  checkReplication(request)
  const isAssigned = request.assignments.length > 0
  const asked = isAssigned ? request.assignments.length : request.numPartitions
  const partitionCount = asked === -1 ? options.defaultPartitions : asked
  const configs: Record<string, string> = {}
  for (const config of request.configs) {
    if (config.value === null) {
      throw new RequestError('INVALID_CONFIG', `Null value not supported for ${config.name}.`)
    }
    configs[config.name] = config.value
  }
  const response = {
    name,
    errorCode: errorCodes.NONE,
    numPartitions: partitionCount,
    replicationFactor: 1,
  }
  if (validateOnly) {
    topics.checkCreate(name, partitionCount, configs)
    return { response }
  }
  const { topic, durable } = topics.create(name, partitionCount, configs)
  const described = describeTopicConfigs(topic, options).map(
    ({ name: config, value, readOnly, configSource, isSensitive }) => {
      return { name: config, value, readOnly, configSource, isSensitive }
    },
  )
  return { response: { ...response, topicId: topic.id, configs: described }, durable }
}

function checkReplication({
  name,
  replicationFactor,
  assignments,
  numPartitions,
}: TopicRequest): void {
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
  if (!isWhole || assignments.some(({ brokerIds }) => brokerIds.length !== 1)) {
    const message = 'An assignment must have each partition from 0 on once, on one broker.'
    throw new RequestError('INVALID_REPLICA_ASSIGNMENT', message)
  }
}
