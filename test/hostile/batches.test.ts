import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { errorName } from '../../src/protocol/error-codes.ts'
import { listOffsets } from '../../src/protocol/list-offsets.ts'
import { produce } from '../../src/protocol/produce.ts'
import * as batchAttributes from '../../src/record/batch-attributes.ts'
import * as batchLayout from '../../src/record/batch-layout.ts'
import { setCrc } from '../../src/record/batch.ts'
import { batchOf, BrokerHarness } from '../support/broker-harness.ts'

/** Sends a batch of a client that need not be one; returns the name of the error. */
async function send(harness: BrokerHarness, records: Uint8Array | null, topic = 't') {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const answer = await harness.request(produce, 9, { acks: -1, timeoutMs: 1000, topicData })
  return errorName(answer.responses[0]!.partitionResponses[0]!.errorCode)
}

async function endOf(harness: BrokerHarness): Promise<number> {
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1 }] }]
  const answer = await harness.request(listOffsets, 11, { topics })
  return answer.topics[0]!.partitions[0]!.offset
}

type Change = (view: DataView, bytes: Uint8Array) => void
const set = {
  int8:
    (at: number, value: number): Change =>
    (view) =>
      view.setInt8(at, value),
  int16:
    (at: number, value: number): Change =>
    (view) =>
      view.setInt16(at, value),
  int32:
    (at: number, value: number): Change =>
    (view) =>
      view.setInt32(at, value),
  int64:
    (at: number, value: bigint): Change =>
    (view) =>
      view.setBigInt64(at, value),
}
const { attributes, lastOffsetDelta, recordCount, producerId, producerEpoch } = batchLayout
const { baseSequence, baseTimestamp, maxTimestamp, batchLength, magic, baseOffset } = batchLayout
const both =
  (...changes: readonly Change[]): Change =>
  (view, bytes) => {
    for (const change of changes) change(view, bytes)
  }
const maxInt64 = 2n ** 63n - 1n

/** A change of a batch of three records, whose CRC is right again after it. */
const changed: readonly (readonly [name: string, change: Change, error: string])[] = [
  ['message format 0', set.int8(magic, 0), 'INVALID_RECORD'],
  ['message format 1', set.int8(magic, 1), 'INVALID_RECORD'],
  ['message format 3', set.int8(magic, 3), 'CORRUPT_MESSAGE'],
  ['message format -1', set.int8(magic, -1), 'CORRUPT_MESSAGE'],
  ['compression of type 5', set.int16(attributes, 5), 'UNSUPPORTED_COMPRESSION_TYPE'],
  ['compression of type 7', set.int16(attributes, 7), 'UNSUPPORTED_COMPRESSION_TYPE'],
  ['a control batch', set.int16(attributes, batchAttributes.control), 'INVALID_RECORD'],
  [
    'a transaction of nobody',
    set.int16(attributes, batchAttributes.transactional),
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ],
  ['an append time', set.int16(attributes, batchAttributes.logAppendTime), 'INVALID_TIMESTAMP'],
  ['a record less than it has offsets', set.int32(recordCount, 2), 'INVALID_RECORD'],
  ['a record more than it has offsets', set.int32(recordCount, 4), 'INVALID_RECORD'],
  ['no records', set.int32(recordCount, 0), 'INVALID_RECORD'],
  ['-1 records', set.int32(recordCount, -1), 'INVALID_RECORD'],
  ['2³¹ - 1 records', set.int32(recordCount, 2 ** 31 - 1), 'INVALID_RECORD'],
  [
    'more records than there is room for',
    both(set.int32(recordCount, 100), set.int32(lastOffsetDelta, 99)),
    'INVALID_RECORD',
  ],
  [
    'more compressed records than anybody would read',
    both(
      set.int16(attributes, 4),
      set.int32(recordCount, 2 ** 31 - 1),
      set.int32(lastOffsetDelta, 2 ** 31 - 2),
    ),
    'INVALID_RECORD',
  ],
  ['a last offset of -1', set.int32(lastOffsetDelta, -1), 'INVALID_RECORD'],
  ['a last offset of 2³¹ - 1', set.int32(lastOffsetDelta, 2 ** 31 - 1), 'INVALID_RECORD'],
  ['a first timestamp of 2⁶³ - 1', set.int64(baseTimestamp, maxInt64), 'INVALID_TIMESTAMP'],
  ['a last timestamp of 2⁶³ - 1', set.int64(maxTimestamp, maxInt64), 'INVALID_TIMESTAMP'],
  ['a first timestamp of -2', set.int64(baseTimestamp, -2n), 'INVALID_TIMESTAMP'],
  [
    'a timestamp in a hundred years',
    set.int64(maxTimestamp, 5_000_000_000_000n),
    'INVALID_TIMESTAMP',
  ],
  ['a producer of 2⁶³ - 1', set.int64(producerId, maxInt64), 'INVALID_RECORD'],
  ['a producer without epoch and sequence', set.int64(producerId, 5n), 'INVALID_RECORD'],
  [
    'a producer with a sequence of -2',
    both(set.int64(producerId, 5n), set.int16(producerEpoch, 0), set.int32(baseSequence, -2)),
    'INVALID_RECORD',
  ],
  ['a first offset of 2⁶³ - 1', set.int64(baseOffset, maxInt64), 'INVALID_RECORD'],
]

