/** Which ACLs a filter of DescribeAcls or DeleteAcls means (KIP-140, KIP-290). */

import { wildcard } from './acl.ts'
import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
} from '../../protocol/acl-codes.ts'
import type { Acl } from './acl.ts'

/** All of it has to fit; `any`, and `null`, fit everything. */
export interface AclFilter {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

export function matchesAcl(filter: AclFilter, acl: Acl): boolean {
  const { resourceTypeFilter: type, operation, permissionType: permission } = filter
  return (
    (type === aclResourceTypes.any || type === acl.resourceType) &&
    (operation === aclOperations.any || operation === acl.operation) &&
    (permission === aclPermissions.any || permission === acl.permissionType) &&
    (filter.principalFilter === null || filter.principalFilter === acl.principal) &&
    (filter.hostFilter === null || filter.hostFilter === acl.host) &&
    matchesPattern(filter, acl)
  )
}

function matchesPattern(filter: AclFilter, { patternType, resourceName }: Acl): boolean {
  const { patternTypeFilter: wanted, resourceNameFilter: name } = filter
  const isMatch = wanted === aclPatternTypes.match
  if (wanted !== aclPatternTypes.any && !isMatch && wanted !== patternType) return false
  if (name === null) return true
  if (!isMatch) return name === resourceName
  // What applies to the resource of that name, by whichever pattern.
  if (patternType === aclPatternTypes.prefixed) return name.startsWith(resourceName)
  return name === resourceName || resourceName === wildcard
}
