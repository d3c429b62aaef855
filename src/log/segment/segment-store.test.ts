import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { FaultStorage } from '../../../test/support/fault-storage.ts'
import {
  append,
  openTestLog,
  readAll,
  smallSegments,
  testFolder,
} from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { writeMarkerBatch } from '../../record/control-record.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import type { StorageFile } from '../../storage/storage.ts'
import { verifyLog } from '../verify/verify.ts'

/** Checks that every power failure leaves `values`. */
function survives(storage: FaultStorage, values: readonly string[]): void {
  const { seed } = seededRandom()
  for (let round = 0; round < 20; round++) {
    const left = storage.powerFailure(seededRandom(seed + round))
    const found = readAll(openTestLog({ storage: left, onFailure: () => {} }))
    assert.deepEqual(
      found.map(({ value }) => value),
      values,
      `SEED=${seed}`,
    )
  }
}

const config = { ...smallSegments, segmentBytes: 1_000_000 }

test("a log that was closed is on the disk, with flush 'os' too", async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage, flush: 'os', config })
  const values = Array.from({ length: 20 }, (_, count) => `value ${count}`)
  for (const value of values) append(log, { values: [value] })
  await log.close()
  survives(storage, values)
})

test('what is acknowledged after a kill is on the disk, the folder of the log too', async () => {
  const storage = new FaultStorage()
  append(openTestLog({ storage, onFailure: () => {} }), { values: ['before'] })
  const running = storage.kill()
  const log = openTestLog({ storage: running })
  append(log, { values: ['after'] })
  await log.whenDurable(2)
  survives(running, ['before', 'after'])
})

test('what a failed sync may have lost is written again by the next start', async () => {
  for (let failing = 1; failing <= 3; failing++) {
    const storage = new FaultStorage()
    const log = openTestLog({ storage, onFailure: () => {} })
    let syncs = 0
    storage.failWhen((call, _, path) => {
      return call === 'sync' && path.includes('.log') && ++syncs === failing
    })
    for (let count = 0; count < 12; count++) append(log, { values: [`${count}`.repeat(40)] })
    await assert.rejects(log.whenDurable(12), { maybeApplied: true })
    const expected = readAll(log)

    // The process starts anew, and reads what is in memory only, as if it were on the disk.
    const running = storage.kill()
    const next = openTestLog({ storage: running })
    await next.whenDurable(next.endOffset)
    assert.deepEqual(readAll(next), expected)
    const left = running.powerFailure(seededRandom())
    assert.deepEqual(readAll(openTestLog({ storage: left })), expected)
    assert.deepEqual(verifyLog({ storage: left, folder: testFolder }).problems, [])
  }
})

/** Counts how often files are read from. */
function countReads(t: TestContext, storage: MemoryStorage): { count: number } {
  const reads = { count: 0 }
  const open = storage.open.bind(storage)
  const watched = new Set<StorageFile>()
  t.mock.method(storage, 'open', (path: string) => {
    const file = open(path)
    if (watched.has(file)) return file
    watched.add(file)
    const read = file.read.bind(file)
    t.mock.method(file, 'read', (position: number, target: Uint8Array) => {
      reads.count++
      return read(position, target)
    })
    return file
  })
  return reads
}

test('read() at the end does not look into the file', (t) => {
  const storage = new MemoryStorage()
  const reads = countReads(t, storage)
  const log = openTestLog({ storage, flush: 'os' })
  for (let count = 0; count < 3; count++) append(log)
  reads.count = 0
  const limits = { maxBytes: 1000, minOneBatch: true, upTo: 'highWatermark' } as const
  assert.equal(log.read({ ...limits, offset: 3 }).records.length, 0)
  assert.equal(reads.count, 0)
  assert.notEqual(log.read({ ...limits, offset: 2 }).records.length, 0)
  assert.notEqual(reads.count, 0)
})

