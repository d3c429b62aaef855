import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompactionRig } from '../../../test/support/compaction-rig.ts'
import type { AppendedBatch } from '../../../test/support/compaction-rig.ts'
import { FaultStorage } from '../../../test/support/fault-storage.ts'
import { testFolder } from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
import type { SeededRandom } from '../../../test/support/random.ts'

const rounds = 20
const stepsPerRound = 120

/** Does at random what happens to a compacted log. */
class RandomUse {
  readonly #random: SeededRandom
  readonly #rig: CompactionRig
  readonly #keyCount: number
  #nextValue = 0
  readonly #open = new Set<number>()

  constructor(random: SeededRandom) {
    this.#random = random
    this.#rig = new CompactionRig(new FaultStorage(), {
      'segment.bytes': String(random.pick([300, 700, 3000])),
    })
    this.#keyCount = random.pick([3, 10, 40])
  }

  async step(): Promise<void> {
    const steps: readonly (() => void | Promise<void>)[] = [
      () => this.#append({}),
      () => this.#append({}),
      () => this.#append({ producerId: 1 }),
      () => this.#appendInTransaction(2),
      () => this.#appendInTransaction(3),
      () => this.#endTransaction(),
      () => void (this.#rig.clock.nowMs += this.#random.below(700)),
      () => this.#rig.makeDurable(),
      () => this.#compact(),
      () => this.#restart(),
      () => this.#deleteRecords(),
    ]
    await this.#random.pick(steps)()
  }

  async finish(): Promise<void> {
    await this.#compact()
    this.#rig.check()
    await this.#rig.log.close()
    this.#rig.verify()
  }

  #append(batch: Omit<AppendedBatch, 'records'>): void {
    const random = this.#random
    const records = Array.from({ length: 1 + random.below(4) }, () => ({
      key: `key ${random.below(this.#keyCount)}`,
      value: random.below(5) === 0 ? null : `${this.#nextValue++}`.padEnd(random.below(60), '.'),
    }))
    const compression = random.pick(['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)
    this.#rig.append({ ...batch, records, compression })
  }

  #appendInTransaction(producerId: number): void {
    this.#open.add(producerId)
    this.#append({ producerId, isTransactional: true })
  }

  #endTransaction(): void {
    const producerId = this.#random.pick([2, 3])
    if (!this.#open.delete(producerId)) return
    this.#rig.endTransaction(producerId, this.#random.pick(['abort', 'commit']))
  }

  async #compact(): Promise<void> {
    const rig = this.#rig
    await rig.makeDurable()
    const before = [rig.producers(), rig.log.endOffset, rig.log.lastStableOffset]
    rig.onPause = this.#random.pick([undefined, () => {}, () => this.#readSometimes()])
    const result = await rig.compact(this.#random.pick([64, 1024, 65_536]))
    assert.ok(result)
    assert.deepEqual([rig.producers(), rig.log.endOffset, rig.log.lastStableOffset], before)
    rig.check()
    rig.checkCompacted()
  }

  #readSometimes(): void {
    if (this.#random.below(5) === 0) this.#rig.check()
  }

  async #deleteRecords(): Promise<void> {
    const { log } = this.#rig
    if (this.#random.below(3) > 0) return
    const offset = log.startOffset + this.#random.below(log.highWatermark - log.startOffset + 1)
    this.#rig.startOffset = offset
    await log.deleteRecordsBefore(offset)
  }

  async #restart(): Promise<void> {
    const rig = this.#rig
    const how = this.#random.pick(['clean', 'kill', 'power failure'])
    // A marker that is lost would have to be written again by its coordinator.
    await rig.makeDurable()
    if (how === 'clean') await rig.log.close()
    const { storage } = rig
    const next =
      how === 'clean'
        ? storage
        : how === 'kill'
          ? storage.kill()
          : storage.powerFailure(this.#random)
    rig.reopen(next, { wasCleanShutdown: how === 'clean' })
    await rig.makeDurable()
    rig.check()
  }
}

test('compaction keeps the latest record of each key, whatever happens between', async (t) => {
  const { seed } = seededRandom()
  for (let round = 0; round < rounds; round++) {
    const use = new RandomUse(seededRandom(seed + round))
    try {
      for (let step = 0; step < stepsPerRound; step++) await use.step()
      await use.finish()
    } catch (error) {
      t.diagnostic(`repeat with SEED=${seed + round}`)
      throw error
    }
  }
})

test('without the files that are made from it, a compacted log is still whole', async () => {
  const rig = new CompactionRig(new FaultStorage())
  for (let count = 0; count < 28; count++) {
    const records = [{ key: `key ${count % 3}`, value: `${count}`.padEnd(50) }]
    rig.append({ producerId: count % 2, records })
    rig.append({ producerId: 2, isTransactional: true, records })
    if (count % 4 === 3) rig.endTransaction(2, count % 8 === 3 ? 'abort' : 'commit')
  }
  // Nothing but headers is left of what producers sent.
  rig.append({ records: [0, 1, 2].map((key) => ({ key: `key ${key}`, value: 'last' })) })
  await rig.makeDurable()
  for (let round = 0; round < 3; round++) {
    assert.ok(await rig.compact())
    rig.append({ records: [{ key: 'key', value: '-'.repeat(600) }] })
    await rig.makeDurable()
    rig.clock.nowMs += 2000
  }
  const { lastStableOffset } = rig.log
  const storage = rig.storage.kill()
  for (const name of storage.list(testFolder)) {
    if (!name.endsWith('.log')) storage.remove(`${testFolder}/${name}`)
  }
  // The headers of the last batches tell less than the snapshots did.
  rig.rememberedBatches = 1
  rig.reopen(storage, { wasCleanShutdown: false })
  await rig.makeDurable()
  assert.equal(rig.log.lastStableOffset, lastStableOffset)
  rig.check()
  rig.checkCompacted()
  for (const producerId of [0, 1]) rig.append({ producerId, records: [{ key: 'k', value: 'v' }] })
  await rig.makeDurable()
  rig.check()
})
