/** Who may do what: the question that handlers ask before they do anything. */

import { wildcard } from './acl.ts'
import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
  type AclOperation,
  type AclResourceType,
} from '../../protocol/acl-codes.ts'
import { stronger } from './acl-rules.ts'
import type { Acls } from './acls.ts'
import { principalText } from './principal.ts'
import type { Session } from './session.ts'

export interface Authorizer {
  /** Whether anybody can be refused anything. */
  readonly isEnforced: boolean
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
  /** Whether there is any name at all for which that is allowed, of a resource or of none. */
  allowsAny(session: Session, operation: AclOperation, resourceType: AclResourceType): boolean
}

/** The one resource of type `cluster`. */
export const clusterResourceName = 'kafka-cluster'

/** A broker that asks nobody who they are. */
export const everythingAllowed: Authorizer = Object.freeze({
  isEnforced: false,
  allows: () => true,
  allowsAny: () => true,
})

const everybody = 'User:*'

/** Decides by ACLs, as Kafka's `StandardAuthorizer`: who denies wins, and silence is a refusal. */
export class AclAuthorizer implements Authorizer {
  readonly isEnforced = true
  readonly #acls: Acls
  readonly #superUsers: ReadonlySet<string>

  /** @param superUsers names of users, who may do everything */
  constructor(acls: Acls, superUsers: readonly string[]) {
    this.#acls = acls
    this.#superUsers = new Set(superUsers)
  }

  allows(
    { principal, peer }: Session,
    operation: AclOperation,
    resourceType: AclResourceType,
    resourceName: string,
  ): boolean {
    if (this.#superUsers.has(principal.name)) return true
    const question = {
      resourceType: aclResourceTypes[resourceType],
      resourceName,
      operation: aclOperations[operation],
      host: peer.host,
    }
    const verdict = this.#acls.rulesOf(principalText(principal))?.verdict(question)
    if (verdict === 'deny') return false
    return stronger(verdict, this.#acls.rulesOf(everybody)?.verdict(question)) === 'allow'
  }

  allowsAny(session: Session, operation: AclOperation, resourceType: AclResourceType): boolean {
    // Kafka asks for this name first, too, which answers for super users.
    if (this.allows(session, operation, resourceType, 'hardcode')) return true
    const allowed = { literal: new Set<string>(), prefixed: new Set<string>() }
    const denied = { literal: new Set<string>(), prefixed: new Set<string>() }
    const question = {
      resourceType: aclResourceTypes[resourceType],
      operation: aclOperations[operation],
      host: session.peer.host,
    }
    for (const principal of [principalText(session.principal), everybody]) {
      for (const acl of this.#acls.rulesOf(principal)?.naming(question) ?? []) {
        const names = acl.permissionType === aclPermissions.deny ? denied : allowed
        const isPrefix = acl.patternType === aclPatternTypes.prefixed
        names[isPrefix ? 'prefixed' : 'literal'].add(acl.resourceName)
      }
    }
    if (denied.literal.has(wildcard)) return false
    if (allowed.literal.has(wildcard)) return true
    const isDenied = (name: string): boolean => {
      return [...denied.prefixed].some((prefix) => name.startsWith(prefix))
    }
    return (
      [...allowed.prefixed].some((prefix) => !isDenied(prefix)) ||
      [...allowed.literal].some((name) => !denied.literal.has(name) && !isDenied(name))
    )
  }
}
