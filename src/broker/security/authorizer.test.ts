import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPeer } from '../../../test/support/broker-harness.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { type Acl } from './acl.ts'
import {
  aclOperations,
  aclPatternTypes,
  aclPermissions,
  aclResourceTypes,
  type AclOperation,
  type AclResourceType,
} from '../../protocol/acl-codes.ts'
import { Acls } from './acls.ts'
import { AclAuthorizer } from './authorizer.ts'
import { Session } from './session.ts'

const stored = (): Promise<void> => Promise.resolve()

function acls(notation: string): Acls {
  const made = new Acls(stored, seededRandom(1))
  void made.create(notation.split(';').map((line) => aclOf(line.trim())))
  return made
}

/** `allow ann read topic orders`, `deny * all topic ord… from 10.0.0.1`: `…` ends a prefix. */
function aclOf(text: string): Acl {
  const [permission, user, operation, type, name = '', , host = '*'] = text.split(' ')
  const isPrefixed = name.endsWith('…')
  return {
    resourceType: aclResourceTypes[type as AclResourceType],
    resourceName: isPrefixed ? name.slice(0, -1) : name,
    patternType: isPrefixed ? aclPatternTypes.prefixed : aclPatternTypes.literal,
    principal: `User:${user}`,
    host,
    operation: aclOperations[operation as AclOperation],
    permissionType: aclPermissions[permission as 'allow' | 'deny'],
  }
}

function sessionOf(name: string, host = 'client'): Session {
  const session = new Session({ ...newPeer().peer, host })
  session.principal = { type: 'User', name }
  return session
}

type Asked = [operation: AclOperation, type: AclResourceType, name: string]

test('allows() refuses what no ACL speaks of', () => {
  const authorizer = new AclAuthorizer(acls('allow ann read topic orders'), [])
  const cases: [string, Asked, boolean][] = [
    ['ann', ['read', 'topic', 'orders'], true],
    ['ann', ['describe', 'topic', 'orders'], true],
    ['ann', ['write', 'topic', 'orders'], false],
    ['ann', ['read', 'topic', 'orders2'], false],
    ['ann', ['read', 'group', 'orders'], false],
    ['bob', ['read', 'topic', 'orders'], false],
  ]
  for (const [user, asked, isAllowed] of cases) {
    assert.equal(authorizer.allows(sessionOf(user), ...asked), isAllowed, `${user} ${asked.join()}`)
  }
})

test('allows() knows an address of IPv6 however the ACL writes it', () => {
  for (const written of ['::1', '0:0:0:0:0:0:0:1', '0000::0001', '0:0::0.0.0.1']) {
    const made = acls(`allow * all topic *; deny * all topic * from ${written}`)
    const authorizer = new AclAuthorizer(made, [])
    const asked: Asked = ['read', 'topic', 'orders']
    assert.equal(authorizer.allows(sessionOf('ann', '::1'), ...asked), false, written)
    assert.equal(authorizer.allows(sessionOf('ann', '::2'), ...asked), true, written)
  }
})

test('allows() knows an address of IPv4 that an ACL writes as one of IPv6', () => {
  for (const written of ['::ffff:10.0.0.1', '0:0:0:0:0:FFFF:a00:1']) {
    const made = acls(`allow * all topic *; deny * all topic * from ${written}`)
    const authorizer = new AclAuthorizer(made, [])
    const asked: Asked = ['read', 'topic', 'orders']
    assert.equal(authorizer.allows(sessionOf('ann', '10.0.0.1'), ...asked), false, written)
    assert.equal(authorizer.allows(sessionOf('ann', '10.0.1.0'), ...asked), true, written)
  }
})

test('allows() lets a denial win, whatever allows it, and from wherever', () => {
  const cases: [string, Asked, boolean][] = [
    ['allow ann all topic *; deny ann read topic orders', ['read', 'topic', 'orders'], false],
    ['allow ann all topic *; deny ann read topic orders', ['write', 'topic', 'orders'], true],
    ['allow ann all topic *; deny * read topic or…', ['read', 'topic', 'orders'], false],
    ['allow ann read topic orders; deny ann all topic *', ['read', 'topic', 'orders'], false],
    [
      'allow ann read topic orders; deny ann read topic * from 10.0.0.1',
      ['read', 'topic', 'orders'],
      true,
    ],
    [
      'allow ann read topic orders; deny ann read topic * from client',
      ['read', 'topic', 'orders'],
      false,
    ],
    // Who may not read is not told that a topic is not there.
    ['allow ann read topic t; deny ann describe topic t', ['describe', 'topic', 't'], false],
    ['allow ann describe topic t; deny ann read topic t', ['describe', 'topic', 't'], true],
    ['allow ann alterConfigs topic t', ['describeConfigs', 'topic', 't'], true],
    ['allow ann describeConfigs topic t', ['alterConfigs', 'topic', 't'], false],
    ['allow ann read topic orders…', ['read', 'topic', 'order'], false],
    ['allow ann read topic orders…', ['read', 'topic', 'orders'], true],
  ]
  for (const [notation, asked, isAllowed] of cases) {
    const authorizer = new AclAuthorizer(acls(notation), [])
    assert.equal(authorizer.allows(sessionOf('ann'), ...asked), isAllowed, notation)
  }
})

