import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { writeDerivedFile } from '../../storage/whole-file.ts'
import {
  RecoveryPoints,
  decodeRecoveryPoints,
  encodeRecoveryPoints,
  recoveryPointsFile,
  writeRecoveryPoints,
} from './points.ts'

const orders = { topicId: 'AbCdEfGhIjKlMnOpQrStUw', topic: 'my.orders-2', partition: 3 }
const noted = {
  timeMs: 1_700_000_000_000,
  points: [
    { ...orders, offset: 12_345_678_901 },
    { ...orders, partition: 0, offset: 7 },
  ],
}

// Others read it with their eyes, and an older version with its code.
test('the file is lines of text under a checksum', () => {
  assert.equal(
    Buffer.from(encodeRecoveryPoints(noted)).toString(),
    '1 2c6b3236\n1700000000000\nAbCdEfGhIjKlMnOpQrStUw my.orders-2 3 12345678901\n' +
      'AbCdEfGhIjKlMnOpQrStUw my.orders-2 0 7\n',
  )
  assert.deepEqual(decodeRecoveryPoints(encodeRecoveryPoints(noted)), noted)
  const none = { timeMs: 0, points: [] }
  assert.deepEqual(decodeRecoveryPoints(encodeRecoveryPoints(none)), none)
})

test('a file that is cut off or wrong in one bit says nothing', () => {
  const bytes = encodeRecoveryPoints(noted)
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(decodeRecoveryPoints(bytes.slice(0, length)), undefined)
  }
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const wrong = bytes.slice()
    wrong[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(decodeRecoveryPoints(wrong), undefined, `bit ${bit}`)
  }
})

test('of() knows nothing without a file, and 0 of a log that is not in it', async () => {
  const storage = new MemoryStorage()
  assert.equal(RecoveryPoints.read(storage).of(orders), undefined)
  await writeRecoveryPoints(storage, noted)
  const known = RecoveryPoints.read(storage)
  assert.equal(known.of(orders), 12_345_678_901)
  assert.equal(known.timeMs, noted.timeMs)
  assert.equal(known.of({ ...orders, partition: 9 }), 0)
  writeDerivedFile(storage, recoveryPointsFile, new Uint8Array(10))
  assert.equal(RecoveryPoints.read(storage).areKnown, false)
})

test('of() does not take a topic that was made again for the one that was deleted', async () => {
  const storage = new MemoryStorage()
  await writeRecoveryPoints(storage, noted)
  const known = RecoveryPoints.read(storage)
  assert.equal(known.of({ ...orders, topicId: 'another_topic_id_______' }), 0)
  // Its folder may have lost the id; the log is still the one that the file knows.
  assert.equal(known.of({ ...orders, topicId: undefined }), 12_345_678_901)
})
