/** Tests the judge of the conformance run on short histories, written as `member partition:offset=seq`. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProblems, parseHistory } from './check-history.ts'

/** Reads `A 0:5=3` as: member A got record 3 at offset 5 of partition 0. */
function problemsOf(recordCount: number, ...records: string[]): string[] {
  const lines = records.map((record) => `R ${record.replaceAll(/[:=]/g, ' ')}\n`)
  return findProblems(parseHistory(lines.join('')).consumed, recordCount)
}

const good = ['A 0:0=0', 'A 1:0=1', 'A 0:1=2', 'B 1:1=4', 'A 0:5=3'] as const

test('findProblems() has nothing to say about each record once, in order, for two members', () => {
  assert.deepEqual(problemsOf(5, ...good), [])
})

test('findProblems() names records that never arrived', () => {
  assert.deepEqual(problemsOf(7, ...good), ['2 records never arrived: 5, 6'])
})

test('findProblems() names records that arrived more than once', () => {
  assert.deepEqual(problemsOf(5, ...good, 'B 1:2=4'), ['1 records arrived more than once: 4'])
})

test('findProblems() names records that nobody produced', () => {
  assert.deepEqual(problemsOf(4, ...good), ['1 records were never produced: 4'])
})

test('findProblems() shortens a long list', () => {
  assert.deepEqual(problemsOf(12, ...good), ['7 records never arrived: 5, 6, 7, 8, 9, …'])
})

test('findProblems() finds an offset that does not increase, across members too', () => {
  const handedOverTwice = problemsOf(5, 'A 0:0=0', 'A 0:1=1', 'A 0:3=2', 'B 0:2=3', 'A 1:0=4')
  assert.deepEqual(handedOverTwice, ['partition 0: B got offset 2 after A got 3'])
  const same = problemsOf(4, 'A 0:0=0', 'A 0:1=1', 'B 0:1=2', 'A 1:0=3')
  assert.deepEqual(same, ['partition 0: B got offset 1 after A got 1'])
})

test('findProblems() wants two members at work after the rebalance', () => {
  assert.deepEqual(problemsOf(2, 'A 0:0=0', 'A 0:1=1'), ['1 members got records instead of 2'])
  assert.deepEqual(problemsOf(3, 'A 0:0=0', 'A 0:1=1', 'B 1:0=2'), [
    'A got no record after the rebalance',
  ])
  assert.deepEqual(problemsOf(0), ['0 members got records instead of 2'])
})

test('findProblems() wants the second member to join in the middle of the work', () => {
  const records = [
    'A 0:0=0',
    'B 1:0=1',
    ...Array.from({ length: 8 }, (_, i) => `A 0:${i + 1}=${i + 2}`),
  ]
  assert.deepEqual(problemsOf(10, ...records), [
    'the second member had its first record after only 1 records',
  ])
})

test('parseHistory() collects the features of all lines', () => {
  assert.deepEqual(parseHistory('F gzip zstd\nF headers\n').features, ['gzip', 'zstd', 'headers'])
})

test('parseHistory() refuses a line that is not of the contract', () => {
  for (const line of ['hello', 'R A 0 1', 'R A 0 1 x', 'R A 0 1 2 3', 'R A 0 -1 2', 'R A 0  2']) {
    assert.throws(() => parseHistory(line), new Error(`not a line of a history: ${line}`))
  }
})
