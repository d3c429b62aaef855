import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { errorCodes, type ErrorName } from '../../protocol/error-codes.ts'
import { brokerError, deliveryFailures } from './delivery-errors.ts'
import { BrokerError } from './errors.ts'

test('brokerError() gives errors of delivery a class and a code of their own', () => {
  for (const [name, errorCode] of Object.entries(deliveryErrors)) {
    const error = brokerError('do something', { errorCode })
    assert.equal(error.kafkaName, name)
    assert.match(error.message, /^cannot do something: the broker answered \(/)
    if (error instanceof BrokerError) assert.equal(error.code, name.toLowerCase())
    else assert.equal(error.constructor, deliveryFailures.classes[name as ErrorName])
  }
})

test('brokerError() keeps facts, and what the broker said', () => {
  const error = brokerError('send', { errorCode: 10, errorMessage: 'over 1 MiB', topic: 'orders' })
  assert.equal(error.code, 'message_too_large')
  assert.equal(error.message, 'cannot send: over 1 MiB (MESSAGE_TOO_LARGE)')
  assert.equal(error.topic, 'orders')
  assert.equal('partition' in error, false)
  assert.equal(error.maybeApplied, false)
  assert.equal(brokerError('send', { errorCode: errorCodes.REQUEST_TIMED_OUT }).maybeApplied, true)
  assert.equal(
    brokerError('send', { errorCode: errorCodes.KAFKA_STORAGE_ERROR }).maybeApplied,
    true,
  )
  assert.match(brokerError('send', { errorCode: 999 }).message, /error code 999/)
})

test('brokerError() gives the number of an error that only administrators meet', () => {
  const error = brokerError('send', { errorCode: errorCodes.DELEGATION_TOKEN_EXPIRED })
  assert.equal(error.kafkaName, 'UNKNOWN_SERVER_ERROR')
  assert.equal(error.message, 'cannot send: the broker answered (error code 66)')
})

test('a BrokerError is retriable where Kafka says so', () => {
  const corrupt = brokerError('send', { errorCode: errorCodes.CORRUPT_MESSAGE })
  assert.deepEqual([corrupt.code, corrupt.retriable], ['corrupt_message', true])
  const invalid = brokerError('send', { errorCode: errorCodes.INVALID_RECORD })
  assert.deepEqual([invalid.code, invalid.retriable], ['invalid_record', false])
})
