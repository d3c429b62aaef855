import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../../test/support/broker-harness.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { readCommitted } from '../../../test/support/transactional-client.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { repairFolder } from '../../log/recovery/repair-folder.ts'
import { initProducerId } from '../../protocol/init-producer-id.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'

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

test('initProducerId gives no id that is known to a partition of another broker', async () => {
  const there = new BrokerHarness({ random: seededRandom(1) })
  await there.createTopic('t')
  const first = await ask(there)
  await there.send('t', 0, batchOf(['there'], { ...first, baseSequence: 0 }))
  await there.broker.close()
  const storage = new MemoryStorage()
  for (const name of there.storage.list('t-0')) {
    const file = there.storage.open(`t-0/${name}`)
    const bytes = new Uint8Array(file.sizeBytes)
    file.read(0, bytes)
    storage.open(`t-0/${name}`).append(bytes)
  }

  const here = new BrokerHarness({ storage, random: seededRandom(2) })
  await here.broker.whenReady()
  const second = await ask(here)
  assert.notEqual(second.producerId, first.producerId)
  await here.send('t', 0, batchOf(['here'], { ...second, baseSequence: 0 }))
  assert.deepEqual(await readCommitted(here, 't'), ['there', 'here'])
})

test('initProducerId gives no id of a transaction, where the metadata was lost', async () => {
  const before = new BrokerHarness()
  const first = await ask(before, { transactionalId: 'tx' })
  await before.broker.close()
  const { storage } = before
  storage.remove('__cluster_metadata-0')
  await repairFolder({ storage, logger: silentLogger })
  const harness = new BrokerHarness({ storage })
  await harness.broker.whenReady()
  assert.notEqual((await ask(harness)).producerId, first.producerId)
})
