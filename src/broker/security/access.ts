/** How handlers ask whether a request is allowed, and what they answer where it is not. */

import type { ErrorName } from '../../protocol/error-codes.ts'
import { RequestError } from '../request-error.ts'
import type { RequestContext } from '../request-context.ts'
import { aclOperations, type AclOperation, type AclResourceType } from '../../protocol/acl-codes.ts'
import { clusterResourceName } from './authorizer.ts'

/** What is needed to ask. */
export type Asker = Pick<RequestContext, 'session'> & {
  readonly broker: Pick<RequestContext['broker'], 'authorizer'>
}

export function may(
  { broker, session }: Asker,
  operation: AclOperation,
  resourceType: AclResourceType,
  resourceName: string = clusterResourceName,
): boolean {
  return broker.authorizer.allows(session, operation, resourceType, resourceName)
}

/** Does nothing where it is allowed. @throws RequestError that says what is not */
export function checkMay(
  asker: Asker,
  operation: AclOperation,
  resourceType: CheckedType,
  resourceName: string = clusterResourceName,
): void {
  if (!may(asker, operation, resourceType, resourceName)) throw refused(resourceType)
}

type CheckedType = keyof typeof refusals

/** Kafka's errors and its words for them. */
const refusals = {
  topic: ['TOPIC_AUTHORIZATION_FAILED', 'Topic authorization failed.'],
  group: ['GROUP_AUTHORIZATION_FAILED', 'Group authorization failed.'],
  cluster: ['CLUSTER_AUTHORIZATION_FAILED', 'Cluster authorization failed.'],
  transactionalId: [
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'Transactional Id authorization failed.',
  ],
} as const satisfies Partial<Record<AclResourceType, readonly [ErrorName, string]>>

export function refused(resourceType: CheckedType): RequestError {
  const [errorName, message] = refusals[resourceType]
  return new RequestError(errorName, message)
}

/** What can be done to a resource at all, as Kafka lists it. */
const operationsOn = {
  topic: [
    'read',
    'write',
    'create',
    'describe',
    'delete',
    'alter',
    'describeConfigs',
    'alterConfigs',
  ],
  group: ['read', 'describe', 'delete', 'describeConfigs', 'alterConfigs'],
  cluster: [
    'create',
    'clusterAction',
    'describeConfigs',
    'alterConfigs',
    'idempotentWrite',
    'alter',
    'describe',
  ],
} as const satisfies Partial<Record<AclResourceType, readonly AclOperation[]>>

/** What stands for "was not asked". */
export const operationsNotAsked = -0x8000_0000

/** Returns what the caller may do to the cluster: a secret to those who may not see that. */
export function clusterOperations(asker: Asker): number {
  return may(asker, 'describe', 'cluster') ? authorizedOperations(asker, 'cluster') : 0
}

/** Returns what the caller may do to a resource: a bit for each operation (KIP-430). */
export function authorizedOperations(
  asker: Asker,
  resourceType: keyof typeof operationsOn,
  resourceName?: string,
): number {
  return operationsOn[resourceType]
    .filter((operation) => may(asker, operation, resourceType, resourceName))
    .reduce((bits, operation) => bits | (1 << aclOperations[operation]), 0)
}

/**
 * Parts a list of what a request says of topics into what the client may ask for and the rest. A
 * topic whose name is not known, as one with an unknown id, is nobody's secret.
 */
export function partByTopic<Item>(
  asker: Asker,
  operation: AclOperation,
  items: readonly Item[],
  nameOf: (item: Item) => string | undefined,
): { readonly allowed: readonly Item[]; readonly others: readonly Item[] } {
  if (!asker.broker.authorizer.isEnforced) return { allowed: items, others: [] }
  const isAllowed = (item: Item): boolean => {
    const name = nameOf(item)
    return name === undefined || may(asker, operation, 'topic', name)
  }
  const { allowed = [], others = [] } = Object.groupBy(items, (item) =>
    isAllowed(item) ? 'allowed' : 'others',
  )
  return { allowed, others }
}

/** Returns topics of a request with an error for each partition: that they are not allowed. */
export function refusedTopics<
  Topic extends { readonly partitions: readonly { readonly partitionIndex: number }[] },
>(topics: readonly Topic[]) {
  const { errorCode } = refused('topic')
  return topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
}
