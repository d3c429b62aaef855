import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecords } from '../../record/batch-reader.ts'
import { readBatchHeader } from '../../record/batch.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import {
  PartitionQueue,
  type Outgoing,
  type PendingBatch,
  type RecordMetadata,
} from './accumulator.ts'

const clock = new ManualClock()
const identity = { producerId: 7, producerEpoch: 0 }

class Rig {
  readonly queue: PartitionQueue
  readonly resolved: RecordMetadata[] = []
  readonly rejected: unknown[] = []
  #count = 0

  constructor(batchBytes = 1000) {
    this.queue = new PartitionQueue('orders', 3, {
      batchBytes,
      compression: 'none',
      codecs: {},
    })
  }

  add(value: string, timestamp = 5): boolean {
    const outgoing: Outgoing = {
      key: null,
      value,
      timestamp,
      asker: {
        signal: undefined,
        stored: (metadata, index) => (this.resolved[index] = metadata),
        failed: (error, index) => (this.rejected[index] = error),
      },
      index: this.#count++,
    }
    return this.queue.add(outgoing, clock).recordCount === 1
  }

  /** Adds batches of one record each, and takes them all. */
  takeEach(...values: string[]): PendingBatch[] {
    return values.map((value) => {
      this.add(value)
      const batch = this.queue.peek(Infinity)!
      this.queue.take(batch)
      return batch
    })
  }
}

function valuesOf(bytes: Uint8Array | Promise<Uint8Array>): string[] {
  assert.ok(bytes instanceof Uint8Array)
  const records = readRecords(bytes, readBatchHeader(bytes))
  assert.ok(Array.isArray(records))
  return records.map(({ value }) => new TextDecoder().decode(value!))
}

test('add() fills a batch, and begins another when it is full', () => {
  const rig = new Rig(100)
  assert.equal(rig.add('a'.repeat(20)), true)
  assert.equal(rig.add('b'), false)
  assert.equal(rig.queue.peek(-1), undefined, 'it is not full, and not old')
  assert.equal(rig.add('c'.repeat(40)), true)
  const full = rig.queue.peek(-1)!
  assert.equal(full.recordCount, 2)
  rig.queue.take(full)
  assert.deepEqual(valuesOf(full.finish(identity)), ['a'.repeat(20), 'b'])
  assert.equal(rig.queue.peek(-1), undefined)
  assert.equal(rig.queue.peek(clock.monotonic())?.recordCount, 1)
})

test('a record that is larger than a batch is a batch of its own', () => {
  const rig = new Rig(100)
  rig.add('x'.repeat(500))
  assert.equal(rig.queue.peek(Infinity)?.recordCount, 1)
  assert.equal(rig.add('y'), true)
})

test('take() numbers records in the order of the batches', () => {
  const rig = new Rig()
  rig.add('a')
  rig.add('b')
  const [first] = [rig.queue.peek(Infinity)!]
  rig.queue.take(first)
  const [second] = rig.takeEach('c')
  assert.deepEqual([first.sequence, second!.sequence], [0, 2])
  const bytes = second!.finish(identity) as Uint8Array
  const { baseSequence, producerId } = readBatchHeader(bytes)
  assert.deepEqual([baseSequence, producerId], [2, 7])
})

test('numbers go on from 0 after the largest', () => {
  const rig = new Rig()
  const [first] = rig.takeEach('a')
  first!.sequence = 0x7fff_ffff
  rig.queue.giveBack(first!)
  const [last, next] = rig.takeEach('b', 'c')
  assert.deepEqual([last!.sequence, next!.sequence], [1, 2])
})

test('retry() puts batches back in their order, before all others', () => {
  const rig = new Rig()
  const [a, b, c] = rig.takeEach('a', 'b', 'c')
  rig.add('d')
  for (const batch of [b, a, c]) {
    rig.queue.answered(batch!)
    rig.queue.retry(batch!)
  }
  assert.deepEqual(rig.queue.retries, [a, b, c])
  assert.equal(rig.queue.peek(-1), a)
  rig.queue.take(a!)
  assert.equal(rig.queue.isBlocked, true, 'one at a time, once something failed')
  assert.equal(a!.sequence, 0, 'it keeps its number')
})

