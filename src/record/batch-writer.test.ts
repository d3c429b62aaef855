import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecords } from './batch-reader.ts'
import { BatchWriter, writeBatch } from './batch-writer.ts'
import type { RecordInput } from './batch-writer.ts'
import { InvalidBatchError, batchHeaderBytes, validateBatch } from './batch.ts'
import { nodeCodecs } from './node-compression.ts'

const joined = (hex: string) => hex.replaceAll(' ', '')
const bytes = (...values: number[]) => Uint8Array.from(values)

/** The records of a batch of these, header left out, as hex. */
function recordsOf(...records: RecordInput[]): string {
  const batch = writeBatch(records)
  assert.ok(batch instanceof Uint8Array)
  validateBatch(batch)
  return Buffer.from(batch.subarray(batchHeaderBytes)).toString('hex')
}

function read(batch: Uint8Array | Promise<Uint8Array>) {
  assert.ok(batch instanceof Uint8Array)
  const header = validateBatch(batch)
  const records = readRecords(batch, header, { codecs: nodeCodecs })
  assert.ok(Array.isArray(records))
  return { header, records }
}

test('append() writes the layout of a record', () => {
  const first = { key: bytes(1, 2), value: bytes(3), headers: [{ key: 'h', value: bytes(4, 5) }] }
  const second = { key: null, value: null, headers: [{ key: '', value: null }] }
  assert.equal(
    recordsOf({ ...first, timestamp: 1000 }, { ...second, timestamp: 999 }),
    joined('1c 00 00 00 04 0102 02 03 02 02 68 04 0405 10 00 01 02 01 01 02 00 01'),
  )
})

test('append() tells empty from null', () => {
  assert.equal(recordsOf({ key: bytes(), value: '' }), joined('0c 00 00 00 00 00 00'))
  assert.equal(recordsOf({ key: null, value: null }), joined('0c 00 00 00 01 01 00'))
})

test('append() writes timestamps that are far apart', () => {
  const batch = writeBatch([
    { key: null, value: null, timestamp: 2 ** 52 },
    { key: null, value: null, timestamp: 0 },
    { key: null, value: null, timestamp: 2 ** 52 + 1 },
  ])
  const { header, records } = read(batch)
  assert.deepEqual(
    records.map(({ timestamp }) => timestamp),
    [2 ** 52, 0, 2 ** 52 + 1],
  )
  assert.equal(header.baseTimestamp, 2 ** 52)
  assert.equal(header.maxTimestamp, 2 ** 52 + 1)
})

test('append() gives a record without a timestamp the one of the batch, or none', () => {
  const record = { key: null, value: 'a' }
  assert.equal(read(writeBatch([record], { baseTimestamp: 55 })).records[0]!.timestamp, 55)
  assert.equal(read(writeBatch([record])).records[0]!.timestamp, -1)
  assert.equal(read(writeBatch([{ ...record, timestamp: 7 }, record])).records[1]!.timestamp, 7)
})

test('append() refuses a timestamp that is not a safe integer, and stays usable', () => {
  const writer = new BatchWriter()
  for (const timestamp of [NaN, 1.5, Infinity, 2 ** 53]) {
    assert.throws(() => writer.append({ key: null, value: null, timestamp }), RangeError)
  }
  assert.equal(writer.recordCount, 0)
  writer.append({ key: null, value: 'fine', timestamp: 1 })
  assert.equal(read(writer.finish()).records.length, 1)
})

test('append() writes text of every kind and length as UTF-8', () => {
  const texts = ['', 'a', 'é', '€', '😀', '\ud800', 'a\udc00b', '\ufeffbom', 'x'.repeat(23) + 'é']
  for (const length of [23, 24, 25, 63, 64, 8191, 8192]) {
    texts.push('x'.repeat(length), 'é'.repeat(length), 'y'.repeat(length - 1) + '😀')
  }
  const encoder = new TextEncoder()
  for (const text of texts) {
    const asBytes = { key: encoder.encode(text), value: encoder.encode(text) }
    const headers = [{ key: text, value: encoder.encode(text) }]
    assert.equal(
      recordsOf({ key: text, value: text, headers: [{ key: text, value: text }] }),
      recordsOf({ ...asBytes, headers }),
      `${text.length} characters of ${text.slice(0, 10)}`,
    )
  }
  // One that is not ASCII makes the others be written again.
  assert.equal(
    recordsOf({ key: 'plain', value: 'schön' }),
    recordsOf({ key: encoder.encode('plain'), value: encoder.encode('schön') }),
  )
})

