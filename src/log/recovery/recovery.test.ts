import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  openTestLog,
  readAll,
  smallSegments,
  testBatch,
  testFolder,
  testNowMs,
} from '../../../test/support/log-fixture.ts'
import type { TestBatch, TestLogOptions } from '../../../test/support/log-fixture.ts'
import { FaultStorage } from '../../../test/support/fault-storage.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { stampBatch } from '../../record/batch.ts'
import { writeMarkerBatch } from '../../record/control-record.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { DamagedLogError } from '../log-error.ts'
import { offsetName } from '../log-files.ts'
import type { PartitionLog } from '../partition-log.ts'
import { verifyLog } from '../verify/verify.ts'

const firstFile = `${testFolder}/00000000000000000000.log`
const largeSegments = { ...smallSegments, segmentBytes: 1_000_000 }

/** All that a client can find out about a log. */
function everything(log: PartitionLog): unknown {
  return {
    startOffset: log.startOffset,
    endOffset: log.endOffset,
    lastStableOffset: log.lastStableOffset,
    highWatermark: log.highWatermark,
    latestEpoch: log.epochs.latest,
    records: readAll(log),
    late: log.offsetForTimestamp(testNowMs + 40),
    largest: log.maxTimestamp(),
    aborted: log.abortedTransactions(0, log.endOffset),
    epochs: [0, 1, 2].map((epoch) => log.endOfEpoch(epoch)),
  }
}

/** Fills several segments with what a log can hold; 60 batches from two producers and a client. */
function fill(log: PartitionLog): void {
  const sequences = [0, 0]
  for (let count = 0; count < 60; count++) {
    const producer = count % 3
    const timestamp = testNowMs + ((count * 7) % 50)
    const leaderEpoch = Math.floor(count / 25)
    const batch: TestBatch =
      producer === 2
        ? { values: [`plain ${count}`, 'second'], timestamp }
        : {
            values: [`transactional ${count}`],
            timestamp,
            producerId: producer,
            producerEpoch: 0,
            baseSequence: sequences[producer]!++,
            isTransactional: true,
          }
    log.append(testBatch(batch), { origin: 'client', leaderEpoch })
    if (count % 10 === 9 && producer !== 2) {
      const result = count % 20 === 9 ? 'abort' : 'commit'
      const marker = { result, producerId: producer, producerEpoch: 0, timestamp } as const
      const bytes = writeMarkerBatch({ ...marker, coordinatorEpoch: 0 })
      log.append(bytes, { origin: 'coordinator', leaderEpoch })
    }
  }
}

/** Returns what a process that is killed leaves. */
function copyOf(storage: MemoryStorage): MemoryStorage {
  const copy = new MemoryStorage()
  for (const name of storage.list(testFolder)) {
    const path = `${testFolder}/${name}`
    const file = copy.open(path)
    file.append(readWholeFile(storage, path)!)
    file.close()
  }
  return copy
}

/** Opens the log in `storage` again, waits until it is durable, and describes it. */
async function reopened(options: TestLogOptions): Promise<unknown> {
  const log = openTestLog(options)
  await log.whenDurable(log.endOffset)
  return everything(log)
}

test('a log is the same after a clean and after an unclean restart', async () => {
  for (const config of [smallSegments, largeSegments]) {
    const storage = new MemoryStorage()
    const log = openTestLog({ storage, config })
    fill(log)
    await log.whenDurable(log.endOffset)
    const expected = everything(log)
    assert.deepEqual(await reopened({ storage, config }), expected)
    await log.close()
    assert.deepEqual(await reopened({ storage, config, wasCleanShutdown: true }), expected)
    assert.deepEqual(await reopened({ storage, config, wasCleanShutdown: false }), expected)
    assert.deepEqual(verifyLog({ storage, folder: testFolder }).problems, [])
  }
})

