import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Acl } from '../client/admin/acl.ts'
import { aclsOf, aclTexts } from './grants.ts'

/** Returns the ACLs of grants as texts. */
function texts(...grants: string[]): string[] {
  const full = (acl: Acl): Required<Acl> => {
    return { pattern: 'literal', host: '*', permission: 'allow', ...acl }
  }
  return aclTexts(aclsOf(grants, 'User:k').map(full))
}

test('grants come to the ACLs that Kafka wants for them', () => {
  assert.deepEqual(texts('produce:orders'), ['create, describe, write topic orders'])
  assert.deepEqual(texts('produce:*'), ['create, describe, write topic *'])
  assert.deepEqual(texts('consume:orders'), ['describe, read topic orders'])
  assert.deepEqual(texts('consume:eu-*:app:*'), ['describe, read topic eu-*', 'read group app:*'])
  assert.deepEqual(texts('transactional:a:b'), ['describe, write transactionalId a:b'])
  assert.deepEqual(texts('monitor'), ['describe cluster'])
  assert.deepEqual(texts('admin'), [
    'all cluster',
    'all topic *',
    'all group *',
    'all transactionalId *',
  ])
})

test('a star at the end is a prefix, and alone a name of its own', () => {
  const [prefixed] = aclsOf(['consume:eu-*'], 'User:k')
  assert.deepEqual([prefixed!.pattern, prefixed!.resourceName], ['prefixed', 'eu-'])
  const [all] = aclsOf(['consume:*'], 'User:k')
  assert.deepEqual([all!.pattern, all!.resourceName], ['literal', '*'])
})

test('what two grants have in common is one ACL', () => {
  assert.equal(aclsOf(['produce:a', 'consume:a:g', 'consume:a:h', 'produce:a'], 'User:k').length, 6)
})

test('what is no grant is refused by name', () => {
  for (const grant of [
    '',
    'produce',
    'produce:',
    'produce:a:b',
    'produce:a*b',
    'produce:**',
    'consume::g',
    'consume:t:',
    'admin:all',
    'read:t',
  ]) {
    assert.throws(() => aclsOf([grant], 'User:k'), { name: 'CommandError' }, grant)
  }
})
