import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { writeBatch } from '../../record/batch-writer.ts'
import { batchHeaderBytes, readBatchHeader, stampBatch } from '../../record/batch.ts'
import type { Codecs, CompressionName } from '../../record/compression.ts'
import { nodeCodecs } from '../../record/node-compression.ts'
import { webCodecs } from '../../record/web-compression.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { json, string } from '../record/serde.ts'
import { AssignedPartition } from './assigned-partition.ts'
import { FetchBuffer } from './fetch-buffer.ts'

function partition(number: number): AssignedPartition {
  const committer = undefined as never
  return new AssignedPartition({
    topic: 'orders',
    partition: number,
    position: 0,
    value: json,
    key: string,
    committer,
  })
}

/** A batch of records `a0`, `a1`, … at `baseOffset`. */
function batch(count: number, baseOffset = 0, compression: CompressionName = 'none') {
  const values = Array.from({ length: count }, (_, index) =>
    `value ${baseOffset + index} `.repeat(9),
  )
  const records = values.map((value) => ({ key: null, value }))
  const bytes = writeBatch(records, { compression, codecs: nodeCodecs }) as Uint8Array
  stampBatch(bytes, 0, { baseOffset, leaderEpoch: 0 })
  return { header: readBatchHeader(bytes), bytes }
}

function open(codecs: Codecs = nodeCodecs) {
  let arrivals = 0
  const buffer = new FetchBuffer(codecs, () => arrivals++)
  /** Takes all that is there: `partition/offset`, or the code of an error. */
  const takeAll = (): string[] => {
    const taken: string[] = []
    for (let fetched = buffer.take(); fetched; fetched = buffer.take()) {
      if (fetched.error) taken.push((fetched.error as { code?: string }).code ?? 'unknown')
      else taken.push(`${fetched.partition.partition}/${fetched.record.offset}`)
    }
    return taken
  }
  return { buffer, takeAll, arrivals: () => arrivals }
}

test('take() gives records in the order in which they came', () => {
  const { buffer, takeAll } = open()
  const [a, b] = [partition(0), partition(1)]
  buffer.add(a, 0, batch(2))
  buffer.add(b, 0, batch(1))
  buffer.add(a, 2, batch(1, 2))
  assert.ok(buffer.sizeBytes > 0)
  assert.deepEqual(takeAll(), ['0/0', '0/1', '1/0', '0/2'])
  assert.equal(buffer.sizeBytes, 0)
})

test('take() begins within a batch where that was asked for', () => {
  const { buffer, takeAll } = open()
  buffer.add(partition(0), 3, batch(5))
  assert.deepEqual(takeAll(), ['0/3', '0/4'])
})

test('takeBatch() gives whole batches, also of partitions that are paused', () => {
  const { buffer } = open()
  const [a, b] = [partition(0), partition(1)]
  buffer.add(a, 0, batch(2))
  buffer.add(b, 3, batch(5))
  buffer.addError(b, new Error('no'))
  a.isPaused = true
  assert.equal(buffer.takeBatch()!.partition, a)
  const taken = buffer.takeBatch()!
  assert.ok(!taken.error)
  assert.deepEqual([taken.partition, taken.from, taken.header.recordCount], [b, 3, 5])
  assert.equal(taken.section.length, taken.header.sizeBytes - batchHeaderBytes)
  assert.equal(buffer.takeBatch()!.error?.message, 'no')
  assert.equal(buffer.takeBatch(), undefined)
  assert.equal(buffer.sizeBytes, 0)
})

test('take() passes over partitions that are paused, and keeps what is theirs', () => {
  const { buffer, takeAll } = open()
  const [a, b] = [partition(0), partition(1)]
  buffer.add(a, 0, batch(2))
  buffer.add(b, 0, batch(1))
  a.isPaused = true
  assert.deepEqual(takeAll(), ['1/0'])
  a.isPaused = false
  assert.deepEqual(takeAll(), ['0/0', '0/1'])
})

test('take() ends the batch that it is in, unless that is paused or thrown away', () => {
  const { buffer, takeAll } = open()
  const [a, b] = [partition(0), partition(1)]
  const takeOne = (): string => {
    const { partition, record } = buffer.take() as { partition: typeof a; record: KafkaRecord }
    return `${partition.partition}/${record.offset}`
  }
  buffer.add(a, 0, batch(3))
  buffer.add(b, 0, batch(4))
  a.isPaused = true
  assert.equal(takeOne(), '1/0')
  a.isPaused = false
  assert.equal(takeOne(), '1/1')
  b.isPaused = true
  assert.equal(takeOne(), '0/0')
  b.isPaused = false
  assert.equal(takeOne(), '0/1')
  buffer.discard(a)
  assert.deepEqual(takeAll(), ['1/2', '1/3'])
  assert.equal(buffer.sizeBytes, 0)
})

