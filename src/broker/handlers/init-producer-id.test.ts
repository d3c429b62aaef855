import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'

async function ask(harness: BrokerHarness, request: object = {}) {
  const whole = { transactionalId: null, transactionTimeoutMs: 60_000, ...request }
  return harness.request(initProducerId, 4, whole)
}

test('initProducerId gives each producer an id of its own, in epoch 0', async () => {
  const harness = new BrokerHarness()
  const first = await ask(harness)
  const second = await ask(harness)
  assert.deepEqual([first.errorCode, first.producerEpoch], [errorCodes.NONE, 0])
  assert.notEqual(first.producerId, second.producerId)
})

test('initProducerId gives a new id to clients that say they have 0 in epoch 0', async () => {
  const harness = new BrokerHarness()
  await ask(harness)
  const { errorCode, producerId } = await ask(harness, { producerId: 0, producerEpoch: 0 })
  assert.deepEqual([errorCode, producerId], [errorCodes.NONE, 1])
})

test('initProducerId says that there are no transactions', async () => {
  const { errorCode, producerId } = await ask(new BrokerHarness(), { transactionalId: 'tx' })
  assert.equal(errorCode, errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  assert.equal(producerId, -1)
})