test('abortedIn() looks once into the files of a segment where nothing was aborted', async (t) => {
  const storage = new MemoryStorage()
  const reads = countReads(t, storage)
  const log = openTestLog({ storage, flush: 'os' })
  const producer = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const marker = { result: 'abort', coordinatorEpoch: 0, timestamp: 1000 } as const
  append(log, producer)
  log.append(writeMarkerBatch({ ...marker, ...producer }), {
    origin: 'coordinator',
    leaderEpoch: 0,
  })
  for (let count = 0; count < 120; count++) append(log)
  await log.close()
  const reopened = openTestLog({ storage, flush: 'os' })
  const lastOffset = reopened.endOffset
  const counts: number[] = []
  for (let round = 0; round < 3; round++) {
    reads.count = 0
    assert.deepEqual(reopened.abortedTransactions(10, lastOffset), [])
    counts.push(reads.count)
  }
  assert.ok(counts[0]! > 10, 'there are many segments')
  assert.deepEqual(counts.slice(1), [0, 0])
  const found = reopened.abortedTransactions(0, lastOffset).map(({ firstOffset }) => firstOffset)
  assert.deepEqual(found, [0])
})

test('read() shows nothing of a transaction that begins before the start', async () => {
  const log = openTestLog({ storage: new MemoryStorage() })
  const producer = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  append(log, { values: ['a', 'b'], ...producer })
  await log.whenDurable(2)
  await log.deleteRecordsBefore(1)
  const wanted = { offset: 1, maxBytes: 1000, minOneBatch: true, upTo: 'lastStable' } as const
  assert.equal(log.read(wanted).records.length, 0)
  const marker = { result: 'commit', coordinatorEpoch: 0, timestamp: 1000 } as const
  log.append(writeMarkerBatch({ ...marker, ...producer }), {
    origin: 'coordinator',
    leaderEpoch: 0,
  })
  await log.whenDurable(3)
  assert.equal(log.read(wanted).nextOffset, 3)
})

/** Storage whose files cannot be read for a while. */
class UnreadableStorage extends MemoryStorage {
  isFailing = false

  override open(path: string): StorageFile {
    const file = super.open(path)
    const read = file.read.bind(file)
    file.read = (position, target) => {
      if (this.isFailing) throw new Error('EIO')
      return read(position, target)
    }
    return file
  }
}

test('an append that finds its segment unreadable is refused, and taken later', async () => {
  const storage = new UnreadableStorage()
  const before = openTestLog({ storage })
  append(before)
  await before.close()
  const log = openTestLog({ storage, wasCleanShutdown: true })
  storage.isFailing = true
  const refusal = { errorName: 'KAFKA_STORAGE_ERROR', maybeApplied: false }
  assert.throws(() => append(log), refusal)
  storage.isFailing = false
  assert.equal(append(log).baseOffset, 1)
  await log.close()
  assert.deepEqual(verifyLog({ storage, folder: testFolder }).problems, [])
})

test('a batch whose offset cannot be right is no end of the log, but an error', async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage, config })
  for (const value of ['a', 'b']) append(log, { values: [value] })
  await log.whenDurable(2)
  const read = (offset: number): number =>
    log.read({ offset, maxBytes: 1, minOneBatch: true, upTo: 'highWatermark' }).nextOffset
  assert.deepEqual([read(0), read(1)], [1, 2])
  const file = storage.open(`${testFolder}/${'0'.repeat(20)}.log`)
  const bytes = new Uint8Array(file.sizeBytes)
  file.read(0, bytes)
  file.truncate(0)
  // The checksum of a batch does not cover it.
  bytes[bytes.length / 2 + 2]! ^= 1
  file.append(bytes)
  assert.equal(read(0), 1)
  const damage = { errorName: 'KAFKA_STORAGE_ERROR', message: /its offset is 1099511627777/ }
  assert.throws(() => read(1), damage)
  await log.close()
})
