import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  openTestLog,
  readAll,
  testBatch,
  testFolder,
} from '../../../test/support/log-fixture.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import type { StorageFile } from '../../storage/storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { resolveLogConfig } from '../log-config.ts'
import type { PartitionLog } from '../partition-log.ts'

const mebibyte = 1024 * 1024
const config = resolveLogConfig({ 'max.message.bytes': String(8 * mebibyte) })
const largeBatch = testBatch({ values: ['x'.repeat(4 * mebibyte)] })

/** Storage that counts what is read of segments. */
class CountingStorage extends MemoryStorage {
  readBytes = 0

  override open(path: string): StorageFile {
    const file = super.open(path)
    if (!path.endsWith('.log')) return file
    const read = file.read.bind(file)
    file.read = (position, target) => {
      const count = read(position, target)
      this.readBytes += count
      return count
    }
    return file
  }
}

async function appendLarge(log: PartitionLog, count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    log.append(largeBatch, { origin: 'client', leaderEpoch: 0 })
  }
  await log.whenDurable(log.endOffset)
}

function snapshotsOf(storage: MemoryStorage): number[] {
  const names = storage.list(testFolder).filter((name) => name.endsWith('.snapshot'))
  return names.map((name) => Number(name.slice(0, 20)))
}

test('a start after a crash reads what came after the recovery point, not all', async () => {
  const storage = new CountingStorage()
  const log = openTestLog({ storage, config })
  const producer = { producerId: 7, producerEpoch: 0 }
  append(log, { ...producer, baseSequence: 0, values: ['first'] })
  await appendLarge(log, 17)
  await log.writeRecoveryFiles()
  const recoveryPoint = log.syncedOffset
  assert.deepEqual(snapshotsOf(storage), [recoveryPoint])
  append(log, { ...producer, baseSequence: 1, values: ['later'] })
  await log.whenDurable(log.endOffset)
  const expected = readAll(log, { maxBytes: 8 * mebibyte })

  storage.readBytes = 0
  const next = openTestLog({ storage, config, recoveryPoint })
  assert.ok(storage.readBytes < 5 * mebibyte, `${storage.readBytes} bytes were read`)
  assert.deepEqual(readAll(next, { maxBytes: 8 * mebibyte }), expected)
  // What is known of producers is from before and from after the point.
  assert.equal(append(next, { ...producer, baseSequence: 0, values: ['first'] }).isDuplicate, true)
  assert.equal(append(next, { ...producer, baseSequence: 1, values: ['later'] }).isDuplicate, true)
  assert.equal(append(next, { ...producer, baseSequence: 2 }).baseOffset, 19)
  assert.equal(next.offsetForTimestamp(0)?.offset, 0)

  // Files that tell of more than is known to be on the disk are not believed; nor are wrong ones.
  storage.readBytes = 0
  assert.equal(openTestLog({ storage, config, recoveryPoint: 3 }).endOffset, 20)
  assert.ok(storage.readBytes > 64 * mebibyte)
  const index = `${testFolder}/00000000000000000000.index`
  const bytes = readWholeFile(storage, index)!
  bytes[3]! ^= 1
  writeDerivedFile(storage, index, bytes)
  storage.readBytes = 0
  assert.equal(openTestLog({ storage, config, recoveryPoint }).endOffset, 20)
  assert.ok(storage.readBytes > 64 * mebibyte)
})

test('writeRecoveryFiles() writes again after 64 MiB, and keeps one snapshot', async () => {
  const storage = new CountingStorage()
  const log = openTestLog({ storage, config })
  await appendLarge(log, 15)
  await log.writeRecoveryFiles()
  assert.deepEqual(snapshotsOf(storage), [])
  await appendLarge(log, 2)
  await log.writeRecoveryFiles()
  await log.writeRecoveryFiles()
  assert.deepEqual(snapshotsOf(storage), [17])
  await appendLarge(log, 16)
  await log.writeRecoveryFiles()
  assert.deepEqual(snapshotsOf(storage), [33])
  await log.close()
})
