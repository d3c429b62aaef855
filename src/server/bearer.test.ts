import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkBearer } from './bearer.ts'

const ann = { name: 'ann', isCurrent: () => true }
const rules = {
  allowPlaintextAuth: false,
  userOf: async (name: string, password: string) =>
    name === 'ann' && password === 'se.cret' ? ann : undefined,
}

test('checkBearer() finds whose key a header holds', async () => {
  assert.deepEqual(await checkBearer('Bearer ann.se.cret', true, rules), { user: ann })
  assert.deepEqual(await checkBearer('bearer  ann.se.cret', true, rules), { user: ann })
  assert.deepEqual(await checkBearer(undefined, true, rules), { user: undefined })
  for (const header of [
    '',
    'ann.se.cret',
    'Bearer',
    'Bearer ann',
    'Bearer ann.',
    'Bearer .se.cret',
    'Bearer ann.se.cret more',
    'Basic ann.se.cret',
    `Bearer ann.${'x'.repeat(10_000)}`,
  ]) {
    assert.equal((await checkBearer(header, true, rules)).refusal?.status, 401, header.slice(0, 40))
  }
})

test('checkBearer() looks at no key that others could read', async () => {
  const header = 'Bearer ann.se.cret'
  assert.equal((await checkBearer(header, false, rules)).refusal?.status, 403)
  assert.deepEqual(await checkBearer(undefined, false, rules), { user: undefined })
  const lax = { ...rules, allowPlaintextAuth: true }
  assert.deepEqual(await checkBearer(header, false, lax), { user: ann })
})
