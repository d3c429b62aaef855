import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { FaultStorage } from '../../../test/support/fault-storage.ts'
import {
  append,
  openTestLog,
  smallSegments,
  testFolder,
  testNowMs,
} from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
import { NodeStorage } from '../../storage/node-storage.ts'
import { resolveLogConfig } from '../log-config.ts'
import { offsetsOf } from '../log-files.ts'
import { Segment } from '../segment/segment.ts'
import { verifyLog } from '../verify/verify.ts'
import { LogStart, readStartOffset } from './start-offset.ts'

test('enforceRetention() removes what a crash has left of deleteRecordsBefore()', async () => {
  const storage = new FaultStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 40; count++) append(log)
  await log.whenDurable(40)
  storage.failWhen((call, _, path) => call === 'remove' && path.endsWith('.log'))
  await assert.rejects(log.deleteRecordsBefore(30), { errorName: 'KAFKA_STORAGE_ERROR' })
  const left = storage.powerFailure(seededRandom(1))
  const segments = (): number[] => offsetsOf(left.list(testFolder), '.log')
  assert.equal(segments()[0], 0)
  const next = openTestLog({ storage: left })
  await next.enforceRetention(testNowMs)
  assert.ok(segments()[0]! > 20, `${segments()[0]}`)
  assert.equal(next.startOffset, 30)
  await next.close()
  assert.deepEqual(verifyLog({ storage: left, folder: testFolder }).problems, [])
})

test('save() removes no segments that were detached while it wrote the offset', async () => {
  const storage = new FaultStorage()
  const [first, second] = [0, 10].map(
    (base) => new Segment({ storage, folder: 'f' }, base, 'settled'),
  )
  const start = new LogStart(0)
  const removed: number[] = []
  const save = (): Promise<void> =>
    start.save({ storage, folder: 'f', flush: async () => {} }, async (segments) => {
      removed.push(...segments.map(({ baseOffset }) => baseOffset), readStartOffset(storage, 'f')!)
    })
  start.move(10, [first!])
  const saved = save()
  start.move(20, [second!])
  await saved
  assert.deepEqual(removed, [0, 10])
  await save()
  assert.deepEqual(removed, [0, 10, 10, 20])
  assert.ok(start.isSettled)
})

test('a segment that goes while another deletion waits for the disk is synced first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-start-'))
  const storage = new NodeStorage(folder)
  let gate = Promise.resolve()
  const open = storage.open.bind(storage)
  storage.open = (path) => {
    const file = open(path)
    const sync = file.sync.bind(file)
    file.sync = () => gate.then(sync)
    return file
  }
  const log = openTestLog({ storage, onFailure: () => {} })
  for (let count = 0; count < 30; count++) append(log)
  await log.whenDurable(30)
  log.setConfig(resolveLogConfig({ 'retention.ms': '1000' }, smallSegments))
  const { promise, resolve } = Promise.withResolvers<void>()
  gate = promise
  const deleted = log.deleteRecordsBefore(10)
  // By then it syncs the last segment, which it takes for the one that is appended to.
  await setImmediate()
  const expired = log.enforceRetention(Date.now() + 5000)
  resolve()
  await Promise.all([deleted, expired])
  assert.equal(log.startOffset, 30)
  append(log)
  await log.whenDurable(31)
  await log.close()
  storage.close()
  rmSync(folder, { recursive: true })
})
