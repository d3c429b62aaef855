import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OffsetCommitter } from '../group/offset-committer.ts'
import { json, string } from '../record/serde.ts'
import { AssignedPartition } from './assigned-partition.ts'
import { RecordsInHand } from './records-in-hand.ts'

function partition(number = 0): AssignedPartition {
  const committer = undefined as unknown as OffsetCommitter
  const place = { topic: 'orders', partition: number, position: 0 }
  return new AssignedPartition({ ...place, value: json, key: string, committer })
}

test('processed() moves a partition up to the first record that is not processed', () => {
  const inHand = new RecordsInHand()
  const [orders, others] = [partition(), partition(1)]
  const [first, second, third] = [1, 2, 3].map((next) => inHand.add(orders, next))
  inHand.add(others, 1)
  inHand.processed(second!)
  assert.equal(orders.processed, undefined)
  inHand.processed(first!)
  assert.equal(orders.processed, 2)
  inHand.processed(third!)
  assert.equal(orders.processed, 3)
  assert.equal(others.processed, undefined)
  assert.equal(inHand.count, 1)
})

test('leave() keeps a partition from being processed beyond the record', () => {
  const inHand = new RecordsInHand()
  const orders = partition()
  const [first, second] = [1, 2].map((next) => inHand.add(orders, next))
  inHand.leave(first!)
  inHand.processed(second!)
  assert.equal(orders.processed, undefined)
})

test('a record from before a seek does not count any more, and holds nothing up', () => {
  const inHand = new RecordsInHand()
  const orders = partition()
  const before = inHand.add(orders, 6)
  const left = inHand.add(orders, 7)
  orders.seek(0)
  const after = inHand.add(orders, 1)
  inHand.leave(left)
  inHand.processed(before)
  assert.equal(orders.processed, 0)
  inHand.processed(after)
  assert.equal(orders.processed, 1)
  inHand.add(orders, 2)
  orders.seek(5)
  inHand.processedAll()
  assert.equal(orders.processed, 5)
})

test('whenFree() waits for a record from before a seek that somebody still works on', async () => {
  const inHand = new RecordsInHand()
  const orders = partition()
  const [held, apart, left] = [1, 2, 3].map((next) => inHand.add(orders, next))
  inHand.setApart(apart!)
  inHand.leave(left!)
  orders.seek(5)
  inHand.processed(inHand.add(orders, 6))
  assert.equal(orders.processed, 6)
  let isFree = false
  const free = inHand.whenFree().then(() => (isFree = true))
  for (const record of [held!, apart!]) {
    await Promise.resolve()
    assert.equal(isFree, false)
    inHand.processed(record)
  }
  await free
  assert.equal(orders.processed, 6)
  assert.equal(inHand.count, 0)
})

test('whenFree() waits for those that are held, of the partitions it is asked for', async () => {
  const inHand = new RecordsInHand()
  const [orders, others] = [partition(), partition(1)]
  const [first, second] = [inHand.add(orders, 1), inHand.add(orders, 2)]
  inHand.add(others, 1)
  let isFree = false
  const free = inHand.whenFree([orders]).then(() => (isFree = true))
  inHand.processed(first)
  await Promise.resolve()
  assert.equal(isFree, false)
  inHand.leave(second)
  await free
  inHand.forget(others)
  await inHand.whenFree()
})

test('processedAll() and leaveAll() pass over a record that is set apart', async () => {
  const inHand = new RecordsInHand()
  const orders = partition()
  inHand.add(orders, 1)
  const apart = inHand.add(orders, 2)
  inHand.setApart(apart)
  inHand.add(orders, 3)
  inHand.processedAll()
  assert.equal(orders.processed, 1)
  inHand.leaveAll()
  let isFree = false
  const free = inHand.whenFree().then(() => (isFree = true))
  await Promise.resolve()
  assert.equal(isFree, false)
  inHand.processed(apart)
  await free
  assert.equal(orders.processed, 3)
})

test('processedAll() does not pass over a record that was left', () => {
  const inHand = new RecordsInHand()
  const orders = partition()
  inHand.add(orders, 1)
  inHand.leave(inHand.add(orders, 2))
  inHand.add(orders, 3)
  inHand.processedAll()
  assert.equal(orders.processed, 1)
})

test('apartCount counts what is set apart until it is dealt with, though it be forgotten', () => {
  const inHand = new RecordsInHand()
  const orders = partition()
  const [first, second] = [1, 2].map((next) => inHand.add(orders, next))
  inHand.setApart(first!)
  inHand.setApart(second!)
  inHand.forget(orders)
  assert.equal(inHand.apartCount, 2)
  inHand.processed(first!)
  inHand.leave(second!)
  assert.equal(inHand.apartCount, 0)
})
