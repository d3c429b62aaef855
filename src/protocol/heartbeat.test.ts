import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { heartbeat } from './heartbeat.ts'

test('heartbeat.request has the layouts of versions 0, 3 and 4', () => {
  const request = { groupId: 'g', generationId: 7, memberId: 'm', groupInstanceId: 's' }
  const v0 = '000167' + '00000007' + '00016d'
  assert.equal(toHex(requestOf(heartbeat), 0, request), v0)
  assert.equal(toHex(requestOf(heartbeat), 3, request), v0 + '000173')
  const v4 = '0267' + '00000007' + '026d' + '0273' + '00'
  assert.equal(toHex(requestOf(heartbeat), 4, request), v4)
})

test('heartbeat.response has a throttle time since version 1', () => {
  const response = { errorCode: 27 }
  const hex = [0, 1, 4].map((version) => toHex(responseOf(heartbeat), version, response))
  assert.deepEqual(hex, ['001b', '00000000001b', '00000000001b00'])
})