test('take() gives nothing of what is out of date', () => {
  const { buffer, takeAll } = open()
  const [sought, leaving] = [partition(0), partition(1)]
  buffer.add(sought, 0, batch(2))
  buffer.add(leaving, 0, batch(2))
  sought.seek(7)
  leaving.state = 'leaving'
  assert.deepEqual(takeAll(), [])
  assert.equal(buffer.sizeBytes, 0)
})

test('discard() throws away what is there of a partition', () => {
  const { buffer, takeAll } = open()
  const [a, b] = [partition(0), partition(1)]
  buffer.add(a, 0, batch(2))
  buffer.add(b, 0, batch(1))
  buffer.discard(a)
  assert.deepEqual(takeAll(), ['1/0'])
  buffer.add(a, 0, batch(2))
  buffer.clear()
  assert.deepEqual([takeAll(), buffer.sizeBytes], [[], 0])
})

test('take() opens compressed batches when it gets to them', () => {
  for (const name of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const { buffer, takeAll } = open()
    buffer.add(partition(0), 0, batch(3, 0, name))
    assert.deepEqual(takeAll(), ['0/0', '0/1', '0/2'])
  }
})

test('take() waits for a codec that takes its time, and tells when it is done', async () => {
  const { buffer, takeAll, arrivals } = open(webCodecs)
  buffer.add(partition(0), 0, batch(2, 0, 'gzip'))
  buffer.add(partition(1), 0, batch(1))
  assert.deepEqual(takeAll(), [])
  while (arrivals() === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(takeAll(), ['0/0', '0/1', '1/0'])
})

test('a batch that cannot be opened is an error, and the next one goes on', async () => {
  const { buffer, takeAll, arrivals } = open(webCodecs)
  buffer.add(partition(0), 0, batch(2, 0, 'zstd'))
  buffer.add(partition(0), 2, batch(1, 2))
  assert.deepEqual(takeAll(), ['unsupported_compression_type', '0/2'])

  const damaged = batch(2, 3, 'gzip')
  damaged.bytes.fill(0, 61)
  buffer.add(partition(0), 3, damaged)
  assert.deepEqual(takeAll(), [])
  while (arrivals() === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(takeAll(), ['corrupt_message'])
})

test('records that cannot be read are an error after those that can', () => {
  const { buffer, takeAll } = open()
  const damaged = batch(2)
  // The length of the second record.
  damaged.bytes[61 + (damaged.bytes.length - 61) / 2] = 1
  buffer.add(partition(0), 0, damaged)
  assert.deepEqual(takeAll(), ['0/0', 'invalid_record'])
})

test('addError() is told after what came before it', () => {
  const { buffer, takeAll } = open()
  const a = partition(0)
  buffer.add(a, 0, batch(1))
  buffer.addError(a, Object.assign(new Error('no'), { code: 'told' }))
  assert.deepEqual(takeAll(), ['0/0', 'told'])
})

test('what was taken of many batches is neither there, paused nor thrown away any more', () => {
  const { buffer, takeAll } = open()
  const [a, b, c] = [partition(0), partition(1), partition(2)]
  const { length } = batch(1).bytes
  for (let count = 0; count < 1000; count++) buffer.add(a, 0, batch(1))
  buffer.add(b, 0, batch(1))
  buffer.add(c, 0, batch(1))
  // The last one is not left behind before the next is asked for.
  for (let count = 0; count < 701; count++) buffer.take()
  assert.equal(buffer.sizeBytes, 302 * length)
  a.isPaused = true
  assert.equal(buffer.pausedBytes, 300 * length)
  assert.deepEqual(takeAll(), ['1/0', '2/0'])
  assert.equal(buffer.sizeBytes, 300 * length)
  buffer.discard(a)
  assert.equal(buffer.has(a), false)
  assert.equal(buffer.sizeBytes, 0)
  buffer.add(b, 0, batch(1))
  assert.equal(buffer.has(b), true)
  assert.deepEqual(takeAll(), ['1/0'])
})

test('what was decompressed is let go once it is taken', async () => {
  const { buffer } = open()
  const from = partition(0)
  const value = 'x'.repeat(1_000_000)
  const bytes = writeBatch([{ key: null, value }], { compression: 'gzip', codecs: nodeCodecs })
  const large = bytes as Uint8Array
  stampBatch(large, 0, { baseOffset: 0, leaderEpoch: 0 })
  const fetched = { header: readBatchHeader(large), bytes: large }
  for (let count = 0; count < 102; count++) buffer.add(from, 0, fetched)
  const collect = exposedGc()
  collect()
  const before = process.memoryUsage().arrayBuffers
  for (let taken = 0; taken < 100;) {
    if (buffer.take()) taken++
    else await new Promise((resolve) => setImmediate(resolve))
  }
  // What is collected is given back a moment later.
  for (let turn = 0; turn < 20; turn++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const kept = process.memoryUsage().arrayBuffers - before
  assert.ok(kept < 50_000_000, String(kept))
})

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
