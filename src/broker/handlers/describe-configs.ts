/** DescribeConfigs: all configs of topics and of this broker, with where each value is from. */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { describeConfigs } from '../../protocol/describe-configs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { BrokerParts, Handler } from '../request-context.ts'
import { checkTopicName } from '../topic-name.ts'
import {
  configSources,
  configTypes,
  describeTopicConfigs,
  type DescribedConfig,
} from '../topic-configs.ts'

type Request = RequestOf<typeof describeConfigs>
type Resource = Request['resources'][number]
type Result = ResponseInputOf<typeof describeConfigs>['results'][number]

const resourceTypes = { topic: 2, broker: 4 } as const

export const handleDescribeConfigs: Handler<typeof describeConfigs> = (request, { broker }) => ({
  results: request.resources.map((resource): Result => {
    const { resourceType, resourceName } = resource
    try {
      const configs = configsOf(resource, broker)
        .filter(({ name }) => isWanted(name, resource))
        .map((config) => ({
          ...config,
          synonyms: request.includeSynonyms ? config.synonyms : [],
          documentation: request.includeDocumentation ? config.documentation : null,
        }))
      return { errorCode: errorCodes.NONE, resourceType, resourceName, configs }
    } catch (error) {
      return { ...refusalOf(error), resourceType, resourceName }
    }
  }),
})

/** Some clients mean all configs by naming none. */
function isWanted(name: string, { configurationKeys }: Resource): boolean {
  if (configurationKeys === null || configurationKeys.length === 0) return true
  return configurationKeys.includes(name)
}

function configsOf(
  { resourceType, resourceName }: Resource,
  broker: BrokerParts,
): DescribedConfig[] {
  if (resourceType === resourceTypes.topic) {
    checkTopicName(resourceName)
    const topic = broker.topics.byName(resourceName)
    if (topic) return describeTopicConfigs(topic.configs, broker.options)
    throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${resourceName}'.`)
  }
  if (resourceType !== resourceTypes.broker) {
    throw new RequestError('INVALID_REQUEST', `Resource type ${resourceType} has no configs here.`)
  }
  if (resourceName !== '' && resourceName !== String(broker.options.nodeId)) {
    const message = `Broker '${resourceName}' is not this one, ${broker.options.nodeId}.`
    throw new RequestError('INVALID_REQUEST', message)
  }
  return describeBroker(broker)
}

/** This broker in Kafka's names. Its options are set when it starts, so all is read-only. */
function describeBroker({ options }: BrokerParts): DescribedConfig[] {
  const { groups } = options
  const values: readonly [string, 'boolean' | 'int' | 'long', string | number | boolean][] = [
    ['auto.create.topics.enable', 'boolean', options.autoCreateTopics],
    ['broker.id', 'int', options.nodeId],
    ['default.replication.factor', 'int', 1],
    ['fetch.max.bytes', 'int', options.fetchMaxBytes],
    ['group.consumer.heartbeat.interval.ms', 'int', groups.consumerHeartbeatIntervalMs],
    ['group.consumer.session.timeout.ms', 'int', groups.consumerSessionTimeoutMs],
    ['group.initial.rebalance.delay.ms', 'int', groups.initialRebalanceDelayMs],
    ['group.max.session.timeout.ms', 'int', groups.maxSessionTimeoutMs],
    ['group.max.size', 'int', groups.maxSize],
    ['group.min.session.timeout.ms', 'int', groups.minSessionTimeoutMs],
    ['log.cleaner.backoff.ms', 'long', options.compactionCheckMs],
    ['log.retention.check.interval.ms', 'long', options.retentionCheckMs],
    ['num.partitions', 'int', options.defaultPartitions],
    ['offsets.topic.num.partitions', 'int', 1],
  ]
  return values.map(([name, type, value]) => ({
    name,
    value: String(value),
    readOnly: true,
    isDefault: false,
    configSource: configSources.staticBroker,
    isSensitive: false,
    synonyms: [{ name, value: String(value), source: configSources.staticBroker }],
    configType: configTypes[type],
    documentation: 'Set when the broker is started.',
  }))
}
