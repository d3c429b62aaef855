/** CreateAcls: adds ACLs, each on its own; one that is there already is there once (KIP-140). */

import type { createAcls, CreateAclsRequest } from '../../protocol/create-acls.ts'
import { RefusedRequestError } from '../../connection/request-handler.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, orRefusal, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import { type Acl } from '../security/acl.ts'
import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
} from '../../protocol/acl-codes.ts'
import { checkAclCount, securityDisabled } from '../security/acl-requests.ts'
import { clusterResourceName } from '../security/authorizer.ts'

type Creation = CreateAclsRequest['creations'][number]

export const handleCreateAcls: Handler<typeof createAcls> = ({ creations }, context) => {
  const { acls, authorizer } = context.broker
  if (creations.some(hasZero)) throw new RefusedRequestError('an ACL has codes of 0')
  try {
    checkMay(context, 'alter', 'cluster')
    if (!authorizer.isEnforced) throw securityDisabled
    if (creations.some(isForFiltersOnly)) throw notAnAcl
    checkAclCount(creations.length)
  } catch (error) {
    const refusal = refusalOf(error)
    return { results: creations.map(() => refusal) }
  }
  const added: Acl[] = []
  const results = creations.map((creation) => {
    try {
      const acl = aclOf(creation)
      checkAcl(acl)
      added.push(acl)
      return { errorCode: errorCodes.NONE }
    } catch (error) {
      return refusalOf(error)
    }
  })
  const durable = orRefusal(() => acls.create(added))
  if ('errorCode' in durable) return { results: creations.map(() => durable) }
  return durable.then(() => ({ results }))
}

function aclOf({ resourcePatternType: patternType, ...rest }: Creation): Acl {
  const { resourceType, resourceName, principal, host, operation, permissionType } = rest
  return { resourceType, resourceName, patternType, principal, host, operation, permissionType }
}

/** Kafka cannot read a request with such codes. */
function hasZero(creation: Creation): boolean {
  const { resourceType, resourcePatternType, operation, permissionType } = creation
  return [resourceType, resourcePatternType, operation, permissionType].includes(0)
}

function isForFiltersOnly(creation: Creation): boolean {
  const { resourceType, resourcePatternType: pattern, operation, permissionType } = creation
  return (
    resourceType === aclResourceTypes.any ||
    pattern === aclPatternTypes.any ||
    pattern === aclPatternTypes.match ||
    operation === aclOperations.any ||
    permissionType === aclPermissions.any
  )
}

/** @throws RequestError */
function checkAcl({ resourceType, resourceName, ...acl }: Acl): void {
  if (resourceType === aclResourceTypes.cluster && resourceName !== clusterResourceName) {
    throw invalid(`The only valid name for the CLUSTER resource is ${clusterResourceName}`)
  }
  if (resourceName === '') throw invalid('Invalid empty resource name')
  checkCode('resourceType', resourceType, aclResourceTypes)
  checkCode('patternType', acl.patternType, aclPatternTypes)
  checkCode('operation', acl.operation, aclOperations)
  checkCode('permissionType', acl.permissionType, aclPermissions)
  if (acl.principal.includes(':')) return
  const why = '(no colon is present separating the principal type from the principal name)'
  throw invalid(`Could not parse principal from \`${acl.principal}\` ${why}`)
}

function checkCode(name: string, code: number, known: Readonly<Record<string, number>>): void {
  if (!Object.values(known).includes(code)) throw invalid(`Invalid ${name} UNKNOWN`)
}

const notAnAcl = new RequestError('UNKNOWN_SERVER_ERROR', 'An ACL has codes that are for filters.')

function invalid(message: string): RequestError {
  return new RequestError('INVALID_REQUEST', message)
}
