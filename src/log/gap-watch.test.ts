import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, openTestLog, readAll, smallSegments } from '../../test/support/log-fixture.ts'
import * as batchLayout from '../record/batch-layout.ts'
import type { Facts } from '../runtime/runtime.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { writeCompactionCheckpoint } from './compaction/checkpoint.ts'
import { LogError } from './log-error.ts'
import type { PartitionLog } from './partition-log.ts'

const first = 'orders-0/00000000000000000000.log'
const batchBytes = 73

/** Twenty records, one a batch, in several segments. */
async function stoppedLog(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage })
  for (let number = 0; number < 20; number++) append(log)
  await log.close()
  return storage
}

interface Told {
  readonly log: PartitionLog
  readonly errors: Facts[]
}

function reopened(storage: MemoryStorage, config = smallSegments): Told {
  const errors: Facts[] = []
  const error = (_: string, facts: Facts = {}): void => void errors.push(facts)
  const logger = { ...silentLogger, error }
  return { log: openTestLog({ storage, config, wasCleanShutdown: true, logger }), errors }
}

test('a closed segment that was cut short is told of, once, and the rest is served', async () => {
  const storage = await stoppedLog()
  const file = storage.open(first)
  assert.equal(file.sizeBytes % batchBytes, 0)
  const count = file.sizeBytes / batchBytes
  file.truncate(file.sizeBytes - batchBytes)
  const { log, errors } = reopened(storage)
  assert.equal(readAll(log).length, 19)
  readAll(log)
  const gaps = errors.map(({ fromOffset, toOffset }) => [fromOffset, toOffset])
  assert.deepEqual(gaps, [[count - 1, count]])
})

test('a gap is no news where the log is compacted', async () => {
  const storage = await stoppedLog()
  const file = storage.open(first)
  file.truncate(file.sizeBytes - batchBytes)
  const { log, errors } = reopened(storage, { ...smallSegments, cleanupPolicy: ['compact'] })
  assert.equal(readAll(log).length, 19)
  assert.deepEqual(errors, [])
})

test('a gap is no news where the log was compacted before its policy was another', async () => {
  const storage = await stoppedLog()
  const file = storage.open(first)
  file.truncate(file.sizeBytes - batchBytes)
  await writeCompactionCheckpoint(storage, [{ topic: 'orders', partition: 0, offset: 16 }])
  const { log, errors } = reopened(storage)
  assert.equal(readAll(log).length, 19)
  assert.deepEqual(errors, [])
})

test('a batch that a reader comes to and whose length is wrong is an error', async () => {
  const storage = await stoppedLog()
  const file = storage.open(first)
  const bytes = new Uint8Array(file.sizeBytes)
  file.read(0, bytes)
  bytes[batchBytes + batchLayout.batchLength] = 0x40
  file.truncate(0)
  file.append(bytes)
  const { log } = reopened(storage)
  const limits = { maxBytes: batchBytes, minOneBatch: true, upTo: 'end' } as const
  const { nextOffset: offset } = log.read({ offset: 0, ...limits })
  assert.throws(() => log.read({ offset, ...limits }), {
    name: LogError.name,
    errorName: 'KAFKA_STORAGE_ERROR',
  })
})
