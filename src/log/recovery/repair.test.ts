import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultStorage, InjectedError } from '../../../test/support/fault-storage.ts'
import {
  append,
  openTestLog,
  readAll,
  smallSegments,
  testFolder,
} from '../../../test/support/log-fixture.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import type { Storage } from '../../storage/storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { DamagedLogError } from '../log-error.ts'
import { repairLog } from './repair.ts'
import type { RepairReport } from './repair.ts'

const config = { ...smallSegments, segmentBytes: 1000 }
const recordCount = 20
const batchBytes = 78

/** Of one length, so that all batches have one size. */
function valueOf(offset: number): string {
  return `value ${offset}`.padEnd(10)
}

/** A log of several segments, with one record in each batch. */
async function fill(storage: Storage): Promise<void> {
  const log = openTestLog({ storage, config })
  for (let count = 0; count < recordCount; count++) append(log, { values: [valueOf(count)] })
  await log.whenDurable(recordCount)
  await log.close()
}

function segmentsOf(storage: Storage): string[] {
  return storage.list(testFolder).filter((name) => name.endsWith('.log'))
}

/** Damages batch `count` of a segment, each of which has the same size here. */
function damage(storage: Storage, name: string, count: number): void {
  const path = `${testFolder}/${name}`
  const bytes = readWholeFile(storage, path)!.slice()
  bytes[count * batchBytes + 40]! ^= 1
  writeDerivedFile(storage, path, bytes)
}

function repair(storage: Storage, recoveryPoint?: number): Promise<RepairReport> {
  return repairLog({ storage, folder: testFolder, logger: silentLogger, recoveryPoint })
}

async function offsetsAfter(storage: Storage, recoveryPoint?: number): Promise<number[]> {
  const log = openTestLog({ storage, config, recoveryPoint })
  await log.whenDurable(log.endOffset)
  const offsets = readAll(log).map(({ offset, value }) => {
    assert.equal(value, valueOf(offset))
    return offset
  })
  await log.close()
  return offsets
}

function allBut(...missing: readonly number[]): number[] {
  const all = Array.from({ length: recordCount }, (_, offset) => offset)
  return all.filter((offset) => !missing.includes(offset))
}

test('repairLog() gives up damaged batches of any segment, and keeps all others', async () => {
  const probe = new MemoryStorage()
  await fill(probe)
  const names = segmentsOf(probe)
  assert.ok(names.length > 1)
  for (const [at, name] of names.entries()) {
    const base = Number(name.slice(0, 20))
    const count = (Number(names[at + 1]?.slice(0, 20) ?? recordCount) || recordCount) - base
    for (let batch = 0; batch < count; batch++) {
      const storage = new MemoryStorage()
      await fill(storage)
      damage(storage, name, batch)
      const lost = base + batch
      const { quarantined, missing } = await repair(storage, recordCount)
      const isLast = lost === recordCount - 1
      assert.deepEqual(
        quarantined.map(({ fromOffset, toOffset }) => [fromOffset, toOffset]),
        [[lost, batch === count - 1 ? undefined : lost + 1]],
        `offset ${lost}`,
      )
      assert.deepEqual(missing, isLast ? { fromOffset: lost, toOffset: lost + 1 } : undefined)
      assert.equal(readWholeFile(storage, quarantined[0]!.copy)!.length, batchBytes)
      assert.deepEqual(await offsetsAfter(storage, recordCount), allBut(lost), `offset ${lost}`)
      assert.deepEqual((await repair(storage, recordCount)).quarantined, [], 'once is enough')
    }
  }
})

test('repairLog() never uses offsets again that were given to records that are gone', async () => {
  const storage = new MemoryStorage()
  await fill(storage)
  const name = segmentsOf(storage).at(-1)!
  const path = `${testFolder}/${name}`
  writeDerivedFile(storage, path, readWholeFile(storage, path)!.slice(0, batchBytes))
  const open = (): unknown => openTestLog({ storage, config, recoveryPoint: recordCount })
  assert.throws(open, DamagedLogError)
  const fromOffset = Number(name.slice(0, 20)) + 1
  const { missing } = await repair(storage, recordCount)
  assert.deepEqual(missing, { fromOffset, toOffset: recordCount })
  const log = openTestLog({ storage, config, recoveryPoint: recordCount })
  assert.equal(append(log).baseOffset, recordCount)
  await log.close()
})

test('repairLog() leaves a tail that was merely torn to the next start', async () => {
  const storage = new MemoryStorage()
  await fill(storage)
  const path = `${testFolder}/${segmentsOf(storage).at(-1)!}`
  const torn = Buffer.concat([readWholeFile(storage, path)!, Buffer.alloc(30, 1)])
  writeDerivedFile(storage, path, torn)
  assert.deepEqual((await repair(storage, recordCount)).quarantined, [])
  assert.deepEqual(await offsetsAfter(storage, recordCount), allBut())
})

