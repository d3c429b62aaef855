import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import type { SeededRandom } from '../../test/support/random.ts'
import { decodeBatches, readRecords } from './batch-reader.ts'
import type { ReadRecordsOptions, RecordData } from './batch-reader.ts'
import { writeBatch } from './batch-writer.ts'
import { InvalidBatchError, batchHeaderBytes, setMaxTimestamp, stampBatch } from './batch.ts'
import { validateBatch, writeBatchHeader } from './batch.ts'
import { compressionNames } from './compression.ts'
import type { CompressionName } from './compression.ts'
import { nodeCodecs } from './node-compression.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

/** A sound batch around these record bytes, in hex, which need not be sound. */
function batchOf(records: string, recordCount = 1): Uint8Array {
  const body = Buffer.from(records.replaceAll(' ', ''), 'hex')
  const batch = new Uint8Array(batchHeaderBytes + body.length)
  batch.set(body, batchHeaderBytes)
  const timestamps = { baseTimestamp: 1000, maxTimestamp: 1000 }
  writeBatchHeader(batch, { compression: 'none', recordCount, baseOffset: 40, ...timestamps })
  return batch
}

function read(batch: Uint8Array, options: ReadRecordsOptions = {}): RecordData[] {
  const records = readRecords(batch, validateBatch(batch), { codecs: nodeCodecs, ...options })
  assert.ok(Array.isArray(records))
  return records
}

function assertInvalid(records: string, reason: RegExp, recordCount = 1): void {
  assert.throws(
    () => read(batchOf(records, recordCount)),
    (error) =>
      error instanceof InvalidBatchError &&
      error.errorName === 'INVALID_RECORD' &&
      reason.test(error.message),
    records,
  )
}

const batchOf10 = (options = {}) => {
  const records = Array.from({ length: 10 }, (_, index) => ({
    key: `${index}`,
    value: 'x'.repeat(50),
    timestamp: 100 + index,
  }))
  const batch = writeBatch(records, options)
  assert.ok(batch instanceof Uint8Array)
  return batch
}

test('readRecords() reads the layout of a record', () => {
  const first = '1c 00 00 00 040102 0203 02 0268 040405'
  const second = '10 00 01 02 01 01 02 00 01'
  assert.deepEqual(read(batchOf(`${first} ${second}`, 2)), [
    {
      offset: 40,
      timestamp: 1000,
      key: bytes(1, 2),
      value: bytes(3),
      headers: [{ key: 'h', value: bytes(4, 5) }],
    },
    { offset: 41, timestamp: 999, key: null, value: null, headers: [{ key: '', value: null }] },
  ])
})

test('readRecords() skips records below an offset', () => {
  const batch = batchOf10()
  const offsets = (fromOffset: number) => read(batch, { fromOffset }).map(({ offset }) => offset)
  assert.deepEqual(offsets(7), [7, 8, 9])
  assert.deepEqual(offsets(9), [9])
  assert.deepEqual(offsets(10), [])
  assert.equal(offsets(0).length, 10)
})

test('readRecords() gives every record the time at which the broker appended it', () => {
  const batch = batchOf10()
  setMaxTimestamp(batch, 0, { maxTimestamp: 5000, timestampType: 'logAppendTime' })
  assert.ok(read(batch).every(({ timestamp }) => timestamp === 5000))
})

test('readRecords() gives views of the bytes that it was given', () => {
  const batch = batchOf10()
  const [record] = read(batch)
  // Plain arrays also where the batch is a Buffer.
  assert.equal(read(Buffer.from(batch))[0]!.value!.constructor, Uint8Array)
  batch.fill(0x79, batchHeaderBytes)
  assert.deepEqual(record!.value, new Uint8Array(50).fill(0x79))
})

test('readRecords() reads every compression', () => {
  for (const compression of compressionNames) {
    const batch = batchOf10({ compression, codecs: nodeCodecs })
    assert.equal(validateBatch(batch).compression, compression)
    assert.deepEqual(read(batch), read(batchOf10()))
  }
})

test('readRecords() keeps to maxBytes', () => {
  const sizeBytes = batchOf10().length - batchHeaderBytes
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const batch = batchOf10({ compression, codecs: nodeCodecs })
    assert.equal(read(batch, { maxBytes: sizeBytes }).length, 10)
    assert.throws(
      () => read(batch, { maxBytes: sizeBytes - 1 }),
      (error) => error instanceof InvalidBatchError && error.errorName === 'MESSAGE_TOO_LARGE',
      compression,
    )
  }
})

test('readRecords() says which codec is missing', () => {
  const batch = batchOf10({ compression: 'lz4', codecs: nodeCodecs })
  assert.throws(
    () => readRecords(batch, validateBatch(batch)),
    (error) => error instanceof InvalidBatchError && /'lz4'/.test(error.message),
  )
})

test('readRecords() gives a promise where the codec does, also for what is damaged', async () => {
  const gzip = nodeCodecs.gzip!
  const decompress = async (input: Uint8Array, maxBytes: number) => gzip.decompress(input, maxBytes)
  const codecs = { gzip: { ...gzip, decompress } }
  const batch = batchOf10({ compression: 'gzip', codecs: nodeCodecs })
  const header = validateBatch(batch)
  const records = readRecords(batch, header, { codecs })
  assert.ok(records instanceof Promise)
  assert.deepEqual(await records, read(batch))

  const errorName = 'MESSAGE_TOO_LARGE'
  const tooLarge = readRecords(batch, header, { codecs, maxBytes: 10 })
  await assert.rejects(async () => tooLarge, { name: 'InvalidBatchError', errorName })
})

