import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultStorage } from '../../../test/support/fault-storage.ts'
import { append, openTestLog, testFolder, testNowMs } from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
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
    start.save({ storage, folder: 'f' }, async (segments) => {
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