for (const [name, change, error] of changed) {
  test(`a batch with ${name} is refused: ${error}`, async () => {
    const harness = new BrokerHarness()
    await harness.createTopic('t')
    const batch = batchOf(['a', 'b', 'c'])
    change(new DataView(batch.buffer, batch.byteOffset), batch)
    setCrc(batch)
    assert.equal(await send(harness, batch), error)
    assert.equal(await endOf(harness), 0)
    assert.equal(await send(harness, batchOf(['good'])), 'NONE')
  })
}

function withLength(length: number): Uint8Array {
  const batch = batchOf(['a', 'b', 'c'])
  new DataView(batch.buffer, batch.byteOffset).setInt32(batchLength, length)
  return batch
}

const good = batchOf(['a', 'b', 'c'])
const flipped = good.slice()
flipped[good.length - 1]! ^= 1

/** Bytes in the place of a batch. */
const bytes: readonly (readonly [name: string, records: Uint8Array | null, error: string])[] = [
  ['nothing', null, 'INVALID_RECORD'],
  ['no bytes', new Uint8Array(0), 'INVALID_RECORD'],
  ['one byte', new Uint8Array(1), 'INVALID_RECORD'],
  ['60 bytes', good.slice(0, 60), 'INVALID_RECORD'],
  ['a header alone', good.slice(0, 61), 'INVALID_RECORD'],
  ['a batch that is cut off', good.slice(0, -1), 'INVALID_RECORD'],
  ['a batch with a flipped bit', flipped, 'CORRUPT_MESSAGE'],
  ['a batch of length -1', withLength(-1), 'CORRUPT_MESSAGE'],
  ['a batch of length 0', withLength(0), 'CORRUPT_MESSAGE'],
  ['a batch of length 48', withLength(48), 'CORRUPT_MESSAGE'],
  ['a batch of length 2³¹ - 1', withLength(2 ** 31 - 1), 'INVALID_RECORD'],
  ['a batch and a byte', Uint8Array.of(...good, 0), 'INVALID_RECORD'],
  [
    'two batches, the second cut off',
    Uint8Array.of(...good, ...good.slice(0, 70)),
    'INVALID_RECORD',
  ],
  ['a batch over max.message.bytes', batchOf(['x'.repeat(1_100_000)]), 'MESSAGE_TOO_LARGE'],
]

for (const [name, records, error] of bytes) {
  test(`${name} in the place of a batch: ${error}`, async () => {
    const harness = new BrokerHarness()
    await harness.createTopic('t')
    assert.equal(await send(harness, records?.slice() ?? null), error)
    assert.equal(await endOf(harness), 0)
    assert.equal(await send(harness, good.slice()), 'NONE')
  })
}

/** A batch that says it is compressed, with these bytes for its records. */
function compressed(type: number, section: Uint8Array): Uint8Array {
  const batch = new Uint8Array(batchLayout.records + section.length)
  batch.set(good.subarray(0, batchLayout.records))
  batch.set(section, batchLayout.records)
  const view = new DataView(batch.buffer)
  view.setInt16(attributes, type)
  view.setInt32(batchLength, batch.length - 12)
  setCrc(batch)
  return batch
}

