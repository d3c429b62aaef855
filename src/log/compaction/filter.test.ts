import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validateBatch } from '../../record/batch.ts'
import type { BatchHeader } from '../../record/batch.ts'
import { stampBatch } from '../../record/batch.ts'
import { readRecords } from '../../record/batch-reader.ts'
import type { RecordData } from '../../record/batch-reader.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import type { BatchWriterOptions, FinishOptions } from '../../record/batch-writer.ts'
import { writeMarkerBatch } from '../../record/control-record.ts'
import { compressionNames } from '../../record/compression.ts'
import { nodeCodecs } from '../../record/node-compression.ts'
import { BatchFilter } from './filter.ts'
import type { FilterRules, FilteredBatch } from './filter.ts'
import { KeyOffsets } from './keys.ts'
import { KeyMapper } from './mapper.ts'
import { CompactedTransactions } from './transactions.ts'

const nowMs = 1_700_000_000_000
const dayMs = 86_400_000
const firstOffset = 100

/** Writes `a=1 b=- =2`: keys and values, `-` for a tombstone, no key for none. */
function batchOf(
  notation: string,
  { baseOffset = firstOffset, ...options }: BatchWriterOptions & FinishOptions = {},
): Uint8Array {
  const records = notation.split(' ').map((text, at) => {
    const [key, value] = text.split('=')
    return {
      key: key === '' ? null : key!,
      value: value === '-' ? null : value!,
      timestamp: nowMs - 1000 + at,
      headers: [{ key: 'h', value: text }],
    }
  })
  const batch = writeBatch(records, { ...options, codecs: nodeCodecs }) as Uint8Array
  stampBatch(batch, 0, { baseOffset, leaderEpoch: 3 })
  return batch
}

/** Returns a filter for a log in which these keys have later records, `a@107 b@200`. */
function filterOf(notation = '', rules: Partial<FilterRules> = {}): BatchFilter {
  const keys = new KeyOffsets({ baseOffset: 0, keyCountMax: 100, memoryBytes: 4096 })
  for (const text of notation.split(' ').filter((each) => each !== '')) {
    const [key, offset] = text.split('@')
    keys.put(new TextEncoder().encode(key), 0, key!.length, Number(offset))
  }
  return new BatchFilter({
    keys,
    mappedOffset: 1000,
    nowMs,
    deleteRetentionMs: dayMs,
    codecs: nodeCodecs,
    transactions: new CompactedTransactions([]),
    producers: new Map(),
    ...rules,
  })
}

function run(filter: BatchFilter, batch: Uint8Array, isLast = false): FilteredBatch {
  const filtered = filter.filter(validateBatch(batch), batch, { isLast }) as FilteredBatch
  return { ...filtered, bytes: filtered.bytes === batch ? batch : filtered.bytes?.slice() }
}

interface Read {
  readonly header: BatchHeader
  readonly records: RecordData[]
  /** As `offset:key=value`. */
  readonly text: string
}

function read(batch: Uint8Array | undefined): Read {
  assert.ok(batch)
  const header = validateBatch(batch)
  const records = readRecords(batch, header, { codecs: nodeCodecs }) as RecordData[]
  const decoder = new TextDecoder()
  const text = records.map(({ offset, key, value }) => {
    return `${offset}:${key ? decoder.decode(key) : ''}=${value ? decoder.decode(value) : '-'}`
  })
  return { header, records, text: text.join(' ') }
}

test('a batch that loses nothing is given as it is', () => {
  const batch = batchOf('a=1 b=2', { compression: 'gzip' })
  assert.equal(run(filterOf('a@100'), batch).bytes, batch)
})

for (const compression of compressionNames) {
  test(`records that were replaced go, the others stay as they are (${compression})`, () => {
    const notation = `a=1 b=2 c=${'3'.repeat(200)} d=4`
    const sequence = { producerId: 5, producerEpoch: 1, baseSequence: 70, isTransactional: true }
    const batch = batchOf(notation, { ...sequence, compression })
    const before = read(batch)
    const { header, records, text } = read(run(filterOf('b@101 a@300 d@104'), batch).bytes)
    assert.equal(text, `101:b=2 102:c=${'3'.repeat(200)}`)
    assert.deepEqual(records, before.records.slice(1, 3))
    const { recordCount, maxTimestamp, batchLength, sizeBytes, crc, ...kept } = header
    assert.deepEqual([recordCount, maxTimestamp], [2, nowMs - 1000 + 2])
    assert.deepEqual({ ...before.header, ...kept }, before.header)
    assert.ok(sizeBytes < before.header.sizeBytes && batchLength === sizeBytes - 12 && crc > 0)
  })
}

test('a record without a key goes', () => {
  assert.equal(read(run(filterOf(), batchOf('=1 a=2 =3')).bytes).text, '101:a=2')
})

test('records that were not looked at in this round stay', () => {
  const filter = filterOf('a@500 b@500', { mappedOffset: 101 })
  assert.equal(read(run(filter, batchOf('a=1 b=2 =3')).bytes).text, '101:b=2 102:=3')
})

test('a tombstone gets a delete horizon, with all timestamps as they were, and then goes', () => {
  const batch = batchOf('a=1 b=- c=3')
  const first = run(filterOf('a@200'), batch).bytes!
  const { header, records, text } = read(first)
  assert.equal(text, '101:b=- 102:c=3')
  assert.deepEqual(records, read(batch).records.slice(1))
  assert.equal(header.attributes & 0x40, 0x40)
  assert.equal(header.baseTimestamp, nowMs + dayMs)
  assert.equal(header.maxTimestamp, nowMs - 1000 + 2)

  const early = filterOf('', { nowMs: nowMs + dayMs - 1 })
  assert.equal(run(early, first).bytes, first)
  const late = read(run(filterOf('', { nowMs: nowMs + dayMs }), first).bytes)
  assert.equal(late.text, '102:c=3')
  assert.equal(late.records[0]!.timestamp, nowMs - 1000 + 2)
  assert.equal(late.header.baseTimestamp, nowMs + dayMs)
})

