import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  joinBatches,
  openTestLog,
  readAll,
  smallSegments,
  testBatch,
  testClock,
  testFolder,
  testNowMs,
} from '../../test/support/log-fixture.ts'
import type { TestBatch } from '../../test/support/log-fixture.ts'
import { FaultStorage } from '../../test/support/fault-storage.ts'
import { seededRandom } from '../../test/support/random.ts'
import { readBatchHeader, setCrc } from '../record/batch.ts'
import { writeMarkerBatch } from '../record/control-record.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { resolveLogConfig } from './log-config.ts'
import { LogError } from './log-error.ts'
import { offsetsOf } from './log-files.ts'
import type { PartitionLog } from './partition-log.ts'
import { verifyLog } from './verify/verify.ts'

/** Opens a log, and checks all of its bytes once the test is over. */
function logTest(
  name: string,
  body: (log: PartitionLog, storage: MemoryStorage) => Promise<void> | void,
): void {
  void test(name, async () => {
    const storage = new MemoryStorage()
    const log = openTestLog({ storage })
    await body(log, storage)
    await log.close()
    assert.deepEqual(verifyLog({ storage, folder: testFolder }).problems, [])
  })
}

function refuses(log: PartitionLog, bytes: Uint8Array, errorName: string): void {
  const endOffset = log.endOffset
  assert.throws(
    () => log.append(bytes, { origin: 'client', leaderEpoch: 0 }),
    (error) => error instanceof LogError && error.errorName === errorName && !error.maybeApplied,
  )
  assert.equal(log.endOffset, endOffset)
}

function endTransaction(log: PartitionLog, producerId: number, result: 'abort' | 'commit'): number {
  const marker = { result, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1000 }
  const options = { origin: 'coordinator', leaderEpoch: 0 } as const
  return log.append(writeMarkerBatch(marker), options).baseOffset
}

logTest('append() gives records consecutive offsets, and read() gives them back', (log) => {
  assert.deepEqual(append(log, { values: ['a', 'b'] }), {
    baseOffset: 0,
    lastOffset: 1,
    logAppendTimeMs: -1,
    startOffset: 0,
    isDuplicate: false,
  })
  assert.equal(append(log, { values: ['c'] }).baseOffset, 2)
  assert.deepEqual(readAll(log), [
    { offset: 0, timestamp: testNowMs, value: 'a' },
    { offset: 1, timestamp: testNowMs + 1, value: 'b' },
    { offset: 2, timestamp: testNowMs, value: 'c' },
  ])
})

logTest('append() stamps base offset and leader epoch into what it stores', (log) => {
  append(log)
  log.append(testBatch(), { origin: 'client', leaderEpoch: 9 })
  const { records } = log.read({ offset: 1, maxBytes: 1000, minOneBatch: true, upTo: 'end' })
  assert.equal(readBatchHeader(records).baseOffset, 1)
  assert.equal(readBatchHeader(records).partitionLeaderEpoch, 9)
  assert.deepEqual(log.endOfEpoch(0), { epoch: 0, endOffset: 1 })
  assert.deepEqual(log.endOfEpoch(9), { epoch: 9, endOffset: 2 })
})

logTest('append() takes several batches at once, as old clients send them', (log) => {
  const batches = joinBatches(testBatch({ values: ['a', 'b'] }), testBatch({ values: ['c'] }))
  const result = log.append(batches, { origin: 'client', leaderEpoch: 0 })
  assert.equal(result.baseOffset, 0)
  assert.equal(result.lastOffset, 2)
  assert.deepEqual(
    readAll(log).map(({ value }) => value),
    ['a', 'b', 'c'],
  )
})

logTest('append() stores nothing of a request in which one batch is bad', (log) => {
  const bad = testBatch({ values: ['bad'] })
  bad[bad.length - 1]! ^= 1
  refuses(log, joinBatches(testBatch(), bad), 'CORRUPT_MESSAGE')
  refuses(log, joinBatches(testBatch(), testBatch().subarray(0, 30)), 'CORRUPT_MESSAGE')
  refuses(log, new Uint8Array(0), 'CORRUPT_MESSAGE')
  assert.deepEqual(readAll(log), [])
})

logTest('append() refuses what clients must not write', (log) => {
  const idempotent = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
  refuses(log, testBatch({ isControl: true }), 'INVALID_RECORD')
  refuses(log, testBatch({ isTransactional: true }), 'INVALID_RECORD')
  refuses(log, testBatch({ ...idempotent, baseSequence: -1 }), 'INVALID_RECORD')
  refuses(log, testBatch({ ...idempotent, producerEpoch: -1 }), 'INVALID_RECORD')
  refuses(log, joinBatches(testBatch(idempotent), testBatch()), 'INVALID_RECORD')
  const miscounted = testBatch({ values: ['a', 'b'] })
  new DataView(miscounted.buffer, miscounted.byteOffset).setInt32(57, 1)
  setCrc(miscounted)
  refuses(log, miscounted, 'INVALID_RECORD')
})

