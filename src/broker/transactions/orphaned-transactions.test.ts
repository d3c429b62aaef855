import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { seededRandom } from '../../../test/support/random.ts'
import {
  committedOffset,
  readCommitted,
  TransactionalClient,
} from '../../../test/support/transactional-client.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'

interface Setting {
  /** The broker that the power comes back to. */
  readonly harness: BrokerHarness
  /** The producer, which knows of no answer to what it sent last. */
  readonly client: TransactionalClient
}

/**
 * Cuts the power while `last` is under way: what it wrote to its partition is on the disk, and the
 * coordinator's note, which is synced side by side with that, is not.
 */
async function afterPowerCut(
  first: (client: TransactionalClient) => Promise<unknown>,
  last: (client: TransactionalClient) => Promise<number>,
): Promise<Setting> {
  const storage = new MemoryStorage()
  const random = seededRandom()
  const before = new BrokerHarness({ storage, random })
  await before.createTopic('a')
  await before.createTopic('b')
  const unlucky = new TransactionalClient(before, 'tx', 2)
  assert.equal(await unlucky.initialise(), 0)
  await first(unlucky)
  const state = storage.open('__transaction_state-0/00000000000000000000.log')
  const { sizeBytes } = state
  assert.equal(await last(unlucky), 0)
  state.truncate(sizeBytes)
  const harness = new BrokerHarness({ storage, random })
  await harness.broker.whenReady()
  const client = new TransactionalClient(harness, 'tx', 2)
  client.producerId = unlucky.producerId
  client.producerEpoch = unlucky.producerEpoch
  return { harness, client }
}

test('a batch that is sent again is not taken for the one that was aborted', async () => {
  const { harness, client } = await afterPowerCut(
    (before) => before.send('a', 0, ['a1']),
    (before) => before.send('b', 0, ['b1']),
  )
  assert.equal(await client.send('b', 0, ['b1']), errorCodes.INVALID_PRODUCER_EPOCH)
  // As a client does then: it aborts, and does it all once more.
  assert.equal(await client.end(false), 0)
  assert.equal(await client.send('a', 0, ['a2']), 0)
  assert.equal(await client.send('b', 0, ['b2']), 0)
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'a'), ['a2'])
  assert.deepEqual(await readCommitted(harness, 'b'), ['b2'])
})

test('whoever takes the id over writes where something was aborted', async () => {
  const { harness } = await afterPowerCut(
    (before) => before.send('a', 0, ['a1']).then(() => before.end(true)),
    (before) => before.send('b', 0, ['b1']),
  )
  const next = new TransactionalClient(harness, 'tx', 2)
  assert.equal(await next.initialise(), 0)
  assert.equal(await next.send('b', 0, ['b2']), 0)
  assert.equal(await next.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'b'), ['b2'])
})

test('offsets that were aborted can be committed again in the same epoch', async () => {
  const { harness, client } = await afterPowerCut(
    (before) => before.send('a', 0, ['a1']),
    (before) => before.commitOffset('g', 'b', 7),
  )
  assert.equal(await committedOffset(harness, 'g', 'b', { requireStable: true }), -1)
  assert.equal(await client.commitOffset('g', 'b', 7), 0)
  assert.equal(await client.end(true), 0)
  assert.equal(await committedOffset(harness, 'g', 'b', { requireStable: true }), 7)
  assert.deepEqual(await readCommitted(harness, 'a'), ['a1'])
})
