/** Whose rights the configs of a resource are held against: its own, or the cluster's. */

import { checkMay, type Asker } from './access.ts'

/** Kafka's numbers; those of brokers, their loggers and client metrics are the cluster's. */
const resourceTypes = { topic: 2, group: 32 } as const

/** @throws RequestError where the caller may not see, or change, the configs of a resource */
export function checkMayConfigure(
  asker: Asker,
  operation: 'describeConfigs' | 'alterConfigs',
  resource: { readonly resourceType: number; readonly resourceName: string },
): void {
  const { resourceType, resourceName } = resource
  if (resourceType === resourceTypes.topic) checkMay(asker, operation, 'topic', resourceName)
  else if (resourceType === resourceTypes.group) checkMay(asker, operation, 'group', resourceName)
  else checkMay(asker, operation, 'cluster')
}
