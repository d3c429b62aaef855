import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes, errorName, isRetriable, type ErrorName } from './error-codes.ts'

test('errorCodes are 138 different ones, from -1 to 136 without a gap', () => {
  const codes = Object.values(errorCodes).sort((a, b) => a - b)
  assert.deepEqual(
    codes,
    Array.from({ length: 138 }, (_, index) => index - 1),
  )
})

test('errorName() is the inverse of errorCodes', () => {
  for (const [name, code] of Object.entries(errorCodes)) assert.equal(errorName(code), name)
})

test('errorName() takes a code that is newer than the list for an unknown error', () => {
  assert.equal(errorName(9999), 'UNKNOWN_SERVER_ERROR')
})

test('isRetriable() is what Kafka’s clients go by', () => {
  const retriable: ErrorName[] = [
    'NOT_LEADER_OR_FOLLOWER',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'CONCURRENT_TRANSACTIONS',
    'UNKNOWN_TOPIC_ID',
  ]
  // A consumer handles these by joining again, not by sending the same request.
  const final: ErrorName[] = [
    'NONE',
    'REBALANCE_IN_PROGRESS',
    'UNKNOWN_MEMBER_ID',
    'INVALID_REQUEST',
  ]
  for (const name of retriable) assert.equal(isRetriable(errorCodes[name]), true, name)
  for (const name of final) assert.equal(isRetriable(errorCodes[name]), false, name)
})