const zeros = Buffer.alloc(32 * 1024 * 1024)
const [gzip, snappy, lz4, zstd] = [1, 2, 3, 4]
/** What a log that is compacted looks into, to see the keys. */
const sections: readonly (readonly [
  name: string,
  type: number,
  bytes: () => Uint8Array,
  error: string,
])[] = [
  ['nothing', gzip, () => new Uint8Array(0), 'CORRUPT_MESSAGE'],
  ['garbage', gzip, () => Buffer.from('hello'), 'CORRUPT_MESSAGE'],
  ['nothing', snappy, () => new Uint8Array(0), 'CORRUPT_MESSAGE'],
  ['a length of 4 GiB', snappy, () => Buffer.from('ffffffff0f00', 'hex'), 'CORRUPT_MESSAGE'],
  ['garbage', lz4, () => Buffer.from('hello'), 'CORRUPT_MESSAGE'],
  ['garbage', zstd, () => Buffer.from('hello'), 'CORRUPT_MESSAGE'],
  ['32 MiB of nothing', gzip, () => gzipSync(zeros, { level: 1 }), 'NONE'],
  ['32 MiB of nothing', zstd, () => zstdCompressSync(zeros), 'NONE'],
  ['records that are none', gzip, () => gzipSync(Buffer.from('hello')), 'INVALID_RECORD'],
]

for (const [name, type, section, error] of sections) {
  const codec = ['', 'gzip', 'snappy', 'lz4', 'zstd'][type]
  test(`${codec} of ${name} in a compacted topic: ${error}, without its size in memory`, async () => {
    const harness = new BrokerHarness()
    await harness.createTopic('t', { configs: { 'cleanup.policy': 'compact' } })
    const batch = compressed(type, section())
    const before = process.memoryUsage().external
    assert.equal(await send(harness, batch), error)
    const grownBytes = process.memoryUsage().external - before
    assert.ok(grownBytes < 24 * 1024 * 1024, `${grownBytes} bytes`)
  })
}

test('a record without a key, or several batches of an idempotent producer, are refused', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  await harness.createTopic('compacted', { configs: { 'cleanup.policy': 'compact' } })
  assert.equal(await send(harness, batchOf(['no key']), 'compacted'), 'INVALID_RECORD')
  const identity = { producerId: 1, producerEpoch: 0 }
  const first = batchOf(['a'], { ...identity, baseSequence: 0 })
  const second = batchOf(['b'], { ...identity, baseSequence: 1 })
  assert.equal(await send(harness, Uint8Array.of(...first, ...second)), 'INVALID_RECORD')
  assert.equal(await endOf(harness), 0)
})

test('the topics of the broker itself take no records of clients', async () => {
  const harness = new BrokerHarness()
  for (const topic of ['__cluster_metadata', '__consumer_offsets', '__transaction_state']) {
    const error = await send(harness, batchOf(['x']), topic)
    assert.ok(error === 'INVALID_TOPIC_EXCEPTION' || error === 'UNKNOWN_TOPIC_OR_PARTITION', error)
  }
})

test('a batch of which the offsets would not fit into an index is in a segment of its own', async () => {
  const harness = new BrokerHarness()
  await harness.createTopic('t')
  // Compressed records are opaque to a broker, so their number is what the header says.
  const huge = batchOf(['a'])
  const offsets = 19_000_000
  const view = new DataView(huge.buffer, huge.byteOffset)
  view.setInt16(attributes, 4)
  view.setInt32(lastOffsetDelta, offsets - 1)
  view.setInt32(recordCount, offsets)
  setCrc(huge)
  const count = Math.ceil(2 ** 31 / offsets) + 1
  for (let sent = 0; sent < count; sent++) {
    assert.equal(await send(harness, huge.slice()), 'NONE')
  }
  assert.equal(await send(harness, good.slice()), 'NONE')
  await harness.restart()
  assert.equal(await endOf(harness), count * offsets + 3)
})