test('producers can go on, and repeat their last five batches, after a restart', async () => {
  for (const wasCleanShutdown of [true, false]) {
    const storage = new MemoryStorage()
    // Large enough that its indexes and a snapshot are written on a clean shutdown.
    const values = ['x'.repeat(20_000)]
    const producer = { producerId: 7, producerEpoch: 3, values }
    const config = largeSegments
    const log = openTestLog({ storage, config })
    for (let sequence = 0; sequence < 7; sequence++) {
      append(log, { ...producer, baseSequence: sequence })
    }
    await (wasCleanShutdown ? log.close() : log.whenDurable(7))
    const next = openTestLog({ storage, config, wasCleanShutdown })
    for (let sequence = 2; sequence < 7; sequence++) {
      const result = append(next, { ...producer, baseSequence: sequence })
      assert.deepEqual([result.baseOffset, result.isDuplicate], [sequence, true])
    }
    assert.throws(() => append(next, { ...producer, baseSequence: 1 }), /sequence 1/)
    assert.equal(append(next, { ...producer, baseSequence: 7 }).baseOffset, 7)
  }
})

test('a tail that was torn at any byte is cut off, and what is before it stays', async () => {
  const whole = new MemoryStorage()
  const log = openTestLog({ storage: whole, config: largeSegments })
  for (let count = 0; count < 3; count++) append(log, { values: [`value ${count}`] })
  await log.whenDurable(3)
  const bytes = readWholeFile(whole, firstFile)!
  const lastStart = (bytes.length / 3) * 2
  for (let length = lastStart; length <= bytes.length; length++) {
    // As it may be after kill -9, and after a power failure that left zeros.
    for (const tail of [new Uint8Array(0), new Uint8Array(100)]) {
      const storage = new MemoryStorage()
      const left = Buffer.concat([bytes.subarray(0, length), tail])
      writeDerivedFile(storage, firstFile, left)
      const torn = openTestLog({ storage, config: largeSegments })
      // A batch that ends with zeros is whole even so.
      const isWhole = left.subarray(0, bytes.length).equals(bytes)
      assert.equal(torn.endOffset, isWhole ? 3 : 2, `${length} bytes`)
      append(torn, { values: ['next'] })
      await torn.close()
      const report = verifyLog({ storage, folder: testFolder })
      assert.deepEqual(report.problems, [], `${length} bytes`)
      assert.equal(report.endOffset, torn.endOffset)
    }
  }
})

test('each flipped bit of the last batch but one is found, and nothing is cut off', async () => {
  const whole = new MemoryStorage()
  const log = openTestLog({ storage: whole, config: largeSegments })
  for (let count = 0; count < 3; count++) append(log, { values: [`value ${count}`] })
  await log.whenDurable(3)
  const bytes = readWholeFile(whole, firstFile)!
  const size = bytes.length / 3
  for (let bit = size * 8; bit < size * 16; bit++) {
    const byte = Math.floor(bit / 8) - size
    // The leader epoch is under no checksum, and nothing else tells what it should be.
    if (byte >= 12 && byte < 16) continue
    const storage = new MemoryStorage()
    const wrong = bytes.slice()
    wrong[size + byte]! ^= 1 << (bit % 8)
    writeDerivedFile(storage, firstFile, wrong)
    assert.throws(
      () => openTestLog({ storage, config: largeSegments }),
      (error) =>
        error instanceof DamagedLogError &&
        error.path === firstFile &&
        error.position === size &&
        error.message.includes('To go on, '),
      `bit ${bit % 8} of byte ${byte}`,
    )
    assert.deepEqual(readWholeFile(storage, firstFile), wrong)
  }
})

test('a batch that is there twice, or whose offset skips some, is damage', async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage, config: largeSegments })
  for (let count = 0; count < 3; count++) append(log)
  await log.whenDurable(3)
  const bytes = readWholeFile(storage, firstFile)!
  const size = bytes.length / 3
  const parts = [bytes.subarray(0, size), bytes.subarray(0, size), bytes.subarray(size)]
  writeDerivedFile(storage, firstFile, Buffer.concat(parts))
  assert.throws(() => openTestLog({ storage, config: largeSegments }), DamagedLogError)
  const skipping = bytes.slice()
  skipping[size * 2 + 7]! += 1
  writeDerivedFile(storage, firstFile, skipping)
  assert.throws(
    () => openTestLog({ storage, config: largeSegments }),
    /offset 3, where 2 comes next/,
  )
})

