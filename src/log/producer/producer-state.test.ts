import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogError } from '../log-error.ts'
import { ProducerStates } from './producer-state.ts'
import type { AppendOrigin, SequencedBatch, TransactionMarker } from './producer-state.ts'

const producerId = 7
const max = 2 ** 31 - 1

/** A batch of producer 7, from `epoch:first-last`; `t` at the end makes it transactional. */
function batch(notation: string): SequencedBatch {
  const [, epoch, first, last, transactional] = /^(\d+):(-?\d+)-(-?\d+)(t?)$/.exec(notation)!
  const baseSequence = Number(first)
  return {
    producerId,
    producerEpoch: Number(epoch),
    baseSequence,
    // Sequences go on at 0 after 2^31 - 1.
    lastOffsetDelta: (Number(last) - baseSequence) & max,
    maxTimestamp: 1000,
    isTransactional: transactional === 't',
  }
}

function marker(
  epoch: number,
  result: 'abort' | 'commit',
  coordinatorEpoch = 0,
): TransactionMarker {
  return { producerId, producerEpoch: epoch, coordinatorEpoch, result }
}

/** Builds the state after `notation`, batches at offsets that begin at 100. */
function after(notation: string): ProducerStates {
  const states = new ProducerStates()
  let offset = 100
  for (const each of notation === '' ? [] : notation.split(' ')) {
    states.appended(batch(each), offset, 0)
    offset += batch(each).lastOffsetDelta + 1
  }
  return states
}

/** Returns the error's name, `new`, or the offsets of the stored batch that is repeated. */
function outcome(states: ProducerStates, next: string, origin: AppendOrigin = 'client'): string {
  try {
    const duplicate = states.check(batch(next), origin)
    return duplicate ? `${duplicate.baseOffset}-${duplicate.lastOffset}` : 'new'
  } catch (error) {
    assert.ok(error instanceof LogError)
    return error.errorName
  }
}

const gap = 'OUT_OF_ORDER_SEQUENCE_NUMBER'
const old = 'INVALID_PRODUCER_EPOCH'
const five = '0:0-0 0:1-1 0:2-2 0:3-3 0:4-4'

/** What was appended, what comes next, and what is to become of it. */
const cases: readonly (readonly [before: string, next: string, expected: string])[] = [
  // Nothing is known of the producer: any sequence will do.
  ['', '0:0-9', 'new'],
  ['', '3:55-60', 'new'],
  // In sequence.
  ['0:0-9', '0:10-12', 'new'],
  [`0:5-${max}`, '0:0-3', 'new'],
  [`0:${max}-2`, '0:3-3', 'new'],
  // A gap, before and behind.
  ['0:0-9', '0:11-12', gap],
  ['0:0-9', '0:5-12', gap],
  ['0:0-9', '0:0-8', gap],
  ['0:0-9', `0:${max}-0`, gap],
  [`0:5-${max}`, '0:1-3', gap],
  // Repeated: each of the last five, not the one before.
  ['0:0-9', '0:0-9', '100-109'],
  ['0:0-9 0:10-19', '0:0-9', '100-109'],
  ['0:0-9 0:10-19', '0:10-19', '110-119'],
  [`0:${max}-2`, `0:${max}-2`, '100-103'],
  [five, '0:0-0', '100-100'],
  [five, '0:4-4', '104-104'],
  [`${five} 0:5-5`, '0:1-1', '101-101'],
  [`${five} 0:5-5`, '0:0-0', gap],
  // A new epoch begins at 0, an old one is over.
  ['1:0-9', '2:0-0', 'new'],
  ['1:0-9', '2:10-12', gap],
  ['1:0-9', '0:10-12', old],
  ['1:0-9', '0:0-9', old],
  ['1:0-9 2:0-4', '2:0-4', '110-114'],
  ['1:0-9 2:0-4', '1:0-9', old],
  // Part of a transaction until it ends.
  ['0:0-9t', '0:10-12t', 'new'],
  ['0:0-9t', '0:10-12', 'INVALID_TXN_STATE'],
]

