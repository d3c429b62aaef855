import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestOf, responseOf, toHex } from '../../test/support/message-hex.ts'
import { findCoordinator } from './find-coordinator.ts'

test('findCoordinator.request has one key before version 4, and a list since', () => {
  const request = { key: 'k', keyType: 1, coordinatorKeys: ['a', 'b'] }
  const hex = [0, 1, 3, 4].map((version) => toHex(requestOf(findCoordinator), version, request))
  const list = '01' + '03' + '0261' + '0262' + '00'
  assert.deepEqual(hex, ['00016b', '00016b' + '01', '026b' + '01' + '00', list])
})

test('findCoordinator.response has the layouts of versions 0, 1 and 4', () => {
  const response = {
    nodeId: 1,
    host: 'h',
    port: 9092,
    coordinators: [{ key: 'k', nodeId: 1, host: 'h', port: 9092, errorCode: 0 }],
  }
  const address = '00000001' + '000168' + '00002384'
  assert.equal(toHex(responseOf(findCoordinator), 0, response), '0000' + address)
  assert.equal(
    toHex(responseOf(findCoordinator), 1, response),
    '00000000' + '0000' + 'ffff' + address,
  )
  const coordinator = '026b' + '00000001' + '0268' + '00002384' + '0000' + '00' + '00'
  assert.equal(
    toHex(responseOf(findCoordinator), 4, response),
    '00000000' + '02' + coordinator + '00',
  )
})