test('a batch without a number comes after those that have one', () => {
  const rig = new Rig()
  const batches = rig.takeEach('a', 'b', 'c')
  for (const batch of batches) {
    rig.queue.answered(batch)
    rig.queue.retry(batch)
  }
  rig.queue.renumber({ producerId: 8, producerEpoch: 0 })
  const [a] = batches
  rig.queue.take(a!)
  rig.queue.answered(a!)
  assert.equal(rig.queue.hasEarlier(a!), false)
  rig.queue.retry(a!)
  assert.deepEqual(rig.queue.retries, batches)
})

test('hasEarlier() tells whether what was refused was refused for another', () => {
  const rig = new Rig()
  const [a, b] = rig.takeEach('a', 'b')
  assert.equal(rig.queue.hasEarlier(b!), true)
  assert.equal(rig.queue.hasEarlier(a!), false)
  rig.queue.answered(a!)
  assert.equal(rig.queue.hasEarlier(b!), false)
})

test('giveBack() frees the numbers of the last batch only', () => {
  const rig = new Rig()
  const [a, b] = rig.takeEach('a', 'b')
  rig.queue.giveBack(a!)
  const [c] = rig.takeEach('c')
  assert.equal(c!.sequence, 2)
  rig.queue.giveBack(c!)
  rig.queue.giveBack(b!)
  const [d] = rig.takeEach('d')
  assert.equal(d!.sequence, 1)
})

test('renumber() begins anew under the new identity', () => {
  const rig = new Rig()
  const [a, b] = rig.takeEach('a', 'b')
  for (const batch of [a!, b!]) {
    rig.queue.answered(batch)
    rig.queue.retry(batch)
  }
  a!.maybeApplied = true
  assert.deepEqual(rig.queue.removeDoubtful(), [a])
  rig.queue.mustRenumber = true
  assert.equal(rig.queue.isBlocked, true)
  rig.queue.renumber({ producerId: 8, producerEpoch: 0 })
  assert.equal(rig.queue.isBlocked, false)
  rig.queue.take(b!)
  assert.equal(b!.sequence, 0)
})

test('remove() takes out what is too old, and leaves what is in flight', () => {
  const rig = new Rig(10)
  rig.takeEach('in flight')
  rig.add('old')
  const oldMs = clock.monotonic()
  clock.advance(10)
  rig.add('young')
  const removed = rig.queue.remove(oldMs)
  assert.deepEqual(
    removed.map((batch) => valuesOf(batch.finish(undefined))),
    [['old']],
  )
  assert.equal(rig.queue.isEmpty, false)
  assert.equal(rig.queue.remove().length, 1)
  assert.equal(rig.queue.isEmpty, true)
})

test('succeed() tells each record its place', () => {
  const rig = new Rig()
  rig.add('a', 11)
  rig.add('b', 12)
  const batch = rig.queue.peek(Infinity)!
  let isSettled = false
  batch.onSettled(() => (isSettled = true))
  batch.succeed(40, -1)
  const place = { topic: 'orders', partition: 3 }
  assert.deepEqual(rig.resolved, [
    { ...place, offset: 40, timestamp: 11 },
    { ...place, offset: 41, timestamp: 12 },
  ])
  assert.equal(isSettled, true)
})

test('succeed() has the time of the broker where that counts, and no place without one', () => {
  const rig = new Rig()
  rig.add('a')
  rig.add('b')
  rig.queue.peek(Infinity)!.succeed(-1, 99)
  assert.deepEqual(
    rig.resolved.map(({ offset, timestamp }) => [offset, timestamp]),
    [
      [-1, 99],
      [-1, 99],
    ],
  )
})

test('fail() tells all records', () => {
  const rig = new Rig()
  rig.add('a')
  rig.add('b')
  const error = new Error('no')
  rig.queue.peek(Infinity)!.fail(error)
  assert.deepEqual(rig.rejected, [error, error])
})

test('fail() tells those once who ask for no place, and succeed() counts their records', () => {
  const rig = new Rig()
  const failed: unknown[] = []
  const asker = {
    signal: undefined,
    stored: undefined,
    failed: (error: unknown) => void failed.push(error),
  }
  const unasked: Outgoing = { key: null, value: 'a', timestamp: 1, asker, index: 0 }
  rig.queue.add(unasked, clock)
  rig.queue.add(unasked, clock)
  rig.add('b')
  const batch = rig.queue.peek(Infinity)!
  batch.succeed(40, -1)
  assert.deepEqual(
    rig.resolved.map(({ offset }) => offset),
    [42],
  )
  const error = new Error('no')
  batch.fail(error)
  assert.deepEqual([failed, rig.rejected], [[error], [error]])
})
