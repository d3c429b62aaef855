/** DescribeConfigs: configs of topics, groups and this broker, with where each value is from. */

import type { RequestOf, ResponseInputOf } from '../../protocol/api.ts'
import type { describeConfigs } from '../../protocol/describe-configs.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { describeClientMetrics } from '../configs/client-metrics-configs.ts'
import { resourceTypes } from '../configs/resource-configs.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { BrokerParts, Handler } from '../request-context.ts'
import { checkMayConfigure } from '../security/config-access.ts'
import { checkTopicName } from '../topic-name.ts'
import { onceEach } from './once-each.ts'
import {
  configSources,
  configTypes,
  describeTopicConfigs,
  type DescribedConfig,
} from '../topic-configs.ts'

type Request = RequestOf<typeof describeConfigs>
type Resource = Request['resources'][number]
type Result = ResponseInputOf<typeof describeConfigs>['results'][number]

export const handleDescribeConfigs: Handler<typeof describeConfigs> = (request, context) => ({
  results: onceEach(request.resources, keyOf).map(({ entry: resource, all }): Result => {
    const { resourceType, resourceName } = resource
    try {
      checkMayConfigure(context, 'describeConfigs', resource)
      const configs = configsOf(resource, context.broker)
        .filter(({ name }) => all.some((each) => isWanted(name, each)))
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

function keyOf({ resourceType, resourceName }: Resource): string {
  return `${resourceType} ${resourceName}`
}

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
    if (topic) return describeTopicConfigs(topic.configs, broker.brokerConfigs)
    throw new RequestError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic '${resourceName}'.`)
  }
  if (resourceType === resourceTypes.broker) return broker.brokerConfigs.describe(resourceName)
  if (resourceType === resourceTypes.group) return broker.groupConfigs.describe(resourceName)
  if (resourceType === resourceTypes.clientMetrics) {
    const configs = broker.resourceConfigs.of({ resourceType, resourceName })
    return describeClientMetrics(resourceName, configs)
  }
  if (resourceType !== resourceTypes.brokerLogger) {
    throw new RequestError('INVALID_REQUEST', `Resource type ${resourceType} has no configs here.`)
  }
  const { nodeId } = broker.options
  if (resourceName !== String(nodeId)) {
    const message = `Unexpected broker id, expected ${nodeId} but received ${resourceName}`
    throw new RequestError('INVALID_REQUEST', message)
  }
  return describeLoggers()
}

/** How much the broker says, which nobody can change from afar. */
function describeLoggers(): DescribedConfig[] {
  const [name, value, source] = ['root', 'INFO', configSources.brokerLogger]
  return [
    {
      name,
      value,
      readOnly: true,
      isDefault: false,
      configSource: source,
      isSensitive: false,
      synonyms: [{ name, value, source }],
      configType: configTypes.string,
      documentation: 'Set when the broker is started.',
    },
  ]
}
