/** What the requests about ACLs have in common: their limits, and what they are refused for. */

import { RefusedRequestError } from '../../connection/request-handler.ts'
import { RequestError } from '../request-error.ts'
import type { AclFilter } from './acl-filter.ts'
import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
} from '../../protocol/acl-codes.ts'

/** The most ACLs that one request may add or remove, as in Kafka. */
const aclChangesMax = 10_000

/** @throws RequestError where one request would change too much */
export function checkAclCount(count: number): void {
  if (count <= aclChangesMax) return
  const message = 'Unable to perform excessively large batch operation.'
  throw new RequestError('POLICY_VIOLATION', message)
}

/** Where everybody may do everything, ACLs would be a promise that nobody keeps. */
export const securityDisabled = new RequestError(
  'SECURITY_DISABLED',
  'No Authorizer is configured.',
)

/** Kafka cannot read a filter with such codes. @throws RefusedRequestError */
export function checkFilterReadable(filter: AclFilter): void {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter
  if ([resourceTypeFilter, patternTypeFilter, operation, permissionType].includes(0)) {
    throw new RefusedRequestError('a filter of ACLs has codes of 0')
  }
}

/** @throws RequestError where it has codes that are unknown here */
export function checkFilterKnown(filter: AclFilter): void {
  const { resourceTypeFilter: type, patternTypeFilter: pattern, operation, permissionType } = filter
  if (!isCode(type, aclResourceTypes) || !isCode(pattern, aclPatternTypes)) {
    throw new RequestError('INVALID_REQUEST', 'Unknown patternFilter.')
  }
  if (!isCode(operation, aclOperations) || !isCode(permissionType, aclPermissions)) {
    throw new RequestError('INVALID_REQUEST', 'Unknown entryFilter.')
  }
}

function isCode(code: number, known: Readonly<Record<string, number>>): boolean {
  return Object.values(known).includes(code)
}
