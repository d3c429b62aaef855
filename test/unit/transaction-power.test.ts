/**
 * Cuts the power at every call to the disk that a few transactions make. Whatever is left: all parts
 * of a transaction show, or none; what was answered is so; and the producer can go on.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerHarness, settle } from '../support/broker-harness.ts'
import { FaultStorage } from '../support/fault-storage.ts'
import { seededRandom } from '../support/random.ts'
import {
  committedOffset,
  readCommitted,
  TransactionalClient,
} from '../support/transactional-client.ts'

/** What was asked for, and answered, until the power was cut. */
interface Progress {
  /** Numbers of transactions whose commit was asked for. */
  readonly asked: Set<string>
  readonly committed: Set<string>
}

const rounds = ['1', '2', 'aborted', '4'] as const

async function work(harness: BrokerHarness, version: 1 | 2, progress: Progress): Promise<void> {
  await harness.broker.whenReady()
  await harness.createTopic('a')
  await harness.createTopic('b')
  const client = new TransactionalClient(harness, 'tx', version)
  assert.equal(await client.initialise(), 0)
  for (const [index, round] of rounds.entries()) {
    assert.equal(await client.send('a', 0, [round]), 0)
    assert.equal(await client.send('b', 0, [round]), 0)
    assert.equal(await client.commitOffset('g', 'a', index + 1), 0)
    const isCommit = round !== 'aborted'
    if (isCommit) progress.asked.add(round)
    assert.equal(await client.end(isCommit), 0)
    if (isCommit) progress.committed.add(round)
  }
}

async function check(harness: BrokerHarness, version: 1 | 2, progress: Progress): Promise<void> {
  await harness.broker.whenReady()
  await harness.createTopic('c').catch(ignoreThatItExists)
  for (const name of ['a', 'b']) await harness.createTopic(name).catch(ignoreThatItExists)
  // Taking the id over ends what the power cut has left open.
  const client = new TransactionalClient(harness, 'tx', version)
  assert.equal(await client.initialise(), 0)
  const shown = await readCommitted(harness, 'a')
  assert.deepEqual(await readCommitted(harness, 'b'), shown, 'both partitions')
  const last = shown.at(-1)
  const offset = last === undefined ? -1 : rounds.indexOf(last as (typeof rounds)[number]) + 1
  assert.equal(await committedOffset(harness, 'g', 'a', { requireStable: true }), offset, 'offset')
  for (const round of progress.committed) assert.ok(shown.includes(round), `${round} is lost`)
  for (const round of shown) assert.ok(progress.asked.has(round), `${round} was not committed`)
  assert.equal(await client.send('c', 0, ['next']), 0)
  assert.equal(await client.end(true), 0)
  assert.deepEqual(await readCommitted(harness, 'c'), ['next'])
}

/** Where nobody was told that it does. */
function ignoreThatItExists(error: unknown): void {
  assert.match(String(error), /already exists/)
}

for (const version of [1, 2] as const) {
  test(`a power cut at any call leaves transactions of version ${version} whole`, async () => {
    const random = seededRandom()
    for (let cutAt = 1; ; cutAt++) {
      const storage = new FaultStorage()
      const progress: Progress = { asked: new Set(), committed: new Set() }
      let left: FaultStorage | undefined
      const harness = new BrokerHarness({ storage, random })
      const opened = storage.callCount
      storage.failWhen((_, number) => {
        if (number === opened + cutAt) left = storage.powerFailure(random)
        return left !== undefined
      })
      const done = work(harness, version, progress)
      // Whose broker is dead, nobody waits for.
      done.catch(() => {})
      for (let turns = 0; turns < 2000 && !left && progress.committed.size < 3; turns++)
        await settle()
      await settle()
      try {
        if (!left) return await done
        await check(new BrokerHarness({ storage: left, random }), version, progress)
      } catch (cause) {
        throw new Error(`cut at call ${cutAt}, SEED=${random.seed}`, { cause })
      }
    }
  })
}

test('a power cut as a broker that was killed starts leaves transactions whole', async () => {
  const random = seededRandom()
  for (let round = 0; round < 100; round++) {
    const storage = new FaultStorage()
    const harness = new BrokerHarness({ storage, random })
    await harness.broker.whenReady()
    for (const name of ['a', 'b']) await harness.createTopic(name)
    const client = new TransactionalClient(harness, 'tx', 2)
    assert.equal(await client.initialise(), 0)
    for (const name of ['a', 'b']) assert.equal(await client.send(name, 0, ['1']), 0)
    assert.equal(await client.commitOffset('g', 'a', 1), 0)
    // It is decided, and the decision is not on the disk yet.
    client.end(true).catch(() => {})
    const killed = storage.kill()
    const starting = new BrokerHarness({ storage: killed, random })
    starting.broker.whenReady().catch(() => {})
    for (let turns = random.below(12); turns > 0; turns--) await Promise.resolve()
    const progress: Progress = { asked: new Set(['1']), committed: new Set() }
    try {
      const left = killed.powerFailure(random)
      await check(new BrokerHarness({ storage: left, random }), 2, progress)
    } catch (cause) {
      throw new Error(`SEED=${random.seed}`, { cause })
    }
  }
})

test('a batch that is sent again after a power cut shows, where its transaction is committed', async () => {
  const random = seededRandom()
  for (let round = 0; round < 100; round++) {
    const storage = new FaultStorage()
    const harness = new BrokerHarness({ storage, random })
    await harness.broker.whenReady()
    await harness.createTopic('a')
    await harness.createTopic('b')
    const client = new TransactionalClient(harness, 'tx', 2)
    assert.equal(await client.initialise(), 0)
    assert.equal(await client.send('a', 0, ['a']), 0)
    await settle()
    const { producerId, producerEpoch } = client
    client.send('b', 0, ['b']).catch(() => {})
    for (let turns = random.below(10); turns > 0; turns--) await Promise.resolve()
    const left = storage.powerFailure(random)

    const after = new BrokerHarness({ storage: left, random })
    await after.broker.whenReady()
    const same = new TransactionalClient(after, 'tx', 2)
    same.producerId = producerId
    same.producerEpoch = producerEpoch
    const isStored = (await same.send('b', 0, ['b'])) === 0
    assert.equal(await same.end(isStored), 0, `SEED=${random.seed}`)
    const shown = [await readCommitted(after, 'a'), await readCommitted(after, 'b')]
    assert.deepEqual(shown, isStored ? [['a'], ['b']] : [[], []], `SEED=${random.seed}`)
  }
})
