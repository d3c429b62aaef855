/**
 * What an API key is allowed, in few words, and the ACLs that this comes to:
 *
 *     produce:orders              write to the topic, and create it
 *     consume:orders:billing-*    read the topic, in groups whose names begin so
 *     consume:orders              read it without a group
 *     transactional:mover-*       transactions under ids that begin so
 *     monitor                     see the status page and the metrics, and no records
 *     admin                       everything
 *
 * A `*` at the end stands for any end, and alone for every name.
 */

import type { Acl, AclOperation, AclResourceType } from '../client/admin/acl.ts'
import { MisuseError } from './output.ts'

/** @throws MisuseError where a grant is none */
export function aclsOf(grants: readonly string[], principal: string): Acl[] {
  const acls = grants.flatMap((grant) => partsOf(grant))
  const texts = new Set<string>()
  return acls
    .map((acl) => ({ ...acl, principal }))
    .filter((acl) => {
      const text = JSON.stringify(acl)
      return !texts.has(text) && texts.add(text)
    })
}

/** Returns the ACLs of one principal as lines such as `write topic orders-*`. */
export function aclTexts(acls: readonly Required<Acl>[]): string[] {
  const byResource = new Map<string, AclOperation[]>()
  for (const { resourceType, resourceName, pattern, host, operation, permission } of acls) {
    const name = resourceType === 'cluster' ? '' : ` ${resourceName}`
    const where = host === '*' ? '' : ` from ${host}`
    const verb = permission === 'deny' ? 'not ' : ''
    const key = `${verb}|${resourceType}${name}${pattern === 'prefixed' ? '*' : ''}${where}`
    byResource.set(key, [...(byResource.get(key) ?? []), operation])
  }
  return [...byResource].map(([key, operations]) => {
    const [verb, resource] = key.split('|')
    return `${verb}${operations.sort().join(', ')} ${resource}`
  })
}

type Part = Omit<Acl, 'principal'>

function partsOf(grant: string): Part[] {
  if (grant === 'admin') {
    return [
      on('cluster', 'kafka-cluster', ['all']),
      on('topic', '*', ['all']),
      on('group', '*', ['all']),
      on('transactionalId', '*', ['all']),
    ].flat()
  }
  if (grant === 'monitor') return on('cluster', 'kafka-cluster', ['describe'])
  const [kind, first = '', ...rest] = grant.split(':')
  const second = rest.length > 0 ? rest.join(':') : undefined
  if (kind === 'produce' && second === undefined) {
    return on('topic', first, ['write', 'describe', 'create'], grant)
  }
  if (kind === 'consume') {
    const topic = on('topic', first, ['read', 'describe'], grant)
    return second === undefined ? topic : [...topic, ...on('group', second, ['read'], grant)]
  }
  if (kind === 'transactional') {
    const id = [first, ...rest].join(':')
    return on('transactionalId', id, ['write', 'describe'], grant)
  }
  throw notAGrant(grant)
}

function on(
  resourceType: AclResourceType,
  name: string,
  operations: readonly AclOperation[],
  grant = name,
): Part[] {
  const isPrefixed = name.length > 1 && name.endsWith('*')
  const resourceName = isPrefixed ? name.slice(0, -1) : name
  if (name === '' || (name !== '*' && resourceName.includes('*'))) throw notAGrant(grant)
  const pattern = isPrefixed ? 'prefixed' : 'literal'
  return operations.map((operation) => ({ resourceType, resourceName, pattern, operation }))
}

function notAGrant(grant: string): MisuseError {
  return new MisuseError(
    `--allow must be produce:<topic>, consume:<topic>:<group>, transactional:<id>, ` +
      `monitor or admin, not '${grant}'; a * may stand at the end of a name`,
  )
}
