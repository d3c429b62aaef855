import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { brokerError } from '../failure/delivery-errors.ts'
import { ClosedError, DisconnectedError } from '../failure/errors.ts'
import { decide, type Decision, type FailedAttempt } from './delivery-decision.ts'

const kafka = (name: ErrorName) => brokerError('send', { errorCode: errorCodes[name] })

const usual: Omit<FailedAttempt, 'error'> = {
  isIdempotent: true,
  hasEarlier: false,
  maybeApplied: false,
  isLast: false,
}

test('decide() sends again what may pass, until it is the last attempt', () => {
  const passing = [
    kafka('NOT_LEADER_OR_FOLLOWER'),
    kafka('REQUEST_TIMED_OUT'),
    kafka('UNKNOWN_TOPIC_OR_PARTITION'),
    kafka('NOT_ENOUGH_REPLICAS'),
    kafka('KAFKA_STORAGE_ERROR'),
    new DisconnectedError('gone', { maybeApplied: true }),
  ]
  for (const error of passing) {
    assert.equal(decide({ ...usual, error }), 'retry')
    assert.equal(decide({ ...usual, error, isIdempotent: false }), 'retry')
    assert.equal(decide({ ...usual, error, isLast: true }), 'fail')
  }
})

test('decide() does not send again what cannot succeed', () => {
  const lasting = [
    kafka('MESSAGE_TOO_LARGE'),
    kafka('INVALID_RECORD'),
    kafka('TOPIC_AUTHORIZATION_FAILED'),
    kafka('UNKNOWN_SERVER_ERROR'),
    new ClosedError('closed'),
  ]
  for (const error of lasting) assert.equal(decide({ ...usual, error }), 'fail')
})

test('decide() knows a batch that is in the log already', () => {
  assert.equal(decide({ ...usual, error: kafka('DUPLICATE_SEQUENCE_NUMBER') }), 'stored')
})

// All inputs: whether an earlier batch is open, whether it may be stored, whether it is the last.
const sequenceTable: [boolean, boolean, boolean, Decision][] = [
  [false, false, false, 'renumber'],
  [false, false, true, 'fail-and-renumber'],
  [false, true, false, 'fail-and-renumber'],
  [false, true, true, 'fail-and-renumber'],
  [true, false, false, 'retry'],
  [true, false, true, 'retry'],
  [true, true, false, 'retry'],
  [true, true, true, 'retry'],
]

for (const name of [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
] as const) {
  test(`decide() never has a batch stored twice after ${name}`, () => {
    for (const [hasEarlier, maybeApplied, isLast, decision] of sequenceTable) {
      const attempt = { error: kafka(name), hasEarlier, maybeApplied, isLast }
      assert.equal(decide({ ...attempt, isIdempotent: true }), decision)
      assert.equal(decide({ ...attempt, isIdempotent: false }), 'fail')
    }
  })
}

test('decide() fails a batch of a transaction rather than number it anew', () => {
  const attempt = { ...usual, isTransactional: true }
  const outOfOrder = kafka('OUT_OF_ORDER_SEQUENCE_NUMBER')
  assert.equal(decide({ ...attempt, error: outOfOrder }), 'fail')
  assert.equal(decide({ ...attempt, error: outOfOrder, hasEarlier: true }), 'retry')
  const fenced = kafka('INVALID_PRODUCER_EPOCH')
  assert.equal(decide({ ...attempt, error: fenced, hasEarlier: true }), 'fail')
  assert.equal(decide({ ...attempt, error: kafka('CONCURRENT_TRANSACTIONS') }), 'retry')
})