for (const [before, next, expected] of cases) {
  test(`check() of ${next} after ${before || 'nothing'} gives ${expected}`, () => {
    assert.equal(outcome(after(before), next), expected)
  })
}

test('check() of a coordinator looks at the epoch, not at the sequence', () => {
  assert.equal(outcome(after('1:0-9'), '1:-1--1', 'coordinator'), 'new')
  assert.equal(outcome(after('1:0-9'), '0:-1--1', 'coordinator'), old)
  assert.equal(outcome(after('1:-1--1'), '1:-1--1', 'coordinator'), 'new')
})

test('a marker of a newer epoch makes sequences begin anew', () => {
  const states = after('0:0-9t')
  states.ended(marker(1, 'abort'), 110, 0)
  assert.equal(outcome(states, '0:10-12t'), old)
  assert.equal(outcome(states, '1:10-12t'), gap)
  assert.equal(outcome(states, '1:0-2t'), 'new')
})

test('a marker of the same epoch lets sequences go on', () => {
  const states = after('0:0-9t')
  states.ended(marker(0, 'commit'), 110, 0)
  assert.equal(outcome(states, '0:10-12t'), 'new')
  assert.equal(outcome(states, '0:0-9t'), '100-109')
})

test('checkMarker() refuses an old producer epoch and an old coordinator epoch', () => {
  const states = after('1:0-9t')
  states.ended(marker(1, 'commit', 5), 110, 0)
  const refuses = (value: TransactionMarker, errorName: string): void => {
    assert.throws(
      () => states.checkMarker(value),
      (error) => error instanceof LogError && error.errorName === errorName,
    )
  }
  refuses(marker(0, 'abort', 5), old)
  refuses(marker(1, 'abort', 4), 'TRANSACTION_COORDINATOR_FENCED')
  states.checkMarker(marker(1, 'abort', 5))
})

test('ended() gives the transaction, and nothing where none was open', () => {
  const states = after('0:0-9t 0:10-14t')
  assert.deepEqual(states.ended(marker(0, 'abort'), 115, 0), {
    result: 'abort',
    transaction: { producerId, firstOffset: 100, lastOffset: 115, lastStableOffset: 116 },
  })
  assert.equal(states.ended(marker(0, 'abort'), 116, 0), undefined)
})

test('lastStableOffset() stays before the first open transaction', () => {
  const states = after('0:0-9t')
  states.appended({ ...batch('0:0-4t'), producerId: 8 }, 110, 0)
  assert.equal(states.lastStableOffset(115), 100)
  const ended = states.ended(marker(0, 'commit'), 115, 0)
  assert.equal(ended?.transaction.lastStableOffset, 110)
  assert.equal(states.lastStableOffset(116), 110)
})

test('lastStableOffset() waits until the marker is below the high watermark', () => {
  const states = after('0:0-9t')
  states.ended(marker(0, 'commit'), 110, 0)
  assert.equal(states.lastStableOffset(105), 100)
  assert.equal(states.lastStableOffset(110), 100)
  assert.equal(states.lastStableOffset(111), 111)
})

test('settle() forgets transactions whose marker is below the high watermark', () => {
  const states = after('0:0-9t')
  states.ended(marker(0, 'commit'), 110, 0)
  states.settle(110)
  assert.equal(states.lastStableOffset(105), 100)
  states.settle(111)
  assert.equal(states.lastStableOffset(105), 105)
})

test('expire() forgets idle producers, but none with an open transaction', () => {
  const states = after('0:0-9')
  states.appended({ ...batch('0:0-4t'), producerId: 8 }, 110, 0)
  states.appended({ ...batch('0:0-4'), producerId: 9 }, 115, 50)
  states.expire(50)
  assert.deepEqual([...states.producers.keys()], [8, 9])
  assert.equal(outcome(states, '0:77-80'), 'new')
})

test('restore() brings back what producers gives', () => {
  const states = after('0:0-9t 0:10-14t')
  const restored = new ProducerStates()
  restored.restore(states.producers)
  assert.deepEqual(restored.producers, states.producers)
  assert.equal(restored.lastStableOffset(999), 100)
  assert.equal(outcome(restored, '0:0-9t'), '100-109')
})