test('allows() lets super users do everything', () => {
  const authorizer = new AclAuthorizer(acls('deny * all topic *'), ['root'])
  assert.equal(authorizer.allows(sessionOf('root'), 'read', 'topic', 't'), true)
  assert.equal(authorizer.allowsAny(sessionOf('root'), 'write', 'topic'), true)
})

test('allowsAny() asks whether there is any name that is allowed', () => {
  const cases: [string, boolean][] = [
    ['allow ann write topic t', true],
    ['allow ann all topic t', true],
    ['allow ann read topic t', false],
    ['allow * write topic *', true],
    ['allow ann write topic t; deny ann write topic t', false],
    ['allow ann write topic t; deny ann write topic *', false],
    ['allow ann write topic tom; deny ann write topic t…', false],
    ['allow ann write topic to…; deny * all topic t…', false],
    ['allow ann write topic to…; deny ann write topic tom…', true],
    ['allow ann write topic to…; deny ann write topic to', true],
    ['allow ann write topic t from 10.0.0.1', false],
    ['allow ann write group t', false],
  ]
  for (const [notation, isAllowed] of cases) {
    const authorizer = new AclAuthorizer(acls(notation), [])
    assert.equal(authorizer.allowsAny(sessionOf('ann'), 'write', 'topic'), isAllowed, notation)
  }
})

/** What Kafka's documentation says, over all ACLs, and however long that takes. */
function naively(all: readonly Acl[], session: Session, [operation, type, name]: Asked): boolean {
  const code: number = aclOperations[operation]
  const applying = all.filter((acl) => {
    const isPrefixed = acl.patternType === aclPatternTypes.prefixed
    return (
      acl.resourceType === aclResourceTypes[type] &&
      [`User:${session.principal.name}`, 'User:*'].includes(acl.principal) &&
      ['*', session.peer.host].includes(acl.host) &&
      (isPrefixed ? name.startsWith(acl.resourceName) : ['*', name].includes(acl.resourceName))
    )
  })
  const names = (acl: Acl): boolean => acl.operation === aclOperations.all || acl.operation === code
  const implied: Partial<Record<AclOperation, AclOperation[]>> = {
    describe: ['read', 'write', 'delete', 'alter'],
    describeConfigs: ['alterConfigs'],
  }
  const implying: number[] = (implied[operation] ?? []).map((each) => aclOperations[each])
  if (applying.some((acl) => acl.permissionType === aclPermissions.deny && names(acl))) return false
  return applying.some(
    (acl) =>
      acl.permissionType === aclPermissions.allow &&
      (names(acl) || implying.includes(acl.operation)),
  )
}

test('allows() says the same as a look at every ACL, whatever was added and removed', async () => {
  const random = seededRandom()
  const pick = <Item>(items: readonly Item[]): Item => random.pick(items)
  const operations = Object.keys(aclOperations).slice(1) as AclOperation[]
  const names = ['a', 'ab', 'abc', 'b', 'ba', '*']
  const made = new Acls(stored, random)
  const anything = {
    resourceTypeFilter: 1,
    resourceNameFilter: null,
    patternTypeFilter: 1,
    principalFilter: null,
    hostFilter: null,
    operation: 1,
    permissionType: 1,
  }
  const authorizer = new AclAuthorizer(made, [])
  for (let round = 0; round < 300; round++) {
    await made.create(
      Array.from({ length: 3 }, () => ({
        resourceType: pick([2, 3]),
        resourceName: pick(names),
        patternType: pick([aclPatternTypes.literal, aclPatternTypes.prefixed]),
        principal: pick(['User:ann', 'User:bob', 'User:*']),
        host: pick(['*', 'here', 'there']),
        operation: aclOperations[pick(operations)],
        permissionType: pick([2, 3, 3, 3]),
      })),
    )
    const present = made.matching(anything)
    if (present.length > 12) await made.delete(present.slice(0, 6).map(({ id }) => id))
    const left = made.matching(anything)
    for (let question = 0; question < 20; question++) {
      const session = sessionOf(pick(['ann', 'bob', 'cat']), pick(['here', 'there', 'else']))
      const asked: Asked = [pick(operations), pick(['topic', 'group'] as const), pick(names)]
      const expected = naively(left, session, asked)
      const who = `SEED=${random.seed}: ${session.principal.name} at ${session.peer.host}`
      const where = `${who} ${asked.join()} of ${JSON.stringify(left)}`
      assert.equal(authorizer.allows(session, ...asked), expected, where)
    }
  }
})
