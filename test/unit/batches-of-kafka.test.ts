/** Reads record batches that Apache Kafka wrote: see `test/fixtures/batches/README.md`. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecords } from '../../src/record/batch-reader.ts'
import { writeBatch } from '../../src/record/batch-writer.ts'
import { checkRecordCount, validateBatch } from '../../src/record/batch.ts'
import { readControlRecordKey, writeMarkerBatch } from '../../src/record/control-record.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { webCodecs } from '../../src/record/web-compression.ts'
import { fixtureRecord, readBatchFixtures } from '../support/batch-fixtures.ts'

const fixtures = readBatchFixtures()
const producer = { producerId: 4000, producerEpoch: 5 }
const place = { partitionLeaderEpoch: 3, isTransactional: true }

for (const { name, recordCount, batch } of fixtures) {
  if (name === 'abort' || name === 'commit') {
    test(`writeMarkerBatch() writes the same bytes as Kafka for '${name}'`, () => {
      const header = validateBatch(batch)
      assert.equal(header.isControl, true)
      const [record] = readRecords(batch, header) as { key: Uint8Array }[]
      assert.equal(readControlRecordKey(record!.key).type, name)

      const timestamp = 1_700_000_000_000
      const ours = writeMarkerBatch({ result: name, ...producer, coordinatorEpoch: 17, timestamp })
      // Offset and leader epoch are for the log to set.
      assert.deepEqual(ours.subarray(16), batch.subarray(16))
    })
    continue
  }

  test(`readRecords() reads ${recordCount} records that Kafka wrote with '${name}'`, async () => {
    const header = validateBatch(batch)
    checkRecordCount(header)
    assert.equal(header.compression, name)
    assert.deepEqual({ ...header, ...producer, ...place, baseSequence: 77 }, header)
    const expected = Array.from({ length: recordCount }, (_, index) => ({
      offset: 100 + index,
      ...fixtureRecord(index),
    }))
    for (const codecs of [nodeCodecs, webCodecs]) {
      if (name === 'zstd' && codecs === webCodecs) continue
      assert.deepEqual(await readRecords(batch, header, { codecs }), expected)
    }
  })
}

test('writeBatch() writes the same bytes as Kafka', () => {
  const { batch, recordCount } = fixtures.find(({ name }) => name === 'none')!
  const records = Array.from({ length: recordCount }, (_, index) => fixtureRecord(index))
  const options = { ...producer, ...place, baseOffset: 100, baseSequence: 77 }
  assert.deepEqual(writeBatch(records, options), batch)
})
