/**
 * Compacts one log again and again, each time with another call to the disk being the last one, or
 * failing, and looks whether the next start finds what compaction must not take away.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { NodeStorage } from '../../storage/node-storage.ts'
import type { StorageFile } from '../../storage/storage.ts'
import { CompactionRig } from '../../../test/support/compaction-rig.ts'
import { FaultStorage, InjectedError } from '../../../test/support/fault-storage.ts'
import { LogError } from '../log-error.ts'
import { testFolder } from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'

/** Returns a log with replaced records, tombstones and transactions, compacted once before. */
async function usedLog(storage = new FaultStorage()): Promise<CompactionRig> {
  const rig = new CompactionRig(storage)
  for (let round = 0; round < 2; round++) {
    for (let count = 0; count < 9; count++) {
      const value = count % 5 === 4 ? null : `${round} ${count}`.padEnd(40, '.')
      rig.append({ records: [{ key: `key ${count % 4}`, value }] })
      const keys = [`own ${count % 3}`, 'own']
      rig.append({ producerId: 1, records: keys.map((key) => ({ key, value })) })
      const records = [{ key: `key ${count % 6}`, value }]
      rig.append({ producerId: 2, isTransactional: true, records, compression: 'gzip' })
      if (count % 3 === 2) rig.endTransaction(2, count % 2 === 0 ? 'abort' : 'commit')
    }
    await rig.makeDurable()
    if (round === 0) assert.ok(await rig.compact())
    rig.clock.nowMs += 2000
  }
  return rig
}

/** Starts again with what is left, and looks at everything; compacts once more, and again. */
async function checkNextStart(rig: CompactionRig, storage: FaultStorage): Promise<void> {
  rig.compactedOffset = 0
  rig.reopen(storage, { wasCleanShutdown: false })
  await rig.makeDurable()
  rig.check()
  const producers = rig.producers()
  assert.ok(await rig.compact())
  assert.deepEqual(rig.producers(), producers)
  rig.check()
  rig.checkCompacted()
  assert.deepEqual(
    storage.list(testFolder).filter((name) => /cleaned|swap/.test(name)),
    [],
  )
  await rig.log.close()
  rig.verify()
}

async function countCalls(): Promise<{ before: number; calls: number; producers: unknown }> {
  const rig = await usedLog()
  const before = rig.storage.callCount
  const producers = rig.producers()
  assert.ok(await rig.compact())
  const calls = rig.storage.callCount - before
  rig.check()
  rig.checkCompacted()
  await rig.log.close()
  return { before, calls, producers }
}

test('nothing is lost when the power fails at any call of a compaction', async (t) => {
  const { before, calls, producers } = await countCalls()
  const { seed } = seededRandom()
  for (let call = before + 1; call <= before + calls; call++) {
    const rig = await usedLog()
    let left: FaultStorage | undefined
    rig.storage.failWhen((_, number) => {
      if (number === call) left = rig.storage.powerFailure(seededRandom(seed + call))
      return number >= call
    })
    await assert.rejects(rig.compact()).catch(() => {})
    try {
      rig.compactedOffset = 0
      rig.reopen(left!, { wasCleanShutdown: false })
      assert.deepEqual(rig.producers(), producers)
      await checkNextStart(rig, left!.kill())
    } catch (error) {
      t.diagnostic(`at call ${call - before} of ${calls}, SEED=${seed}`)
      throw error
    }
  }
})

/** Uses a log whose compaction has failed. */
async function goOn(rig: CompactionRig, call: number): Promise<void> {
  rig.check()
  rig.append({ records: [{ key: 'after', value: 'the failure' }] })
  await rig.makeDurable()
  if (call % 3 === 0) {
    rig.startOffset = 20
    await rig.log.deleteRecordsBefore(20)
    rig.check()
  }
  if (call % 2 === 0) await rig.compact()
  rig.check()
}

test('a compaction that fails at any call leaves the log whole, and can be repeated', async (t) => {
  const { before, calls, producers } = await countCalls()
  const { seed } = seededRandom()
  for (let call = before + 1; call <= before + calls; call++) {
    const rig = await usedLog()
    let failed = ''
    rig.storage.failWhen((kind, number, path) => {
      if (number === call) failed = `${kind} ${path}`
      return number === call
    })
    try {
      const error = await rig.compact().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      assert.deepEqual(rig.producers(), producers)
      // A sync of the log itself that fails is the end of it.
      if (!(error instanceof LogError)) {
        assert.ok(error === undefined || error instanceof InjectedError, String(error))
        await goOn(rig, call)
      }
      const random = seededRandom(seed + call)
      const how = random.pick(['kill', 'power failure', 'close'])
      if (how === 'close') await rig.log.close().catch(() => {})
      const { storage } = rig
      await checkNextStart(
        rig,
        how === 'power failure' ? storage.powerFailure(random) : storage.kill(),
      )
    } catch (error) {
      t.diagnostic(`call ${call - before} of ${calls}, ${failed}, SEED=${seed}`)
      throw error
    }
  }
})