logTest('append() refuses a batch that is larger than max.message.bytes', (log) => {
  log.setConfig({ ...smallSegments, maxMessageBytes: testBatch().length })
  append(log)
  refuses(log, testBatch({ values: ['longer value'] }), 'MESSAGE_TOO_LARGE')
})

logTest('append() refuses timestamps that are too far from its clock', (log) => {
  const limits = { 'message.timestamp.after.max.ms': '60', 'message.timestamp.before.max.ms': '90' }
  log.setConfig(resolveLogConfig(limits, smallSegments))
  append(log, { timestamp: testNowMs + 60 })
  append(log, { timestamp: testNowMs - 90 })
  refuses(log, testBatch({ timestamp: testNowMs + 61 }), 'INVALID_TIMESTAMP')
  refuses(log, testBatch({ timestamp: testNowMs - 91 }), 'INVALID_TIMESTAMP')
})

logTest(
  'append() sets the time of all records with message.timestamp.type=LogAppendTime',
  (log) => {
    log.setConfig({ ...smallSegments, messageTimestampType: 'LogAppendTime' })
    const sent = { values: ['a', 'b'], timestamp: 5, producerId: 7, producerEpoch: 0 }
    for (const isDuplicate of [false, true]) {
      const result = append(log, { ...sent, baseSequence: 0 })
      assert.deepEqual([result.isDuplicate, result.logAppendTimeMs], [isDuplicate, testNowMs])
    }
    assert.deepEqual(
      readAll(log).map(({ timestamp }) => timestamp),
      [testNowMs, testNowMs],
    )
    assert.deepEqual(log.offsetForTimestamp(testNowMs), { offset: 0, timestamp: testNowMs })
  },
)

logTest('append() fills in the largest timestamp where a client left it out', (log) => {
  const batch = testBatch({ values: ['a', 'b'] })
  new DataView(batch.buffer, batch.byteOffset).setBigInt64(35, -1n)
  setCrc(batch)
  log.append(batch, { origin: 'client', leaderEpoch: 0 })
  assert.deepEqual(log.maxTimestamp(), { offset: 1, timestamp: testNowMs + 1 })
})

