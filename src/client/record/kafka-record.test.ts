import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { batchHeaderBytes, readBatchHeader } from '../../record/batch.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { KafkaRecord, type RecordOrigin } from './kafka-record.ts'
import { json, readerOf, string, type Serde } from './serde.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

let decodes = 0
const counting: Serde<unknown> = {
  ...json,
  deserialize(bytes) {
    decodes++
    return json.deserialize(bytes)
  },
}

const commits: string[] = []
const origin: RecordOrigin = {
  topic: 'orders',
  partition: 2,
  readKey: readerOf(string),
  readValue: readerOf(counting),
  commit: async (offset) => void commits.push(`commit ${offset}`),
  commitLater: (offset) => void commits.push(`later ${offset}`),
}

function record(value: string | null, headers: [string, string | null][] = []) {
  const batch = writeBatch([
    {
      key: 'k',
      value,
      timestamp: 1000,
      headers: headers.map(([key, value]) => ({ key, value: value === null ? null : utf8(value) })),
    },
  ]) as Uint8Array
  const section = batch.subarray(batchHeaderBytes)
  const cursor = new RecordCursor()
  cursor.reset(section, { ...readBatchHeader(batch), baseOffset: 41 })
  assert.ok(cursor.next())
  return new KafkaRecord<{ amount: number }>(origin, section, cursor)
}

test('a record is decoded when it is looked at, once', () => {
  decodes = 0
  const looked = record('{"amount":5}')
  assert.equal(decodes, 0)
  assert.equal(looked.value.amount, 5)
  assert.equal(looked.value, looked.value)
  assert.equal(decodes, 1)
  assert.equal(looked.key, 'k')
  assert.deepEqual(looked.timestamp, new Date(1000))
})

test('a value that is no such value is a SerializationError that says where', () => {
  assert.throws(() => record('{').value, {
    code: 'serialization',
    topic: 'orders',
    partition: 2,
    offset: 41,
    message: /cannot read the value of a record of orders-2 at 41/,
  })
})

test('headers are text by name, the last of each; rawHeaders has all', () => {
  const { headers, rawHeaders } = record(null, [
    ['a', '1'],
    ['b', null],
    ['a', '2'],
    ['__proto__', 'x'],
  ])
  assert.deepEqual(Object.entries(headers), [
    ['a', '2'],
    ['b', ''],
    ['__proto__', 'x'],
  ])
  assert.equal(rawHeaders.length, 4)
  assert.equal(rawHeaders[1]!.value, null)
})

test('commit() says that everything up to the record is processed', async () => {
  await record(null).commit()
  record(null).commitAsync()
  assert.deepEqual(commits, ['commit 42', 'later 42'])
})

test('a record prints with everything in it, also one that cannot be decoded', () => {
  assert.match(inspect(record('{"amount":5}')), /amount: 5/)
  assert.match(inspect(record('{')), /offset: 41/)
  const { value, offset } = JSON.parse(JSON.stringify(record('{"amount":5}'))) as Record<
    string,
    unknown
  >
  assert.deepEqual([value, offset], [{ amount: 5 }, 41])
})

test('the type of a value is known', () => {
  const amount: number = record('{"amount":5}').value.amount
  assert.equal(amount, 5)
  // @ts-expect-error -- there is no such field
  assert.equal(record('{"amount":5}').value.total, undefined)
})