test('a batch without records goes, but the last of a producer or segment keeps its header', () => {
  const sequence = { producerId: 5, producerEpoch: 1, baseSequence: 70 }
  const batch = batchOf('a=1 b=2', { ...sequence, compression: 'lz4' })
  const replaced = 'a@200 b@200'
  assert.equal(run(filterOf(replaced), batch).bytes, undefined)

  const last = new Map([[5, { lastDataOffset: 101, epoch: 1 }]])
  for (const kept of [
    run(filterOf(replaced, { producers: last }), batch).bytes,
    run(filterOf(replaced), batch, true).bytes,
  ]) {
    const { header, records } = read(kept)
    assert.deepEqual(records, [])
    assert.equal(header.sizeBytes, 61)
    const { producerId, producerEpoch, baseSequence, baseOffset, lastOffset, compression } = header
    assert.deepEqual({ producerId, producerEpoch, baseSequence }, sequence)
    assert.deepEqual([baseOffset, lastOffset, compression], [100, 101, 'none'])
    assert.equal(header.maxTimestamp, nowMs - 1000 + 1)
    assert.equal(run(filterOf(replaced), kept!, true).bytes, kept)
    assert.equal(run(filterOf(replaced), kept!).bytes, undefined)
  }
})

const producer = { producerId: 5, producerEpoch: 0 }

function marker(result: 'abort' | 'commit', offset: number): Uint8Array {
  const batch = writeMarkerBatch({ ...producer, result, coordinatorEpoch: 2, timestamp: nowMs })
  stampBatch(batch, 0, { baseOffset: offset, leaderEpoch: 3 })
  return batch
}

const aborted = { producerId: 5, firstOffset: 100, lastOffset: 110, lastStableOffset: 111 }

test('data of an aborted transaction goes, its marker stays while there was data', () => {
  const transactions = new CompactedTransactions([aborted])
  const filter = filterOf('', { transactions })
  const data = batchOf('a=1', { ...producer, baseSequence: 0, isTransactional: true })
  assert.equal(run(filter, data).bytes, undefined)
  const abort = marker('abort', 110)
  assert.deepEqual(run(filter, abort), { bytes: abort, aborted })
})

test('a marker whose data is gone gets a delete horizon, and then goes', () => {
  for (const result of ['abort', 'commit'] as const) {
    const transactions = (): CompactedTransactions =>
      new CompactedTransactions(result === 'abort' ? [aborted] : [])
    const first = run(filterOf('', { transactions: transactions() }), marker(result, 110))
    assert.equal(first.aborted, undefined)
    const { header, records } = read(first.bytes)
    assert.deepEqual([header.attributes & 0x70, header.baseTimestamp], [0x70, nowMs + dayMs])
    assert.equal(records[0]!.timestamp, nowMs)
    const at = (later: number): FilterRules['nowMs'] => nowMs + later
    const early = filterOf('', { transactions: transactions(), nowMs: at(dayMs - 1) })
    assert.equal(run(early, first.bytes!).bytes, first.bytes)
    const late = filterOf('', { transactions: transactions(), nowMs: at(dayMs) })
    assert.equal(run(late, first.bytes!).bytes, undefined)
    const last = new Map([[5, { lastDataOffset: -1, epoch: 0 }]])
    const kept = filterOf('', { producers: last, nowMs: at(dayMs) })
    assert.equal(read(run(kept, first.bytes!).bytes).header.recordCount, 0)
  }
})

test('a commit marker stays while its data is there, if only as a header', () => {
  const filter = filterOf('a@200', { producers: new Map([[5, { lastDataOffset: 100, epoch: 0 }]]) })
  const data = batchOf('a=1', { ...producer, baseSequence: 0, isTransactional: true })
  assert.equal(read(run(filter, data).bytes).header.recordCount, 0)
  const commit = marker('commit', 110)
  assert.equal(run(filter, commit).bytes, commit)
})

test('a batch whose codec is missing stays as it is, and its keys replace nothing', () => {
  const batch = batchOf(`a=${'1'.repeat(200)} a=2`, { compression: 'zstd' })
  assert.equal(run(filterOf('a@200', { codecs: {} }), batch).bytes, batch)
  const keys = new KeyOffsets({ baseOffset: 0, keyCountMax: 10, memoryBytes: 4096 })
  const mapper = new KeyMapper(keys, { dirtyOffset: 0, codecs: {} })
  assert.equal(mapper.map(validateBatch(batch), batch), undefined)
  assert.equal(keys.count, 0)
})

test('codecs may be asynchronous', async () => {
  const { gzip } = nodeCodecs
  const codecs = {
    gzip: {
      compress: async (bytes: Uint8Array) => gzip!.compress(bytes),
      decompress: async (bytes: Uint8Array, maxBytes: number) => gzip!.decompress(bytes, maxBytes),
    },
  }
  const batch = batchOf(`a=${'1'.repeat(200)} b=2`, { compression: 'gzip' })
  const filter = filterOf('a@200', { codecs })
  const { bytes } = await filter.filter(validateBatch(batch), batch, { isLast: false })
  assert.equal(read(bytes).text, '101:b=2')
})
