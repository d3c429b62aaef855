import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientQuotas } from './client-quotas.ts'

/** Builds quotas of `producer_byte_rate`: `user/client=value`, `*` is a default, nothing is any. */
function quotas(notation: string): ClientQuotas {
  const made = new ClientQuotas(() => Promise.resolve())
  for (const text of notation.split(' ')) {
    const [, user, client, value] = /^(.*)\/(.*)=(.*)$/.exec(text)!
    const named = [
      { entityType: 'user', entityName: user! },
      { entityType: 'client-id', entityName: client! },
    ].filter(({ entityName }) => entityName !== '')
    const entity = named.map(({ entityType, entityName }) => ({
      entityType,
      entityName: entityName === '*' ? null : entityName,
    }))
    const remove = value === ''
    void made.alter([{ entity, key: 'producer_byte_rate', value: Number(value), remove }])
  }
  return made
}

const all = 'a/c=1 a/*=2 a/=3 */c=4 */*=5 */=6 /c=7 /*=8'

test('limitOf() takes the quota that names most exactly who asks', () => {
  const of = (made: ClientQuotas) => made.limitOf('producer_byte_rate', 'a', 'c')
  const list = all.split(' ')
  const shared = [
    ['a', 'c'],
    ['a', 'c'],
    ['a', undefined],
    ['a', 'c'],
    ['a', 'c'],
    ['a', undefined],
    [undefined, 'c'],
    [undefined, 'c'],
  ]
  for (let first = 0; first < list.length; first++) {
    const [user, clientId] = shared[first]!
    const expected = { value: first + 1, user, clientId }
    assert.deepEqual(of(quotas(list.slice(first).join(' '))), expected)
    assert.deepEqual(of(quotas(list.slice(first).toReversed().join(' '))), expected)
  }
})

test('limitOf() of who is not named takes the defaults', () => {
  const made = quotas(all)
  assert.equal(made.limitOf('producer_byte_rate', 'b', 'c')?.value, 4)
  assert.equal(made.limitOf('producer_byte_rate', 'b', 'd')?.value, 5)
  assert.equal(made.limitOf('producer_byte_rate', 'a', 'd')?.value, 2)
  assert.equal(made.limitOf('consumer_byte_rate', 'a', 'c'), undefined)
  assert.equal(quotas('a/c=1').limitOf('producer_byte_rate', 'a', 'd'), undefined)
})

test('a quota that is removed leaves nothing behind', () => {
  const made = quotas('a/c=1 a/c=')
  assert.equal(made.limitsRequests, false)
  assert.deepEqual([...made.all()], [])
  assert.equal(made.limitOf('producer_byte_rate', 'a', 'c'), undefined)
})

test('connectionLimitOf() takes that of the address before the default', () => {
  const made = new ClientQuotas(() => Promise.resolve())
  const limit = (entityName: string | null, value: number): void => {
    const entity = [{ entityType: 'ip', entityName }]
    void made.alter([{ entity, key: 'connection_creation_rate', value, remove: value === 0 }])
  }
  limit(null, 5)
  limit('10.0.0.1', 7)
  assert.equal(made.limitsRequests, false)
  assert.equal(made.connectionLimitOf('10.0.0.1'), 7)
  assert.equal(made.connectionLimitOf('10.0.0.2'), 5)
  limit(null, 0)
  limit('10.0.0.1', 0)
  assert.equal(made.limitsConnections, false)
})

test('connectionLimitOf() knows an address however the quota writes it', () => {
  const addresses = [
    ['localhost', '127.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['a.host', 'a.host'],
  ] as const
  for (const [entityName, ip] of addresses) {
    const made = new ClientQuotas(() => Promise.resolve())
    const entity = [{ entityType: 'ip', entityName }]
    const quota = { entity, key: 'connection_creation_rate', value: 7 }
    void made.alter([{ ...quota, remove: false }])
    assert.equal(made.connectionLimitOf(ip), 7, entityName)
    void made.alter([{ ...quota, remove: true }])
    assert.equal(made.limitsConnections, false)
  }
})