/** Ways to spoil a derived file. */
const spoilers: Readonly<Record<string, (storage: MemoryStorage, path: string) => void>> = {
  missing: (storage, path) => storage.remove(path),
  short: (storage, path) =>
    writeDerivedFile(storage, path, readWholeFile(storage, path)!.slice(0, -5)),
  'full of zeros': (storage, path) =>
    writeDerivedFile(storage, path, new Uint8Array(readWholeFile(storage, path)!.length)),
  'wrong in one bit': (storage, path) => {
    const bytes = readWholeFile(storage, path)!.slice()
    bytes[bytes.length >> 1]! ^= 4
    writeDerivedFile(storage, path, bytes)
  },
}

for (const [how, spoil] of Object.entries(spoilers)) {
  for (const suffix of ['.index', '.timeindex', '.txnindex', '.snapshot']) {
    test(`${suffix} files that are ${how} are made again from the log`, async () => {
      const storage = new MemoryStorage()
      const config = { ...smallSegments, segmentBytes: 1500 }
      const log = openTestLog({ storage, config })
      fill(log)
      await log.whenDurable(log.endOffset)
      const expected = everything(log)
      await log.close()
      const files = storage.list(testFolder).filter((name) => name.endsWith(suffix))
      assert.ok(files.length > 0)
      const before = files.map((name) => readWholeFile(storage, `${testFolder}/${name}`))
      for (const name of files) spoil(storage, `${testFolder}/${name}`)
      assert.deepEqual(await reopened({ storage, config, wasCleanShutdown: true }), expected)
      if (suffix === '.snapshot') return
      const after = files.map((name) => readWholeFile(storage, `${testFolder}/${name}`))
      assert.deepEqual(after, before)
    })
  }
}

test('a log opens as it was, or is refused, whatever one byte of its files says', async () => {
  const random = seededRandom()
  const whole = new MemoryStorage()
  const config = { ...smallSegments, segmentBytes: 1500 }
  const log = openTestLog({ storage: whole, config })
  fill(log)
  await log.whenDurable(log.endOffset)
  await log.deleteRecordsBefore(30)
  const expected = everything(log) as { records: unknown[] }
  await log.close()
  const segments = whole.list(testFolder).filter((name) => name.endsWith('.log'))
  for (const name of whole.list(testFolder)) {
    // Segments that were synced are not read again at each start; verifyLog() does that.
    if (segments.slice(0, -1).includes(name)) continue
    for (let round = 0; round < 20; round++) {
      const storage = copyOf(whole)
      const path = `${testFolder}/${name}`
      const bytes = readWholeFile(storage, path)!
      const at = random.below(bytes.length)
      bytes[at]! ^= 1 << random.below(8)
      writeDerivedFile(storage, path, bytes)
      const hint = `${name}, byte ${at}, SEED=${random.seed}`
      for (const wasCleanShutdown of [true, false]) {
        const options = { storage: copyOf(storage), config, wasCleanShutdown }
        let found: typeof expected
        try {
          found = (await reopened(options)) as typeof expected
        } catch (error) {
          assert.ok(error instanceof DamagedLogError && name === segments.at(-1), hint)
          continue
        }
        if (name === 'log-start-offset') {
          // It goes back at most, to what whole segments still have.
          const kept = found.records.slice(-expected.records.length)
          assert.deepEqual(kept, expected.records, hint)
        } else if (name === segments.at(-1)) {
          const start = expected.records.slice(0, found.records.length)
          assert.deepEqual(found.records, start, hint)
        } else assert.deepEqual(found, expected, hint)
      }
    }
  }
})

test('a stale marker of a clean shutdown does no harm', async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage, config: largeSegments })
  const values = ['x'.repeat(70_000)]
  append(log, { values })
  await log.close()
  const next = openTestLog({ storage, config: largeSegments, wasCleanShutdown: true })
  append(next, { values: ['later'] })
  await next.whenDurable(2)
  const last = openTestLog({ storage, config: largeSegments, wasCleanShutdown: true })
  assert.equal(last.endOffset, 2)
  assert.equal(readAll(last)[1]?.value, 'later')
})

