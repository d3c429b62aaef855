import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as batchLayout from '../../record/batch-layout.ts'
import { readRecords, type RecordData } from '../../record/batch-reader.ts'
import { writeBatch } from '../../record/batch-writer.ts'
import { setCrc, stampBatch } from '../../record/batch.ts'
import { writeMarkerBatch } from '../../record/control-record.ts'
import { readFetched, type AbortedTransaction } from './fetched-batches.ts'

/**
 * A log in one line: `A` and `B` are batches of two records by transactional producers 1 and 2, `x`
 * one by a producer without transactions, `a` and `b` markers that abort, `c` one that commits for
 * producer 1.
 */
function log(notation: string): Uint8Array {
  const batches = Array.from(notation, (letter) => {
    const producerId = 'Aac'.includes(letter) ? 1 : 2
    if (letter === 'a' || letter === 'b' || letter === 'c') {
      const result = letter === 'c' ? 'commit' : 'abort'
      const epochs = { producerEpoch: 0, coordinatorEpoch: 0 }
      return writeMarkerBatch({ result, producerId, ...epochs, timestamp: 1 })
    }
    const records = [1, 2].map((number) => ({ key: null, value: `${letter}${number}` }))
    const producer = letter === 'x' ? {} : { producerId, producerEpoch: 0, baseSequence: 0 }
    return writeBatch(records, { ...producer, isTransactional: letter !== 'x' }) as Uint8Array
  })
  const whole = new Uint8Array(batches.reduce((length, batch) => length + batch.length, 0))
  let position = 0
  let baseOffset = 0
  for (const [index, batch] of batches.entries()) {
    whole.set(batch, position)
    stampBatch(whole, position, { baseOffset, leaderEpoch: 0 })
    position += batch.length
    baseOffset += 'abc'.includes(notation[index]!) ? 1 : 2
  }
  return whole
}

/** The base offsets of the batches that are left of `notation`. */
function left(notation: string, aborted: AbortedTransaction[] | null, from = 0): number[] {
  const { batches } = readFetched(log(notation), from, aborted)
  return batches.map(({ header }) => header.baseOffset)
}

const of = (producerId: number, firstOffset: number) => ({ producerId, firstOffset })

test('readFetched() leaves out markers, and goes on behind them', () => {
  const { batches, nextOffset } = readFetched(log('Axc'), 0, null)
  assert.deepEqual(
    batches.map(({ header }) => header.baseOffset),
    [0, 2],
  )
  assert.equal(nextOffset, 5)
})

test('readFetched() gives records whose times Kafka has let pass', () => {
  for (const timestamp of [Date.UTC(1912, 3, 15), 1_700_000_000_000 * 1e6]) {
    const batch = writeBatch([{ key: null, value: 'v', timestamp: 0 }]) as Uint8Array
    const view = new DataView(batch.buffer, batch.byteOffset)
    view.setBigInt64(batchLayout.baseTimestamp, BigInt(timestamp))
    setCrc(batch)
    const { batches, error } = readFetched(batch, 0, null)
    assert.equal(error, undefined)
    const [record] = readRecords(batches[0]!.bytes, batches[0]!.header) as RecordData[]
    assert.equal(record!.timestamp, timestamp)
  }
})

test('readFetched() leaves out records of aborted transactions', () => {
  assert.deepEqual(left('Aax', [of(1, 0)]), [3])
  assert.deepEqual(left('AxAa', [of(1, 0)]), [2])
  assert.deepEqual(left('AxBab', [of(1, 0), of(2, 4)]), [2])
  assert.deepEqual(left('ABac', [of(1, 0)]), [2])
})

test('a producer whose transaction was aborted is heard again in its next one', () => {
  assert.deepEqual(left('AaAc', [of(1, 0)]), [3])
  assert.deepEqual(left('AaAaAc', [of(1, 3), of(1, 0)]), [6])
  assert.deepEqual(left('AcAaAc', [of(1, 3)]), [0, 6])
})

test('a transaction that was aborted before the position is known from its first offset', () => {
  assert.deepEqual(left('AAax', [of(1, 0)], 2), [5])
})

test('a batch that begins before the position is kept, one that ends before is not', () => {
  const { batches, nextOffset } = readFetched(log('xx'), 3, null)
  assert.deepEqual(
    batches.map(({ header }) => header.baseOffset),
    [2],
  )
  assert.equal(nextOffset, 4)
})

test('a batch that is cut off is left for the next time', () => {
  const whole = log('xx')
  const { batches, nextOffset, error } = readFetched(whole.subarray(0, whole.length - 1), 0, null)
  assert.deepEqual([batches.length, nextOffset, error], [1, 2, undefined])
})

test('a damaged batch is an error after those before it', () => {
  const damaged = log('xxx')
  damaged[damaged.length / 3 + 70]! ^= 1
  const { batches, nextOffset, error } = readFetched(damaged, 0, null)
  assert.deepEqual([batches.length, nextOffset], [1, 2])
  assert.equal((error as { errorName?: string }).errorName, 'CORRUPT_MESSAGE')
})
