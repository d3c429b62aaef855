/** ACLs as programs write them, and as Kafka numbers them in requests. */

/** Who may, or may not, do what. */
export interface Acl {
  /** The kind of thing that it is about. */
  readonly resourceType: AclResourceType
  /** A name or, of a `prefixed` pattern, what names begin with; a literal `*` is all of them. */
  readonly resourceName: string
  /** Whether `resourceName` is a name, or what names begin with. @default 'literal' */
  readonly pattern?: 'literal' | 'prefixed'
  /** Such as `User:alice`; `User:*` is everybody. */
  readonly principal: string
  /** The address that requests come from. @default '*', which is any */
  readonly host?: string
  /** What may, or may not, be done with it; `all` is everything. */
  readonly operation: AclOperation
  /** Who is denied something may not do it, whatever else allows it. @default 'allow' */
  readonly permission?: 'allow' | 'deny'
}

/** Which ACLs are meant: those that have all that is given. */
export interface AclFilter {
  /** The kind of thing that the ACL is about. @default any */
  readonly resourceType?: AclResourceType
  /** The name, or beginning, as it is in the ACL. @default any */
  readonly resourceName?: string
  /** `match`: all that apply to `resourceName`, by whichever pattern. @default any */
  readonly pattern?: 'literal' | 'prefixed' | 'match'
  /** Such as `User:alice`. @default any */
  readonly principal?: string
  /** The address, as it is in the ACL. @default any */
  readonly host?: string
  /** What it allows, or denies. @default any */
  readonly operation?: AclOperation
  /** Whether it allows or denies. @default any */
  readonly permission?: 'allow' | 'deny'
}

/** Kinds of things that an ACL may be about, as Kafka has them. */
export type AclResourceType = keyof typeof resourceTypes
/**
 * What may be done, as Kafka has it;
 * https://kafka.apache.org/documentation/#operations_resources_and_protocols says which request
 * needs which.
 */
export type AclOperation = keyof typeof operations

const any = 1

const resourceTypes = {
  topic: 2,
  group: 3,
  cluster: 4,
  transactionalId: 5,
  delegationToken: 6,
  user: 7,
} as const

const patterns = { match: 2, literal: 3, prefixed: 4 } as const

const operations = {
  all: 2,
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
  createTokens: 13,
  describeTokens: 14,
  twoPhaseCommit: 15,
} as const

const permissions = { deny: 2, allow: 3 } as const

/** What a request says of one ACL. */
export interface NumberedAcl {
  readonly resourceType: number
  readonly resourceName: string
  readonly resourcePatternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

export function numbered(acl: Acl): NumberedAcl {
  return {
    resourceType: resourceTypes[acl.resourceType],
    resourceName: acl.resourceName,
    resourcePatternType: patterns[acl.pattern ?? 'literal'],
    principal: acl.principal,
    host: acl.host ?? '*',
    operation: operations[acl.operation],
    permissionType: permissions[acl.permission ?? 'allow'],
  }
}

export function numberedFilter(filter: AclFilter) {
  const { resourceType, pattern, operation, permission } = filter
  return {
    resourceTypeFilter: resourceType ? resourceTypes[resourceType] : any,
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: pattern ? patterns[pattern] : any,
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: operation ? operations[operation] : any,
    permissionType: permission ? permissions[permission] : any,
  }
}

/** Returns the ACL that numbers stand for; what was numbered later than this is named `unknown`. */
export function named(acl: NumberedAcl): Required<Acl> {
  return {
    resourceType: nameOf(resourceTypes, acl.resourceType),
    resourceName: acl.resourceName,
    pattern: nameOf({ literal: 3, prefixed: 4 }, acl.resourcePatternType),
    principal: acl.principal,
    host: acl.host,
    operation: nameOf(operations, acl.operation),
    permission: nameOf(permissions, acl.permissionType),
  }
}

function nameOf<Name extends string>(table: Readonly<Record<Name, number>>, code: number): Name {
  const found = Object.entries(table).find(([, number]) => number === code)
  return (found?.[0] ?? 'unknown') as Name
}
