import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  openTestLog,
  smallSegments,
  testBatch,
  testFolder,
} from '../../../test/support/log-fixture.ts'
import { setCrc } from '../../record/batch.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { verifyLog } from './verify.ts'

const firstFile = `${testFolder}/00000000000000000000.log`

/** Returns a closed log of 20 batches in several segments, from a client and a producer. */
async function closedLog(): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage })
  for (let count = 0; count < 10; count++) {
    append(log, { values: ['a', 'b'] })
    append(log, { producerId: 7, producerEpoch: 0, baseSequence: count })
  }
  await log.close()
  return storage
}

/** Changes the bytes of the first segment. */
function change(storage: MemoryStorage, edit: (bytes: Buffer) => Uint8Array | void): void {
  const bytes = Buffer.from(readWholeFile(storage, firstFile)!)
  writeDerivedFile(storage, firstFile, edit(bytes) ?? bytes)
}

function problems(storage: MemoryStorage): string {
  return verifyLog({ storage, folder: testFolder }).problems.join('\n')
}

test('verifyLog() counts what is there, and finds nothing wrong', async () => {
  const storage = await closedLog()
  const { segmentCount, sizeBytes, ...report } = verifyLog({ storage, folder: testFolder })
  assert.ok(segmentCount > 2)
  assert.ok(sizeBytes > 20 * testBatch().length)
  assert.deepEqual(report, {
    batchCount: 20,
    recordCount: 30,
    firstOffset: 0,
    endOffset: 30,
    missingOffsets: 0,
    faults: [],
    problems: [],
  })
})

test('verifyLog() of an empty log finds nothing wrong', () => {
  const { problems, firstOffset } = verifyLog({ storage: new MemoryStorage(), folder: 'x-0' })
  assert.deepEqual(problems, [])
  assert.equal(firstOffset, undefined)
})

test('verifyLog() finds a damaged batch, and says that valid ones follow', async () => {
  const storage = await closedLog()
  change(storage, (bytes) => void (bytes[70]! ^= 1))
  assert.match(problems(storage), /log at byte 0: the CRC-32C .*, byte \d+ is valid/)
})

test('verifyLog() finds records that are damaged under a good checksum', async () => {
  const storage = await closedLog()
  change(storage, (bytes) => {
    bytes[61] = 2
    setCrc(bytes)
  })
  assert.match(problems(storage), /log at byte 0: /)
})

test('verifyLog() finds missing segments', async () => {
  const storage = await closedLog()
  const second = storage.list(testFolder).filter((name) => name.endsWith('.log'))[1]!
  storage.remove(`${testFolder}/${second}`)
  assert.match(problems(storage), /begins at \d+, the one before ends at \d+/)
})

test('verifyLog() finds a batch of a producer that is there twice', async () => {
  const storage = new MemoryStorage()
  const first = openTestLog({ storage, config: { ...smallSegments, segmentBytes: 1e6 } })
  const producer = { producerId: 7, producerEpoch: 0 }
  append(first, { ...producer, baseSequence: 0 })
  append(first, { ...producer, baseSequence: 1 })
  await first.close()
  change(storage, (bytes) => {
    const second = bytes.subarray(bytes.length / 2)
    second.writeInt32BE(0, 53)
    setCrc(second)
  })
  assert.match(problems(storage), /producer 7 has sequence 0 at offset 1, after 0/)
})

test('verifyLog() finds an index that leads to the wrong place', async () => {
  const storage = await closedLog()
  const firstBytes = testBatch({ values: ['a', 'b'] }).length
  change(storage, (bytes) => bytes.subarray(firstBytes))
  assert.match(problems(storage), /index: no batch at \d+ ends at offset \d+/)
})
