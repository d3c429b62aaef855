import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { joinGroup } from './join-group.ts'

test('joinGroup.request has the layouts of versions 0 and 6', () => {
  const request = {
    groupId: 'g',
    sessionTimeoutMs: 10,
    rebalanceTimeoutMs: 20,
    memberId: 'm',
    protocolType: 'p',
    protocols: [{ name: 'r', metadata: Uint8Array.of(0xaa) }],
  }
  assert.equal(
    toHex(requestOf(joinGroup), 0, request),
    '000167' + '0000000a' + '00016d' + '000170' + '00000001' + '000172' + '00000001aa',
  )
  assert.equal(
    toHex(requestOf(joinGroup), 6, request),
    '0267' +
      '0000000a' +
      '00000014' +
      '026d' +
      '00' +
      '0270' +
      '02' +
      '0272' +
      '02aa' +
      '00' +
      '00',
  )
})

test('joinGroup.response to a refused member has no null before version 7', () => {
  const refused = { errorCode: 79, memberId: 'm' }
  const start = '004f' + 'ffffffff'
  assert.equal(
    toHex(responseOf(joinGroup), 0, refused),
    start + '0000' + '0000' + '00016d' + '00000000',
  )
  assert.equal(
    toHex(responseOf(joinGroup), 9, refused),
    '00000000' + start + '00' + '00' + '01' + '00' + '026d' + '01' + '00',
  )
})
