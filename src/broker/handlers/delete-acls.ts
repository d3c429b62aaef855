/** DeleteAcls: removes the ACLs that any of some filters means, and tells which (KIP-140). */

import type { deleteAcls } from '../../protocol/delete-acls.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { orRefusal, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { checkMay } from '../security/access.ts'
import {
  checkAclCount,
  checkFilterKnown,
  checkFilterReadable,
  securityDisabled,
} from '../security/acl-requests.ts'

export const handleDeleteAcls: Handler<typeof deleteAcls> = ({ filters }, context) => {
  const { acls, authorizer } = context.broker
  for (const filter of filters) checkFilterReadable(filter)
  try {
    checkMay(context, 'alter', 'cluster')
    if (!authorizer.isEnforced) throw securityDisabled
  } catch (error) {
    const refusal = refusalOf(error)
    return { filterResults: filters.map(() => refusal) }
  }
  const removed = new Set<string>()
  const filterResults = filters.map((filter) => {
    try {
      checkFilterKnown(filter)
      const found = acls.matching(filter)
      checkAclCount(new Set([...removed, ...found.map(({ id }) => id)]).size)
      for (const { id } of found) removed.add(id)
      const matchingAcls = found.map((acl) => ({ ...acl, errorCode: errorCodes.NONE }))
      return { errorCode: errorCodes.NONE, matchingAcls }
    } catch (error) {
      return refusalOf(error)
    }
  })
  const durable = orRefusal(() => acls.delete(removed))
  if ('errorCode' in durable) return { filterResults: filters.map(() => durable) }
  return durable.then(() => ({ filterResults }))
}
