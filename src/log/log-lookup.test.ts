import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, openTestLog } from '../../test/support/log-fixture.ts'
import { writeBatch } from '../record/batch-writer.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'

test('maxTimestamp() is of a record that is there, though a later one was deleted', async () => {
  const log = openTestLog({ storage: new MemoryStorage() })
  // All in one segment, which stays when the first of them go.
  for (let count = 0; count < 4; count++) append(log, { timestamp: 100 + count })
  append(log, { values: ['a', 'b', 'c'], timestamp: 900 })
  append(log, { timestamp: 200 })
  await log.whenDurable(8)
  await log.deleteRecordsBefore(6)
  assert.deepEqual(log.maxTimestamp(), { offset: 6, timestamp: 902 })
  await log.deleteRecordsBefore(7)
  assert.deepEqual(log.maxTimestamp(), { offset: 7, timestamp: 200 })
  for (let count = 0; count < 20; count++) append(log, { timestamp: 210 + count })
  append(log, { timestamp: 205 })
  await log.whenDurable(29)
  assert.deepEqual(log.maxTimestamp(), { offset: 27, timestamp: 229 })
  await log.deleteRecordsBefore(29)
  assert.equal(log.maxTimestamp(), undefined)
  await log.close()
})

test('maxTimestamp() looks into a batch of which a part was deleted', async () => {
  const log = openTestLog({ storage: new MemoryStorage() })
  const times = [300, 500, 400]
  const records = times.map((timestamp) => ({ key: null, value: 'v', timestamp }))
  log.append(writeBatch(records) as Uint8Array, { origin: 'client', leaderEpoch: 0 })
  append(log, { timestamp: 200 })
  await log.whenDurable(4)
  await log.deleteRecordsBefore(2)
  assert.deepEqual(log.maxTimestamp(), { offset: 2, timestamp: 400 })
  await log.close()
})
