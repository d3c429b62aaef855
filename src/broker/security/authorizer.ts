/** Who may do what: the question that handlers ask before they do anything. */

import type { AclOperation, AclResourceType } from './acl.ts'
import type { Session } from './session.ts'

export interface Authorizer {
  /**
   * Whether the session's principal may do `operation` on the resource of that name: a topic, a
   * group, a transactional id, or `clusterResourceName`.
   */
  allows(
    session: Session,
    operation: AclOperation,
    resourceType: AclResourceType,
    resourceName: string,
  ): boolean
}

/** The one resource of type `cluster`. */
export const clusterResourceName = 'kafka-cluster'

/** A broker that asks nobody who they are. */
export const everythingAllowed: Authorizer = Object.freeze({ allows: () => true })
