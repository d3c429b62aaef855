/** The users of the authorization matrix: each is allowed one thing, or denied one of everything. */

import { type Acl } from '../../../src/broker/security/acl.ts'
import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
  type AclOperation,
} from '../../../src/protocol/acl-codes.ts'

/** All that requests name begins so, and nothing else does. */
export const prefix = 'm-'
export const names = Object.freeze({
  topic: 'm-topic',
  group: 'm-group',
  transactionalId: 'm-transaction',
  cluster: 'kafka-cluster',
})

export interface Principal {
  readonly user: string
  readonly acls: readonly Acl[]
}

const operations = {
  topic: [
    'read',
    'write',
    'create',
    'delete',
    'alter',
    'describe',
    'describeConfigs',
    'alterConfigs',
  ],
  group: ['read', 'delete', 'describe', 'describeConfigs', 'alterConfigs'],
  transactionalId: ['describe', 'write'],
  cluster: [
    'create',
    'alter',
    'describe',
    'clusterAction',
    'describeConfigs',
    'alterConfigs',
    'idempotentWrite',
  ],
} as const satisfies Readonly<Record<keyof typeof names, readonly AclOperation[]>>
type ResourceType = keyof typeof operations
const resourceTypes = Object.keys(operations) as ResourceType[]

const patterns = ['literal', 'prefixed', 'wildcard'] as const
type Pattern = (typeof patterns)[number]

interface Rule {
  readonly permission: 'allow' | 'deny'
  readonly operation: AclOperation
  readonly type: ResourceType
  readonly pattern: Pattern
  readonly host?: string
}

export const password = 'secret'

export function allPrincipals(): Principal[] {
  return [
    { user: 'nobody', acls: [] },
    ...resourceTypes.flatMap((type) => allowances(type)),
    ...resourceTypes.flatMap((type) => denials(type)),
    ...hosts(),
  ]
}

/** One operation, or all, on one resource by each pattern that may name it. */
function allowances(type: ResourceType): Principal[] {
  const on = type === 'cluster' ? (['literal'] as const) : patterns
  return [...operations[type], 'all' as const].flatMap((operation) =>
    on.map((pattern) => {
      const rule = { permission: 'allow', operation, type, pattern } as const
      return principal(`${operation}-${type}-${pattern}`, [rule])
    }),
  )
}

/** Everything on everything, but for one operation on one resource. */
function denials(type: ResourceType): Principal[] {
  const everything = resourceTypes.map(
    (each) =>
      ({
        permission: 'allow',
        operation: 'all',
        type: each,
        pattern: each === 'cluster' ? 'literal' : 'wildcard',
      }) as const,
  )
  return [...operations[type], 'all' as const].map((operation) => {
    const rule = { permission: 'deny', operation, type, pattern: 'literal' } as const
    return principal(`not-${operation}-${type}`, [...everything, rule])
  })
}

/** All on the topic, from this machine and from another one. */
function hosts(): Principal[] {
  const all = { permission: 'allow', operation: 'all', type: 'topic', pattern: 'literal' } as const
  return [
    principal('here', [{ ...all, host: '127.0.0.1' }]),
    principal('elsewhere', [{ ...all, host: '192.0.2.1' }]),
    principal('not-here', [all, { ...all, permission: 'deny', host: '127.0.0.1' }]),
  ]
}

function principal(user: string, rules: readonly Rule[]): Principal {
  return { user, acls: rules.map((rule) => aclOf(user, rule)) }
}

function aclOf(user: string, { permission, operation, type, pattern, host = '*' }: Rule): Acl {
  const resourceName = { literal: names[type], prefixed: prefix, wildcard: '*' }[pattern]
  return {
    resourceType: aclResourceTypes[type],
    resourceName,
    patternType: aclPatternTypes[pattern === 'prefixed' ? 'prefixed' : 'literal'],
    principal: `User:${user}`,
    host,
    operation: aclOperations[operation],
    permissionType: aclPermissions[permission],
  }
}
