import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError, refusalOf } from './request-error.ts'

test('refusalOf() throws what is no refusal, but a bug', () => {
  assert.throws(() => refusalOf(new TypeError('a bug')), /a bug/)
})

test('RequestError has no stack, and leaves those of others as they are', () => {
  assert.equal(new RequestError('INVALID_REQUEST', 'no').stack, 'RequestError: no')
  assert.match(new Error('yes').stack!, /request-error\.test/)
})