test('a segment that was never acknowledged goes with the tail before it', async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 6; count++) append(log, { values: ['x'.repeat(99)] })
  // The second segment is not settled: no sync has run.
  const pending = storage.list(testFolder).find((name) => name.endsWith('.log.pending'))
  assert.ok(pending)
  const bytes = readWholeFile(storage, firstFile)!
  const crashed = copyOf(storage)
  writeDerivedFile(crashed, firstFile, bytes.slice(0, -1))
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) }
  const recovered = openTestLog({ storage: crashed, logger })
  assert.equal(recovered.endOffset, Number(pending.slice(0, 20)) - 1)
  assert.deepEqual(warnings, [
    'cut off the torn tail of a log',
    'removed a segment that was never acknowledged',
  ])
  append(recovered)
  await recovered.close()
  assert.deepEqual(verifyLog({ storage: crashed, folder: testFolder }).problems, [])
})

test('segments that were not settled are kept where all before them is whole', async () => {
  const running = new MemoryStorage()
  const log = openTestLog({ storage: running })
  for (let count = 0; count < 30; count++) append(log, { values: [`${count}`.repeat(30)] })
  const expected = readAll(log)
  const storage = copyOf(running)
  const next = openTestLog({ storage })
  assert.deepEqual(readAll(next), expected)
  assert.equal(next.highWatermark, 0)
  await next.whenDurable(30)
  assert.equal(next.highWatermark, 30)
  assert.ok(storage.list(testFolder).every((name) => !name.endsWith('.pending')))
  await next.close()
  assert.deepEqual(verifyLog({ storage, folder: testFolder }).problems, [])
})

test('a log that ends before its start begins anew there', async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage, flush: 'os' })
  for (let count = 0; count < 9; count++) append(log)
  await log.deleteRecordsBefore(8)
  const crashed = new MemoryStorage()
  for (const name of storage.list(testFolder)) {
    if (name !== 'log-start-offset') continue
    const path = `${testFolder}/${name}`
    writeDerivedFile(crashed, path, readWholeFile(storage, path)!)
  }
  crashed.open(firstFile).close()
  const next = openTestLog({ storage: crashed })
  assert.deepEqual([next.startOffset, next.endOffset], [8, 8])
  assert.equal(append(next).baseOffset, 8)
})

test('a start goes on with pending segments though a full disk takes no index files', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage, onFailure: () => {} })
  for (let count = 0; count < 30; count++) append(log)
  const { endOffset } = log
  const left = storage.kill()
  assert.ok(left.list(testFolder).some((name) => name.endsWith('.pending')))
  left.failWhen((call, _, path) => call === 'append' && /(index|snapshot)$/.test(path))
  const recovered = openTestLog({ storage: left })
  assert.equal(recovered.endOffset, endOffset)
  assert.equal(readAll(recovered).length, endOffset)
  await recovered.whenDurable(endOffset)
})

test('a segment that a start has removed does not come back behind later records', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const storage = new FaultStorage()
    const log = openTestLog({ storage })
    for (let count = 0; count < 3; count++) append(log)
    await log.close()
    // A power failure has lost what is in between: offset 3, which was in the second file.
    const lost = testBatch()
    stampBatch(lost, 0, { baseOffset: 4, leaderEpoch: 0 })
    const files = [`${offsetName(3)}.log`, `${offsetName(4)}.log.pending`] as const
    for (const [at, name] of files.entries()) {
      const file = storage.open(`${testFolder}/${name}`)
      if (at === 1) file.append(lost)
      await file.sync()
    }
    await storage.syncFolder(testFolder)
    const onFailure = (): void => {}
    const next = openTestLog({ storage, onFailure })
    await next.whenReady()
    assert.equal(next.endOffset, 3)
    append(next)
    const left = storage.powerFailure(seededRandom(seed))
    assert.ok(openTestLog({ storage: left, onFailure }).endOffset <= 4, `seed ${seed}`)
  }
})
