import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeBatch } from '../record/batch-writer.ts'
import { batchHeaderBytes, readBatchHeader, stampBatch } from '../record/batch.ts'
import { FetchedRecords, readView } from './fetched-records.ts'
import { json, readerOf, string } from './serde.ts'

function whole(from: number) {
  const records = [
    { key: 'a', value: '{"n":1}', timestamp: 100 },
    { key: null, value: null, timestamp: 90 },
    { key: 'ü', value: '"漢字"', timestamp: 110 },
  ]
  const bytes = writeBatch(records) as Uint8Array
  stampBatch(bytes, 0, { baseOffset: 40, leaderEpoch: 0 })
  const header = readBatchHeader(bytes)
  return { partition: undefined as never, from, header, section: bytes.subarray(batchHeaderBytes) }
}

test('FetchedRecords reads what its batch has, from an offset on', () => {
  const records = new FetchedRecords()
  assert.equal(records.next(), false)
  records.begin(whole(0))
  const seen: unknown[] = []
  const [key, value] = [readerOf(string), readerOf(json)]
  while (records.next()) {
    seen.push([records.offset, records.timestamp, records.key(key), records.value(value)])
  }
  assert.deepEqual(seen, [
    [40, 100, 'a', { n: 1 }],
    [41, 90, null, null],
    [42, 110, 'ü', '漢字'],
  ])
  records.begin(whole(42))
  assert.equal(records.next(), true)
  assert.equal(records.offset, 42)
  assert.equal(Buffer.from(records.value(readView)!).toString(), '"漢字"')
  assert.equal(records.next(), false)
})

test('a serde of a program is given the bytes of its value alone', () => {
  const records = new FetchedRecords()
  records.begin(whole(0))
  records.next()
  const read = readerOf({ serialize: String, deserialize: (bytes: Uint8Array) => bytes.length })
  assert.deepEqual([records.key(read), records.value(read)], [1, 7])
})
