/**
 * ListConfigResources: what configs can be asked for. Versions 0–1; version 0 is about client
 * metrics alone.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { listConfigResources } from '../../protocol/list-config-resources.ts'
import { resourceTypes } from '../configs/resource-configs.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

const firstVersionWithTypes = 1

export const handleListConfigResources: Handler<typeof listConfigResources> = (
  request,
  context,
) => {
  const { broker, version } = context
  if (!may(context, 'describeConfigs', 'cluster')) {
    return { errorCode: refused('cluster').errorCode }
  }
  const asked =
    version < firstVersionWithTypes ? [resourceTypes.clientMetrics] : request.resourceTypes
  const known: readonly number[] = Object.values(resourceTypes)
  if (asked.some((type) => !known.includes(type))) {
    return { errorCode: errorCodes.UNSUPPORTED_VERSION }
  }
  const isAsked = (type: number): boolean => asked.length === 0 || asked.includes(type)
  const { topic, broker: ofBroker, brokerLogger, clientMetrics, group } = resourceTypes
  const nodeId = String(broker.options.nodeId)
  const configResources: { resourceName: string; resourceType: number }[] = []
  if (isAsked(topic)) {
    for (const { name } of broker.topics.all()) {
      configResources.push({ resourceName: name, resourceType: topic })
    }
  }
  for (const type of [ofBroker, brokerLogger]) {
    if (isAsked(type)) configResources.push({ resourceName: nodeId, resourceType: type })
  }
  for (const type of [clientMetrics, group]) {
    if (!isAsked(type)) continue
    for (const resourceName of broker.resourceConfigs.names(type)) {
      configResources.push({ resourceName, resourceType: type })
    }
  }
  return { errorCode: errorCodes.NONE, configResources }
}