logTest('append() answers a repeated batch with the offsets it has', (log) => {
  const producer = { producerId: 7, producerEpoch: 0 }
  append(log, { ...producer, baseSequence: 0, values: ['a', 'b'] })
  append(log)
  assert.deepEqual(append(log, { ...producer, baseSequence: 0, values: ['a', 'b'] }), {
    baseOffset: 0,
    lastOffset: 1,
    logAppendTimeMs: -1,
    startOffset: 0,
    isDuplicate: true,
  })
  refuses(log, testBatch({ ...producer, baseSequence: 3 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  append(log, { ...producer, baseSequence: 2 })
  assert.equal(log.endOffset, 4)
})

logTest('the log is cut into segments by size, by record time and when it must', (log, storage) => {
  const segmentCount = (): number =>
    storage.list(testFolder).filter((name) => /\.log(\.pending)?$/.test(name)).length
  append(log, { values: ['x'.repeat(300)] })
  append(log, { values: ['x'.repeat(100)] })
  assert.equal(segmentCount(), 1)
  append(log, { values: ['x'.repeat(100)] })
  assert.equal(segmentCount(), 2)
  log.setConfig({ ...smallSegments, segmentMs: 1000 })
  append(log, { timestamp: testNowMs + 1000 })
  assert.equal(segmentCount(), 2)
  append(log, { timestamp: testNowMs + 1001 })
  assert.equal(segmentCount(), 3)
  append(log, { values: ['x'.repeat(900)] })
  assert.equal(segmentCount(), 4)
  assert.equal(readAll(log).length, 6)
})

logTest('read() gives whole batches up to maxBytes, from the one that has the offset', (log) => {
  const size = testBatch({ values: ['a', 'b'] }).length
  for (let count = 0; count < 3; count++) append(log, { values: ['a', 'b'] })
  const read = (offset: number, maxBytes: number, minOneBatch = false): string => {
    const result = log.read({ offset, maxBytes, minOneBatch, upTo: 'end' })
    return `${result.records.length / size} up to ${result.nextOffset}`
  }
  assert.equal(read(0, size * 3), '3 up to 6')
  assert.equal(read(0, size * 3 - 1), '2 up to 4')
  assert.equal(read(3, size * 9), '2 up to 6')
  assert.equal(read(2, size - 1), '0 up to 2')
  assert.equal(read(2, size - 1, true), '1 up to 4')
  assert.equal(read(2, 0, true), '1 up to 4')
  assert.equal(read(2, 0), '0 up to 2')
  assert.equal(read(6, size), '0 up to 6')
})

logTest('read() refuses offsets before the start and beyond the end', async (log) => {
  for (let count = 0; count < 9; count++) append(log)
  await log.whenDurable(9)
  await log.deleteRecordsBefore(4)
  for (const offset of [3, 10, -1]) {
    assert.throws(
      () => log.read({ offset, maxBytes: 1, minOneBatch: true, upTo: 'highWatermark' }),
      (error) => error instanceof LogError && error.errorName === 'OFFSET_OUT_OF_RANGE',
    )
  }
  assert.equal(readAll(log)[0]?.offset, 4)
})

logTest('the high watermark follows the syncs, and tells who listens', async (log) => {
  let calls = 0
  const stop = log.onAdvance(() => calls++)
  append(log)
  append(log)
  assert.equal(log.highWatermark, 0)
  assert.deepEqual(readAll(log, { upTo: 'highWatermark' }), [])
  assert.ok(!log.isSettled(1))
  await log.whenDurable(2)
  assert.equal(log.highWatermark, 2)
  assert.equal(readAll(log, { upTo: 'highWatermark' }).length, 2)
  await Promise.resolve()
  assert.equal(calls, 1)
  assert.ok(log.isSettled(2))
  stop()
  append(log)
  await log.whenDurable(3)
  assert.equal(calls, 1)
})

test("with flush 'os' the high watermark is the end, and nobody waits for syncs", async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage, flush: 'os' })
  let calls = 0
  log.onAdvance(() => calls++)
  append(log)
  assert.equal(log.highWatermark, 1)
  assert.ok(!log.isSettled(1))
  assert.equal(calls, 0, 'listeners run after the append, not in it')
  await log.whenDurable(1)
  assert.equal(calls, 1)
  assert.ok(log.isSettled(1))
  await log.close()
})

logTest('offsetForTimestamp() gives the first record that is late enough', (log) => {
  for (const timestamp of [100, 300, 200, 300, 500]) {
    append(log, { values: ['a', 'b', 'x'.repeat(99)], timestamp })
  }
  assert.deepEqual(log.offsetForTimestamp(0), { offset: 0, timestamp: 100 })
  assert.deepEqual(log.offsetForTimestamp(101), { offset: 1, timestamp: 101 })
  assert.deepEqual(log.offsetForTimestamp(103), { offset: 3, timestamp: 300 })
  assert.deepEqual(log.offsetForTimestamp(302), { offset: 5, timestamp: 302 })
  assert.deepEqual(log.offsetForTimestamp(303), { offset: 12, timestamp: 500 })
  assert.deepEqual(log.offsetForTimestamp(502), { offset: 14, timestamp: 502 })
  assert.equal(log.offsetForTimestamp(503), undefined)
  assert.deepEqual(log.maxTimestamp(), { offset: 14, timestamp: 502 })
})

test('maxTimestamp() and offsetForTimestamp() give nothing in an empty log', () => {
  const log = openTestLog({ storage: new MemoryStorage() })
  assert.equal(log.maxTimestamp(), undefined)
  assert.equal(log.offsetForTimestamp(0), undefined)
})

logTest('the last stable offset waits for open transactions', async (log) => {
  const transactional = (producerId: number, baseSequence: number): TestBatch => ({
    producerId,
    producerEpoch: 0,
    baseSequence,
    isTransactional: true,
  })
  append(log)
  append(log, transactional(7, 0))
  append(log, transactional(8, 0))
  append(log, transactional(7, 1))
  await log.whenDurable(4)
  assert.equal(log.lastStableOffset, 1)
  assert.equal(readAll(log, { upTo: 'lastStable' }).length, 1)
  endTransaction(log, 7, 'abort')
  assert.equal(log.lastStableOffset, 1)
  await log.whenDurable(5)
  assert.equal(log.lastStableOffset, 2)
  endTransaction(log, 8, 'commit')
  await log.whenDurable(6)
  assert.equal(log.lastStableOffset, 6)
  assert.deepEqual(log.abortedTransactions(0, 6), [
    { producerId: 7, firstOffset: 1, lastOffset: 4, lastStableOffset: 2 },
  ])
  assert.deepEqual(log.abortedTransactions(5, 6), [])
})

