import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError, refusalOf } from './request-error.ts'

test('refusalOf() cuts a message that quotes 32 KiB of the client, and no character in two', () => {
  const quoted = `x${'🙂'.repeat(20_000)}`
  const { errorMessage } = refusalOf(new RequestError('INVALID_REQUEST', quoted))
  assert.equal(errorMessage, `x${'🙂'.repeat(499)}…`)
  assert.equal(refusalOf(new RequestError('INVALID_REQUEST', 'short')).errorMessage, 'short')
})

test('refusalOf() throws what is no refusal, but a bug', () => {
  assert.throws(() => refusalOf(new TypeError('a bug')), /a bug/)
})

test('RequestError has no stack, and leaves those of others as they are', () => {
  assert.equal(new RequestError('INVALID_REQUEST', 'no').stack, 'RequestError: no')
  assert.match(new Error('yes').stack!, /request-error\.test/)
})
