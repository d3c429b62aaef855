import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker } from '../../../test/support/scripted-broker.ts'
import { Admin } from './admin.ts'

type Ask = (admin: Admin) => PromiseLike<unknown>

const acl = { resourceType: 'topic', resourceName: 'orders', principal: 'User:ann' } as const

/** As programs without types may have it: what is asked for, and what of it there is not. */
const misspelt: readonly (readonly [string, string, Ask])[] = [
  ['deleteAcls', 'principle', (admin) => admin.deleteAcls({ principle: 'User:ann' } as never)],
  ['deleteAcls', 'resourceType', (admin) => admin.deleteAcls({ resourceType: 'topics' } as never)],
  ['describeAcls', 'hots', (admin) => admin.describeAcls({ hots: '*' } as never)],
  [
    'createAcls',
    'operation',
    (admin) => admin.createAcls([{ ...acl, operation: 'Read' } as never]),
  ],
  ['createAcls', 'deny', (admin) => admin.createAcls([{ ...acl, deny: true } as never])],
  [
    'alterScramCredentials',
    'pasword',
    (admin) => admin.alterScramCredentials([{ user: 'ann', pasword: 'x' } as never]),
  ],
  [
    'alterQuotas',
    'clientID',
    (admin) => admin.alterQuotas({ user: 'ann', clientID: 'x' } as never, {}),
  ],
  ['describeQuotas', 'usr', (admin) => admin.describeQuotas({ usr: 'ann' } as never)],
  ['alterConfigs', 'id', (admin) => admin.alterConfigs({ type: 'broker', id: '1' } as never, {})],
]

for (const [method, option, ask] of misspelt) {
  test(`${method}() refuses '${option}', which would mean more than was meant`, async () => {
    const admin = new Admin(new ScriptedBroker().cluster())
    await assert.rejects(async () => ask(admin), { code: 'invalid_option', option })
  })
}
