import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf } from '../../../test/support/whole-batch.ts'
import { AssignedPartition, noGroup } from '../../client/consumer/assigned-partition.ts'
import { bytes, readerOf, string } from '../../client/record/serde.ts'
import { InputReader } from './input-reader.ts'
import { oldest, PartitionInput } from './partition-inputs.ts'

const text = readerOf(string)
const reader = new InputReader({ serdes: { key: string, value: string }, timestamp: undefined })

/** An input of a partition that ends at `end`, all of which was asked for up to `position`. */
function input(position = 0, end?: number): PartitionInput {
  const start = { topic: 'orders', partition: 0, position, key: bytes, value: bytes }
  const partition = new AssignedPartition({ ...start, committer: noGroup })
  if (end !== undefined) partition.end = end
  return new PartitionInput(partition, reader)
}

test('oldest() is the input whose first record has the lowest timestamp', () => {
  const [left, right] = [input(), input()]
  left.push(
    batchOf([
      { value: 'a', timestamp: 10 },
      { value: 'c', timestamp: 30 },
    ]),
  )
  right.push(batchOf([{ value: 'b', timestamp: 20 }]))
  right.push(batchOf([{ value: 'd', timestamp: 40 }], { baseOffset: 7 }))
  const values: unknown[] = []
  for (let next = oldest([left, right]); next; next = oldest([left, right])) {
    values.push(next.records.value(text))
    next.shift()
    if (values.length === 3) break
  }
  assert.deepEqual(values, ['a', 'b', 'c'])
  assert.deepEqual([left.processed, right.processed], [2, 1])
  assert.deepEqual([left.hasFirst, right.hasFirst], [false, true])
})

test('oldest() waits for an input that may have more at the broker', () => {
  const here = input()
  here.push(batchOf([{ value: 'a', timestamp: 10 }]))
  assert.equal(oldest([here, input(5)]), undefined, 'its end is not known')
  assert.equal(oldest([here, input(5, 6)]), undefined, 'there is one more')
  assert.equal(oldest([here, input(6, 6)]), here, 'that was all')
})

test('a PartitionInput is full by the bytes behind the batch that it is at', () => {
  const large = batchOf([{ value: 'x'.repeat(200 * 1024), timestamp: 1 }])
  const full = input()
  full.push(large)
  assert.deepEqual([full.isFull, full.isLow], [false, true])
  full.push(large)
  full.push(large)
  assert.deepEqual([full.isFull, full.isLow], [true, false])
  full.shift()
  full.shift()
  assert.deepEqual([full.isFull, full.isLow], [false, true])
})

test('first() gives the bytes of a record as they are', () => {
  const one = input()
  one.push(batchOf([{ value: 'a', timestamp: 10 }], { baseOffset: 7 }))
  const { offset, timestamp, key, value } = one.first()
  assert.deepEqual([offset, timestamp, key, new TextDecoder().decode(value!)], [7, 10, null, 'a'])
})

test('what was done before a partition was begun anew is not done', () => {
  const one = input()
  one.push(batchOf([{ value: 'a', timestamp: 10 }], { baseOffset: 7 }))
  one.shift()
  one.partition.position = 9
  assert.equal(one.done, 8)
  one.caughtUp()
  assert.equal(one.done, 9)
  // Its log has become shorter, for whatever reason.
  one.partition.seek(0)
  one.caughtUp()
  assert.equal(one.done, undefined)
  one.push(batchOf([{ value: 'b', timestamp: 20 }]))
  one.shift()
  assert.equal(one.done, 1)
})

test('what waited when a partition was begun anew is not done of it', () => {
  const one = input()
  one.push(batchOf([{ value: 'a', timestamp: 10 }], { baseOffset: 1000 }))
  one.push(batchOf([{ value: 'b', timestamp: 11 }], { baseOffset: 1001 }))
  one.partition.seek(0)
  one.push(batchOf([{ value: 'c', timestamp: 20 }]))
  const done = [1, 2, 3].map(() => {
    one.shift()
    return one.done
  })
  assert.deepEqual(done, [undefined, undefined, 1])
})
