/** DescribeAcls: the ACLs that a filter means, by the resources that they are about (KIP-140). */

import type { ResponseInputOf } from '../../protocol/api.ts'
import type { describeAcls } from '../../protocol/describe-acls.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { checkFilterReadable } from '../security/acl-requests.ts'
import type { Acl } from '../security/acl.ts'

type Resource = NonNullable<ResponseInputOf<typeof describeAcls>['resources']>[number]

export const handleDescribeAcls: Handler<typeof describeAcls> = (filter, context) => {
  const { acls, authorizer } = context.broker
  checkFilterReadable(filter)
  try {
    checkMay(context, 'describe', 'cluster')
    if (!authorizer.isEnforced) {
      throw new RequestError('SECURITY_DISABLED', 'No Authorizer is configured on the broker')
    }
  } catch (error) {
    return refusalOf(error)
  }
  return { errorCode: errorCodes.NONE, resources: byResource(acls.matching(filter)) }
}

function byResource(acls: readonly Acl[]): Resource[] {
  const resources = new Map<string, Resource & { readonly acls: Resource['acls'][number][] }>()
  for (const { resourceType, resourceName, patternType, ...acl } of acls) {
    const key = `${resourceType} ${patternType} ${resourceName}`
    const resource = resources.get(key) ?? { resourceType, resourceName, patternType, acls: [] }
    resources.set(key, resource)
    const { principal, host, operation, permissionType } = acl
    resource.acls.push({ principal, host, operation, permissionType })
  }
  return [...resources.values()]
}
