import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AbortedTransactions } from './aborted-transactions.ts'
import type { AbortedTransaction } from './aborted-transactions.ts'

const first = { producerId: 7, firstOffset: 10, lastOffset: 20, lastStableOffset: 15 }
const second = { producerId: 8, firstOffset: 15, lastOffset: 30, lastStableOffset: 31 }

function both(): AbortedTransactions {
  const transactions = new AbortedTransactions()
  transactions.add(first)
  transactions.add(second)
  return transactions
}

function collect(from: number, to: number): { found: AbortedTransaction[]; isComplete: boolean } {
  const found: AbortedTransaction[] = []
  const isComplete = both().collect(from, to, found)
  return { found, isComplete }
}

test('collect() gives the transactions that overlap with the offsets', () => {
  assert.deepEqual(collect(0, 10).found, [])
  assert.deepEqual(collect(0, 11).found, [first])
  assert.deepEqual(collect(20, 25).found, [first, second])
  assert.deepEqual(collect(21, 25).found, [second])
  assert.deepEqual(collect(31, 99).found, [])
})

test('collect() says whether a later segment may have more', () => {
  assert.equal(collect(0, 15).isComplete, true)
  assert.equal(collect(0, 31).isComplete, true)
  assert.equal(collect(0, 32).isComplete, false)
})

test('collect() looks at few of the transactions that ended before', () => {
  const transactions = new AbortedTransactions()
  const count = 5000
  let looks = 0
  for (let index = 0; index < count; index++) {
    const firstOffset = index * 3
    transactions.add({
      producerId: 7,
      firstOffset,
      get lastOffset() {
        looks++
        return firstOffset + 2
      },
      lastStableOffset: firstOffset + 3,
    })
  }
  for (const at of [0, 1, 2500, count - 1]) {
    looks = 0
    const found: AbortedTransaction[] = []
    assert.equal(transactions.collect(at * 3, at * 3 + 3, found), true)
    assert.deepEqual(
      found.map(({ firstOffset }) => firstOffset),
      [at * 3],
    )
    assert.ok(looks < 20, String(looks))
  }
})

// The layout is Kafka's, so it is pinned by bytes written out by hand, not only by a round trip.
test('encode() writes 34 bytes for each transaction', () => {
  const bytes = both().encode()
  const expected =
    '0000' + '0000000000000007' + '000000000000000a' + '0000000000000014' + '000000000000000f'
  assert.equal(Buffer.from(bytes.subarray(0, 34)).toString('hex'), expected)
  assert.equal(bytes.length, 68)
  assert.deepEqual(AbortedTransactions.decode(bytes).entries, [first, second])
})
