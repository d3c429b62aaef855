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

test('initProducerId raises the epoch of a transactional id each time', async () => {
  const harness = new BrokerHarness()
  const first = await ask(harness, { transactionalId: 'tx' })
  const second = await ask(harness, { transactionalId: 'tx' })
  assert.deepEqual([first.errorCode, first.producerEpoch], [errorCodes.NONE, 0])
  assert.deepEqual([second.producerId, second.producerEpoch], [first.producerId, 1])
})

test('initProducerId refuses an empty transactional id, and a timeout over the limit', async () => {
  const harness = new BrokerHarness()
  const empty = await ask(harness, { transactionalId: '' })
  assert.equal(empty.errorCode, errorCodes.INVALID_REQUEST)
  const transactionTimeoutMs = 15 * 60 * 1000 + 1
  const long = await ask(harness, { transactionalId: 'tx', transactionTimeoutMs })
  assert.equal(long.errorCode, errorCodes.INVALID_TRANSACTION_TIMEOUT)
})