test('append() returns the size of the batch that it then has', () => {
  const writer = new BatchWriter()
  assert.equal(writer.sizeBytes, 61)
  let sizeBytes = 0
  for (let index = 0; index < 1000; index++) {
    sizeBytes = writer.append({ key: `key ${index}`, value: new Uint8Array(index) })
    assert.equal(sizeBytes, writer.sizeBytes)
  }
  const { header, records } = read(writer.finish())
  assert.equal(header.sizeBytes, sizeBytes)
  assert.equal(header.recordCount, 1000)
  records.forEach(({ offset, value }, index) => {
    assert.equal(offset, index)
    assert.equal(value!.length, index)
  })
})

test('tryAppend() keeps to maxBytes and changes nothing where a record does not fit', () => {
  const writer = new BatchWriter({ maxBytes: 61 + 2 * 20 })
  const record = { key: null, value: 'x'.repeat(13), timestamp: 1 }
  assert.equal(writer.tryAppend(record), true)
  assert.equal(writer.sizeBytes, 61 + 20)
  assert.equal(writer.tryAppend({ ...record, value: 'x'.repeat(14), timestamp: 9 }), false)
  assert.equal(writer.sizeBytes, 61 + 20)
  assert.equal(writer.tryAppend(record), true)
  assert.equal(writer.tryAppend(record), false)

  const { header, records } = read(writer.finish())
  assert.equal(records.length, 2)
  assert.equal(header.maxTimestamp, 1)
})

test('tryAppend() always takes the first record', () => {
  const writer = new BatchWriter({ maxBytes: 100 })
  assert.equal(writer.tryAppend({ key: null, value: 'x'.repeat(1000) }), true)
  assert.equal(writer.tryAppend({ key: null, value: '' }), false)
})

test('finish() writes what is known of the producer', () => {
  const options = {
    baseOffset: 12,
    partitionLeaderEpoch: 3,
    producerId: 2 ** 40,
    producerEpoch: 32767,
    baseSequence: 2 ** 31 - 1,
    isTransactional: true,
  }
  const { header, records } = read(writeBatch([{ key: null, value: 'a' }], options))
  assert.deepEqual({ ...header, ...options }, header)
  assert.equal(header.isControl, false)
  assert.equal(records[0]!.offset, 12)

  const plain = read(writeBatch([{ key: null, value: 'a' }])).header
  assert.equal(plain.producerId, -1)
  assert.equal(plain.producerEpoch, -1)
  assert.equal(plain.baseSequence, -1)
  assert.equal(plain.partitionLeaderEpoch, -1)
})

test('finish() refuses a batch without a record', () => {
  assert.throws(() => new BatchWriter().finish(), RangeError)
})

test('finish() compresses the records, not the header', () => {
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const records = Array.from({ length: 100 }, (_, index) => ({
      key: `key ${index}`,
      value: 'the same value again and again',
      timestamp: index,
    }))
    const batch = writeBatch(records, { compression, codecs: nodeCodecs, producerId: 5 })
    const { header, records: back } = read(batch)
    assert.equal(header.compression, compression)
    assert.equal(header.producerId, 5)
    assert.ok(header.sizeBytes < 2000)
    assert.equal(back.length, 100)
    assert.equal(new TextDecoder().decode(back[99]!.key!), 'key 99')
  }
})

test('finish() leaves records alone that compression would make larger', () => {
  const { header } = read(
    writeBatch([{ key: null, value: 'a' }], { compression: 'gzip', codecs: nodeCodecs }),
  )
  assert.equal(header.compression, 'none')
})

test('finish() gives a promise where the codec does', async () => {
  const gzip = nodeCodecs.gzip!
  const later = { ...gzip, compress: async (input: Uint8Array) => gzip.compress(input) }
  const record = { key: null, value: 'again and again '.repeat(20) }
  const options = { compression: 'gzip', codecs: { gzip: later } } as const
  const batch = writeBatch([record], options)
  assert.ok(batch instanceof Promise)
  assert.equal(read(await batch).header.compression, 'gzip')
})

test('BatchWriter() says at once that a codec is missing', () => {
  assert.throws(
    () => new BatchWriter({ compression: 'zstd' }),
    (error) => error instanceof InvalidBatchError && /'zstd'/.test(error.message),
  )
})