logTest('deleteRecordsBefore() moves the start and frees whole segments', async (log, storage) => {
  for (let count = 0; count < 30; count++) append(log)
  await assert.rejects(async () => log.deleteRecordsBefore(30), /beyond the high watermark/)
  await log.whenDurable(30)
  const sizeBytes = log.sizeBytes
  await log.deleteRecordsBefore(22)
  assert.equal(log.startOffset, 22)
  assert.ok(log.sizeBytes < sizeBytes / 2)
  assert.equal(readAll(log)[0]?.offset, 22)
  await log.deleteRecordsBefore(3)
  assert.equal(log.startOffset, 22)
  await log.deleteRecordsBefore(30)
  assert.deepEqual(readAll(log), [])
  assert.equal(openTestLog({ storage }).startOffset, 30)
})

test('deleteRecordsBefore() leaves no hole where the disk did not remove a file', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 40; count++) append(log)
  await log.whenDurable(40)
  storage.failWhen((call, _, path) => call === 'remove' && path.endsWith('.log'))
  await assert.rejects(log.deleteRecordsBefore(12), { errorName: 'KAFKA_STORAGE_ERROR' })
  storage.failWhen(() => false)
  await log.deleteRecordsBefore(30)
  await log.close()
  assert.deepEqual(verifyLog({ storage, folder: testFolder }).problems, [])
})

test('deleteRecordsBefore() is tried again after the disk was full', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 30; count++) append(log)
  await log.whenDurable(30)
  const segments = (): number => offsetsOf(storage.list(testFolder), '.log').length
  const before = segments()
  storage.failWhen((call, _, path) => call === 'open' && path.includes('log-start-offset'))
  await assert.rejects(log.deleteRecordsBefore(22), { errorName: 'KAFKA_STORAGE_ERROR' })
  storage.failWhen(() => false)
  await log.deleteRecordsBefore(22)
  assert.ok(segments() < before, 'segments are removed')
  const left = storage.powerFailure(seededRandom(1))
  assert.equal(openTestLog({ storage: left }).startOffset, 22)
})

logTest('enforceRetention() deletes old segments, the last one too', async (log, storage) => {
  log.setConfig(resolveLogConfig({ 'retention.ms': '1000' }, smallSegments))
  for (let count = 0; count < 30; count++) append(log, { timestamp: testNowMs + count })
  await log.whenDurable(30)
  await log.enforceRetention(testNowMs + 1000)
  assert.equal(log.startOffset, 0)
  await log.enforceRetention(testNowMs + 1015)
  assert.ok(log.startOffset > 0 && log.startOffset <= 15, `${log.startOffset}`)
  await log.enforceRetention(testNowMs + 2000)
  assert.equal(log.startOffset, 30)
  assert.equal(log.sizeBytes, 0)
  assert.equal(append(log).baseOffset, 30)
  await log.whenDurable(31)
  assert.equal(openTestLog({ storage }).endOffset, 31)
})

logTest('enforceRetention() keeps what is not durable yet', async (log) => {
  log.setConfig(resolveLogConfig({ 'retention.ms': '0' }, smallSegments))
  for (let count = 0; count < 30; count++) append(log)
  await log.enforceRetention(testNowMs + 5000)
  assert.equal(log.startOffset, 0)
  await log.whenDurable(30)
})

test('enforceRetention() forgets producers that were idle for a day', async () => {
  const clock = testClock()
  const log = openTestLog({ storage: new MemoryStorage(), clock })
  const producer = { producerId: 7, producerEpoch: 0 }
  append(log, { ...producer, baseSequence: 0 })
  refuses(log, testBatch({ ...producer, baseSequence: 5 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  await log.enforceRetention(testNowMs + 86_400_001)
  append(log, { ...producer, baseSequence: 5 })
  await log.close()
})

test('a closed log takes no more records, and one closed twice does no harm', async () => {
  const log = openTestLog({ storage: new MemoryStorage() })
  await log.close()
  await log.close()
  refuses(log, testBatch(), 'KAFKA_STORAGE_ERROR')
})

test('delete() removes the folder, and tells who waits for a sync', async () => {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage })
  append(log)
  const waiting = log.whenDurable(1)
  const deleted = log.delete({})
  await assert.rejects(waiting, { errorName: 'UNKNOWN_TOPIC_OR_PARTITION', maybeApplied: true })
  await deleted
  assert.deepEqual(storage.list(''), [])
  refuses(log, testBatch(), 'UNKNOWN_TOPIC_OR_PARTITION')
})