test('readRecords() refuses lengths and counts that the bytes do not bear out', () => {
  assertInvalid('', /1 records in 0 bytes/)
  assertInvalid('0e 00 00 00 01 01 00', /7 bytes, 6 are left/)
  assertInvalid('01' + '00'.repeat(6), /a record of -1 bytes/)
  assertInvalid('00' + '00'.repeat(6), /cut off/)
  // The key, the value and the header reach beyond their record, though not beyond the batch.
  const next = '0c 00 00 02 01 01 00'
  assertInvalid('0c 00 00 00 08 01 00' + next, /field of 4 bytes/, 2)
  assertInvalid('0c 00 00 00 01 08 00' + next, /field of 4 bytes/, 2)
  assertInvalid('0e 00 00 00 01 01 02 08' + next, /headers/, 2)
  assertInvalid('0c 00 00 00 03 01 00', /field of -2 bytes/)
  assertInvalid('0c 00 00 00 01 01 01', /-1 headers/)
  const manyHeaders = 'feffffff0f'
  assertInvalid('14 00 00 00 01 01' + manyHeaders, /2147483647 headers/)
  assertInvalid('10 00 00 00 01 01 02 01 00', /without a key/)
})

test('readRecords() refuses bytes that belong to no field and to no record', () => {
  assertInvalid('0e 00 00 00 01 01 00 00', /longer than its fields/)
  assertInvalid('0c 00 00 00 01 01 00 00', /follow the last record/)
  assertInvalid('0c 00 00 00 01 01 00', /2 records in 7 bytes/, 2)
})

test('readRecords() refuses offsets outside the batch', () => {
  assertInvalid('0c 00 00 02 01 01 00', /offset delta 1/)
  assertInvalid('0c 00 00 01 01 01 00', /offset delta -1/)
})

test('readRecords() refuses varints that are too long or too large', () => {
  assertInvalid('ffffffff10 0000', /longer than 32 bits/)
  assertInvalid('808080808000 00', /longer than 32 bits/)
  assertInvalid('20 00' + '80'.repeat(10) + '00 00 01 01 00', /64 bits/)
  assertInvalid('1e 00' + 'ff'.repeat(9) + '7f' + '00 01 01 00', /64 bits/)
})

test('decodeBatches() gives whole batches and leaves out the one that is cut off', () => {
  const one = batchOf10()
  const two = one.slice()
  stampBatch(two, 0, { baseOffset: 10, leaderEpoch: 1 })
  const whole = new Uint8Array([...one, ...two])
  for (let length = 0; length <= whole.length; length++) {
    const batches = [...decodeBatches(whole.subarray(0, length))]
    const baseOffsets = batches.map(({ header }) => header.baseOffset)
    assert.deepEqual(baseOffsets, [0, 10].slice(0, Math.floor(length / one.length)))
  }
  const [, second] = decodeBatches(whole)
  assert.deepEqual(second!.bytes, two)
})

test('decodeBatches() refuses a damaged batch after those before it', () => {
  const one = batchOf10()
  const whole = new Uint8Array([...one, ...one])
  whole[whole.length - 1]! ^= 1
  const batches = decodeBatches(whole)
  assert.equal(batches.next().value!.header.recordCount, 10)
  assert.throws(() => batches.next(), { errorName: 'CORRUPT_MESSAGE' })

  assert.equal([...decodeBatches(whole, { crc: 'skip' })].length, 2)
  // A length below that of the header would go round in circles.
  whole.fill(0, 8, 12)
  assert.throws(() => decodeBatches(whole, { crc: 'skip' }).next(), InvalidBatchError)
})

function randomRecords(random: SeededRandom) {
  const field = () => random.pick([null, random.bytes(random.below(300)), new Uint8Array(0)])
  return Array.from({ length: 1 + random.below(50) }, () => ({
    key: field(),
    value: field(),
    timestamp: random.pick([0, 1_700_000_000_000, 2 ** 50]) + random.below(1000),
    headers: Array.from({ length: random.below(4) }, (_, index) => ({
      key: random.pick(['', 'trace', 'schön', 'x'.repeat(200)]) + index,
      value: field(),
    })),
  }))
}

test('readRecords() reads what writeBatch() writes', () => {
  const random = seededRandom()
  for (let round = 0; round < 200; round++) {
    const records = randomRecords(random)
    const compression = random.pick<CompressionName>(compressionNames)
    const batch = writeBatch(records, { compression, codecs: nodeCodecs, baseOffset: round })
    const expected = records.map((record, index) => ({ offset: round + index, ...record }))
    assert.deepEqual(read(batch as Uint8Array), expected, `SEED=${random.seed}`)
  }
})

test('readRecords() reads mutated records or refuses them, and nothing else', () => {
  const random = seededRandom()
  for (let round = 0; round < 500; round++) {
    const batch = writeBatch(randomRecords(random).slice(0, 5)) as Uint8Array
    const header = validateBatch(batch)
    for (let count = 1 + random.below(3); count > 0; count--) {
      const position = batchHeaderBytes + random.below(batch.length - batchHeaderBytes)
      batch[position] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
    }
    try {
      readRecords(batch, header)
    } catch (error) {
      assert.ok(error instanceof InvalidBatchError, `${String(error)}, SEED=${random.seed}`)
    }
  }
})

test('readRecords() refuses records that are cut off anywhere', () => {
  const batch = batchOf10()
  const header = validateBatch(batch)
  for (let length = batchHeaderBytes; length < batch.length; length++) {
    assert.throws(() => readRecords(batch.subarray(0, length), header), InvalidBatchError)
  }
})
