/** ACLs as programs write them, and as Kafka numbers them in requests. */

import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
} from '../../protocol/acl-codes.ts'
import { oneOf } from '../settings/kafka-options.ts'
import { onlyFields } from './only-fields.ts'

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
export type AclResourceType = Exclude<keyof typeof aclResourceTypes, 'any'>
/**
 * What may be done, as Kafka has it;
 * https://kafka.apache.org/documentation/#operations_resources_and_protocols says which request
 * needs which.
 */
export type AclOperation = Exclude<keyof typeof aclOperations, 'any'>

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

const fields: readonly string[] = [
  'resourceType',
  'resourceName',
  'pattern',
  'principal',
  'host',
  'operation',
  'permission',
] satisfies (keyof Acl)[]

/** @throws InvalidOptionError for a field that there is not, or that has no such value */
export function numbered(acl: Acl): NumberedAcl {
  const { resourceType, resourceName, pattern, principal, host, operation, permission } = acl
  onlyFields(acl, fields)
  return {
    resourceType: codeOf(aclResourceTypes, 'resourceType', resourceType),
    resourceName,
    resourcePatternType: codeOf(aclPatternTypes, 'pattern', pattern ?? 'literal'),
    principal,
    host: host ?? '*',
    operation: codeOf(aclOperations, 'operation', operation),
    permissionType: codeOf(aclPermissions, 'permission', permission ?? 'allow'),
  }
}

/** @throws as `numbered`: what is misspelt would stand for any, and all ACLs be meant */
export function numberedFilter(filter: AclFilter) {
  const { resourceType, resourceName, pattern, principal, host, operation, permission } = filter
  onlyFields(filter, fields)
  return {
    resourceTypeFilter: codeOf(aclResourceTypes, 'resourceType', resourceType ?? 'any'),
    resourceNameFilter: resourceName ?? null,
    patternTypeFilter: codeOf(aclPatternTypes, 'pattern', pattern ?? 'any'),
    principalFilter: principal ?? null,
    hostFilter: host ?? null,
    operation: codeOf(aclOperations, 'operation', operation ?? 'any'),
    permissionType: codeOf(aclPermissions, 'permission', permission ?? 'any'),
  }
}

/** Returns the code of what `option` is. @throws InvalidOptionError where there is no such value */
function codeOf(codes: Readonly<Record<string, number>>, option: string, name: string): number {
  return codes[oneOf(option, name, Object.keys(codes))]!
}

/** Returns the ACL that numbers stand for; what was numbered later than this is named `unknown`. */
export function named(acl: NumberedAcl): Required<Acl> {
  return {
    resourceType: nameOf(aclResourceTypes, acl.resourceType) as AclResourceType,
    resourceName: acl.resourceName,
    pattern: nameOf(aclPatternTypes, acl.resourcePatternType) as 'literal' | 'prefixed',
    principal: acl.principal,
    host: acl.host,
    operation: nameOf(aclOperations, acl.operation) as AclOperation,
    permission: nameOf(aclPermissions, acl.permissionType) as 'allow' | 'deny',
  }
}

function nameOf(table: Readonly<Record<string, number>>, code: number): string {
  return Object.keys(table).find((name) => table[name] === code) ?? 'unknown'
}