test('repairLog() can be begun again after a failure of any of its calls', async () => {
  let failing = 0
  for (let isDone = false; !isDone;) {
    failing++
    const storage = new FaultStorage()
    await fill(storage)
    const [first, second] = segmentsOf(storage)
    damage(storage, first!, 2)
    damage(storage, first!, 5)
    damage(storage, second!, 0)
    const before = storage.callCount
    storage.failWhen((_, number) => number === before + failing)
    try {
      await repair(storage, recordCount)
      isDone = true
    } catch (error) {
      assert.ok(error instanceof InjectedError, String(error))
    }
    storage.failWhen(() => false)
    await repair(storage, recordCount)
    const lost = [2, 5, Number(second!.slice(0, 20))]
    assert.deepEqual(await offsetsAfter(storage, recordCount), allBut(...lost), `call ${failing}`)
  }
  assert.ok(failing > 20)
})

test('repairLog() goes on without a damaged segment that compaction has written', async () => {
  const storage = new MemoryStorage()
  await fill(storage)
  const swap = `${testFolder}/${segmentsOf(storage)[0]!}.swap`
  writeDerivedFile(storage, swap, new Uint8Array(100).fill(7))
  assert.throws(() => openTestLog({ storage, config }), DamagedLogError)
  await repair(storage, recordCount)
  assert.deepEqual(await offsetsAfter(storage, recordCount), allBut())
  assert.ok(storage.exists(`${swap}.quarantine`))
})

/** Has batch `count` of a segment say that it begins at `offset`, which no CRC covers. */
function misplace(storage: Storage, name: string, count: number, offset: number): void {
  const path = `${testFolder}/${name}`
  const bytes = readWholeFile(storage, path)!.slice()
  new DataView(bytes.buffer).setBigInt64(count * batchBytes, BigInt(offset))
  writeDerivedFile(storage, path, bytes)
}

test('repairLog() gives up a batch that says a wrong offset, and no other', async () => {
  const probe = new MemoryStorage()
  await fill(probe)
  const names = segmentsOf(probe)
  const bases = names.map((name) => Number(name.slice(0, 20)))
  const jumps = [-19, -2, -1, 1, 2, 3, 4, 8, 256, 2 ** 33]
  for (let offset = 0; offset < recordCount; offset++) {
    const at = bases.findLastIndex((base) => base <= offset)
    for (const jump of jumps) {
      for (const recoveryPoint of [undefined, recordCount]) {
        const storage = new MemoryStorage()
        await fill(storage)
        misplace(storage, names[at]!, offset - bases[at]!, offset + jump)
        const what = `${offset} says ${offset + jump}, recovery point ${recoveryPoint}`
        const { quarantined } = await repair(storage, recoveryPoint)
        assert.deepEqual(
          quarantined.map(({ fromOffset, from, to }) => [fromOffset, to - from]),
          [[offset, batchBytes]],
          what,
        )
        const log = openTestLog({ storage, config, recoveryPoint })
        const offsets = readAll(log).map(({ offset }) => offset)
        assert.deepEqual(offsets, allBut(offset), what)
        assert.equal(log.endOffset, recordCount, what)
        await log.close()
        const again = await repair(storage, recoveryPoint)
        assert.deepEqual(again, { quarantined: [], missing: undefined }, what)
      }
    }
  }
})

test('repairLog() leaves the gaps of compaction, and closes a segment that has some', async () => {
  const storage = new MemoryStorage()
  await fill(storage)
  const name = segmentsOf(storage).at(-1)!
  const base = Number(name.slice(0, 20))
  for (let offset = base + 2; offset < recordCount; offset++) {
    misplace(storage, name, offset - base, offset + 10)
  }
  const open = (): unknown => openTestLog({ storage, config, recoveryPoint: recordCount + 10 })
  assert.throws(open, DamagedLogError)
  assert.deepEqual(await repair(storage, recordCount + 10), {
    quarantined: [],
    missing: undefined,
  })
  const log = openTestLog({ storage, config, recoveryPoint: recordCount + 10 })
  assert.equal(readAll(log).length, recordCount)
  assert.equal(append(log).baseOffset, recordCount + 10)
  await log.close()
})

test('repairLog() gives two batches up where either may be the one that is misplaced', async () => {
  const storage = new MemoryStorage()
  await fill(storage)
  const name = segmentsOf(storage)[0]!
  misplace(storage, name, 2, 6)
  misplace(storage, name, 3, 5)
  const { quarantined } = await repair(storage, recordCount)
  assert.equal(quarantined.length, 1)
  assert.deepEqual(await offsetsAfter(storage, recordCount), allBut(2, 3))
})
