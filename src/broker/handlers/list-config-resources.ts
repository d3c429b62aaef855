/**
 * ListConfigResources: what configs can be asked for. Versions 0–1; version 0 is about client
 * metrics alone, of which there are none.
 */

import { errorCodes } from '../../protocol/error-codes.ts'
import type { listConfigResources } from '../../protocol/list-config-resources.ts'
import type { Handler } from '../request-context.ts'

/** Kafka's numbers. */
const resourceTypes = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const
const firstVersionWithTypes = 1

export const handleListConfigResources: Handler<typeof listConfigResources> = (
  request,
  context,
) => {
  const { broker, version } = context
  const asked =
    version < firstVersionWithTypes ? [resourceTypes.clientMetrics] : request.resourceTypes
  const known: readonly number[] = Object.values(resourceTypes)
  if (asked.some((type) => !known.includes(type))) {
    return { errorCode: errorCodes.UNSUPPORTED_VERSION }
  }
  const isAsked = (type: number): boolean => asked.length === 0 || asked.includes(type)
  const { topic, broker: ofBroker, brokerLogger } = resourceTypes
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
  return { errorCode: errorCodes.NONE, configResources }
}
