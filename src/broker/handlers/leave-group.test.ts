import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { errorName } from '../../protocol/error-codes.ts'
import { leaveGroup } from '../../protocol/leave-group.ts'

test('leave-group answers one member before version 3, and each member from then on', async () => {
  const broker = new BrokerHarness()
  const members = [{ memberId: 'a' }, { memberId: '', groupInstanceId: 'i' }]
  const body = { groupId: 'no such group', memberId: 'a', members }
  const one = await broker.request(leaveGroup, 2, body)
  assert.equal(errorName(one.errorCode), 'UNKNOWN_MEMBER_ID')
  const several = await broker.request(leaveGroup, 5, body)
  assert.equal(several.errorCode, 0)
  assert.deepEqual(
    several.members.map(({ memberId, groupInstanceId, errorCode }) => {
      return [memberId, groupInstanceId, errorName(errorCode)]
    }),
    [
      ['a', null, 'UNKNOWN_MEMBER_ID'],
      ['', 'i', 'UNKNOWN_MEMBER_ID'],
    ],
  )
})

test('leave-group refuses an empty group id', async () => {
  const broker = new BrokerHarness()
  const { errorCode } = await broker.request(leaveGroup, 5, { groupId: '', members: [] })
  assert.equal(errorName(errorCode), 'INVALID_GROUP_ID')
})
