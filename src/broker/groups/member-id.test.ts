import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../test/support/random.ts'
import { newMemberId } from './member-id.ts'

test('newMemberId() begins with the name of the client, as much of it as can be sent', () => {
  const random = seededRandom(1)
  assert.match(newMemberId('client', random), /^client-.{22}$/)
  assert.match(newMemberId('x'.repeat(32_767), random), /^x{1000}-.{22}$/)
  assert.match(newMemberId(`x${'🙂'.repeat(9000)}`, random), /^x(🙂){499}-.{22}$/)
})