test('nothing is lost when all calls fail from one of a compaction on', async (t) => {
  const { before, calls } = await countCalls()
  const { seed } = seededRandom()
  for (let call = before + 1; call <= before + calls; call += 2) {
    const rig = await usedLog()
    rig.storage.failWhen((_, number) => number >= call)
    await assert.rejects(rig.compact()).catch(() => {})
    try {
      const random = seededRandom(seed + call)
      const { storage } = rig
      await checkNextStart(
        rig,
        random.pick([() => storage.kill(), () => storage.powerFailure(random)])(),
      )
    } catch (error) {
      t.diagnostic(`from call ${call - before} of ${calls}, SEED=${seed}`)
      throw error
    }
  }
})

/** Does something at the n-th pause of a compaction, for every n. */
async function atEachPause(
  act: (rig: CompactionRig) => Promise<unknown> | void,
  check: (rig: CompactionRig, done: Promise<unknown> | void) => Promise<void>,
): Promise<void> {
  for (let pause = 1; ; pause++) {
    const rig = await usedLog()
    let left = pause
    let done: Promise<unknown> | void = undefined
    rig.onPause = () => {
      left--
      if (left === 0) done = act(rig)
    }
    await rig.compact()
    rig.onPause = undefined
    if (left > 0) return rig.log.close()
    await check(rig, done)
  }
}

test('a log takes records, and starts segments, while it is compacted', async () => {
  await atEachPause(
    (rig) => {
      for (let count = 0; count < 8; count++) {
        rig.append({ producerId: 1, records: [{ key: 'key 1', value: '-'.repeat(90) }] })
      }
    },
    async (rig) => {
      await rig.makeDurable()
      rig.check()
      rig.checkCompacted()
      await checkNextStart(rig, rig.storage.kill())
    },
  )
})

test('deleteRecordsBefore() may be called while a log is compacted', async () => {
  await atEachPause(
    (rig) => {
      rig.startOffset = 30
      return rig.log.deleteRecordsBefore(30)
    },
    async (rig, done) => {
      await done
      rig.check()
      await checkNextStart(rig, rig.storage.kill())
    },
  )
})

test('close() ends a compaction', async () => {
  await atEachPause(
    (rig) => rig.log.close(),
    async (rig, done) => {
      await done
      await checkNextStart(rig, rig.storage)
    },
  )
})

test('delete() removes a log that is being compacted, and nothing of it comes back', async () => {
  await atEachPause(
    (rig) => rig.log.delete({}),
    async (rig, done) => {
      await done
      assert.deepEqual(rig.storage.list(''), [])
    },
  )
})

/** A disk on which syncs of a log's own files may hang. */
class HangingStorage extends FaultStorage {
  isHanging = false

  override open(path: string): StorageFile {
    const file = super.open(path)
    const sync = file.sync.bind(file)
    file.sync = () => {
      const hangs = this.isHanging && !/cleaned|tmp/.test(path)
      return hangs ? new Promise<void>(() => {}) : sync()
    }
    return file
  }
}

test('a segment that may not be on the disk is not compacted, nor the one before', async () => {
  for (let round = 0; round < 24; round++) {
    const storage = new HangingStorage()
    const rig = await usedLog(storage)
    for (let count = 0; count < 4; count++) rig.append({ records: [{ key: 'a', value: 'b' }] })
    await rig.makeDurable()
    const running = rig.compact()
    await turns(round % 8)
    // Too large for the segment that is appended to.
    rig.append({ records: [{ key: 'key 1', value: '-'.repeat(600) }] })
    await turns(Math.floor(round / 8))
    storage.isHanging = true
    await Promise.race([running, setImmediate()])
    rig.reopen(storage.powerFailure(seededRandom(round)), { wasCleanShutdown: false })
    await rig.makeDurable()
    rig.check()
    await rig.log.close()
    rig.verify()
  }
})

/** Lets so many promises that are ready run on. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

test('what is compacted is no younger for it: retention deletes it in time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'compaction-'))
  const storage = new NodeStorage(folder)
  const policy = { 'cleanup.policy': 'compact,delete', 'retention.ms': '60000' }
  const rig = new CompactionRig(storage, policy)
  for (let count = 0; count < 60; count++) {
    rig.append({ records: [{ key: `k${count % 7}`, value: `v${count}` }] })
  }
  await rig.makeDurable()
  const at = join(folder, testFolder)
  const written = new Date(Date.now() - 3_600_000)
  for (const name of readdirSync(at)) utimesSync(join(at, name), written, written)
  const { sizeBytes } = rig.log
  await rig.compact()
  assert.ok(rig.log.sizeBytes < sizeBytes)
  await rig.log.enforceRetention(Date.now())
  assert.equal(rig.log.startOffset, 60)
  await rig.log.close()
  storage.close()
  rmSync(folder, { recursive: true })
})

test('segments that go while the new one is synced end the round, and are no error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'compaction-'))
  const storage = new NodeStorage(folder)
  const open = storage.open.bind(storage)
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  storage.open = (path) => {
    const file = open(path)
    if (!path.endsWith('.cleaned')) return file
    const sync = file.sync.bind(file)
    file.sync = () => {
      reach()
      return released.then(sync)
    }
    return file
  }
  const rig = new CompactionRig(storage, { 'cleanup.policy': 'compact,delete' })
  for (let count = 0; count < 60; count++) {
    rig.append({ records: [{ key: `k${count % 7}`, value: `v${count}` }] })
  }
  await rig.makeDurable()
  const compacted = rig.compact()
  await reached
  await rig.log.deleteRecordsBefore(55)
  release()
  await compacted
  await rig.log.close()
  storage.close()
  rmSync(folder, { recursive: true })
})
