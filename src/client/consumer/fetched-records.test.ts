import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf } from '../../../test/support/whole-batch.ts'
import { json, readerOf, string } from '../record/serde.ts'
import { FetchedRecords, readView, type WholeBatch } from './fetched-records.ts'

const records = [
  { key: 'a', value: '{"n":1}', timestamp: 100 },
  { value: null, timestamp: 90 },
  { key: 'ü', value: '"漢字"', timestamp: 110 },
]

function whole(from: number): WholeBatch {
  return batchOf(records, { baseOffset: 40, from })
}

test('FetchedRecords reads what its batch has, from an offset on', () => {
  const batches = new FetchedRecords()
  assert.equal(batches.next(), false)
  batches.begin(whole(0))
  const seen: unknown[] = []
  const [key, value] = [readerOf(string), readerOf(json)]
  while (batches.next()) {
    seen.push([batches.offset, batches.timestamp, batches.key(key), batches.value(value)])
  }
  assert.deepEqual(seen, [
    [40, 100, 'a', { n: 1 }],
    [41, 90, null, null],
    [42, 110, 'ü', '漢字'],
  ])
  batches.begin(whole(42))
  assert.equal(batches.next(), true)
  assert.equal(batches.offset, 42)
  assert.equal(Buffer.from(batches.value(readView)!).toString(), '"漢字"')
  assert.equal(batches.next(), false)
})

test('a serde of a program is given the bytes of its value alone', () => {
  const batches = new FetchedRecords()
  batches.begin(whole(0))
  batches.next()
  const read = readerOf({ serialize: String, deserialize: (bytes: Uint8Array) => bytes.length })
  assert.deepEqual([batches.key(read), batches.value(read)], [1, 7])
})
