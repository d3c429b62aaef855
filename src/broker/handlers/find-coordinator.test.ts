import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { findCoordinator } from '../../protocol/find-coordinator.ts'

const here = { nodeId: 1, host: 'broker.test', port: 9092, errorCode: errorCodes.NONE }

test('findCoordinator names this broker, as the client dialled it', async () => {
  const harness = new BrokerHarness()
  for (const [version, keyType] of [
    [0, 0],
    [2, 0],
    [3, 1],
  ] as const) {
    const answer = await harness.request(findCoordinator, version, { key: 'g', keyType })
    const { nodeId, host, port, errorCode } = answer
    assert.deepEqual({ nodeId, host, port, errorCode }, here, `v${version}`)
  }
})

test('findCoordinator answers for many keys from version 4 on', async () => {
  const harness = new BrokerHarness()
  const request = { keyType: 0, coordinatorKeys: ['a', 'b'] }
  const { coordinators } = await harness.request(findCoordinator, 6, request)
  assert.deepEqual(
    coordinators.map(({ key, nodeId, port }) => [key, nodeId, port]),
    [
      ['a', 1, 9092],
      ['b', 1, 9092],
    ],
  )
})

test('findCoordinator knows nobody for share groups, or for what there is not', async () => {
  const harness = new BrokerHarness()
  for (const keyType of [2, 99]) {
    const single = await harness.request(findCoordinator, 2, { key: 'g', keyType })
    assert.equal(single.errorCode, errorCodes.INVALID_REQUEST)
    const request = { keyType, coordinatorKeys: ['g'] }
    const { coordinators } = await harness.request(findCoordinator, 6, request)
    assert.equal(coordinators[0]!.errorCode, errorCodes.INVALID_REQUEST)
  }
})
