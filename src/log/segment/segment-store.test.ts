import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultStorage } from '../../../test/support/fault-storage.ts'
import {
  append,
  openTestLog,
  readAll,
  smallSegments,
  testFolder,
} from '../../../test/support/log-fixture.ts'
import { seededRandom } from '../../../test/support/random.ts'
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
