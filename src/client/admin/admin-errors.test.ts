import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '../../protocol/error-codes.ts'
import { BrokerError } from '../failure/errors.ts'
import { brokerError, throwIfError } from './admin-errors.ts'

test('brokerError() gives every error of the protocol its name', () => {
  for (const [name, errorCode] of Object.entries(errorCodes)) {
    const error = brokerError('do something', { errorCode })
    assert.equal(error.kafkaName, name)
    assert.equal(error.message, `cannot do something: the broker answered (${name})`)
    if (error instanceof BrokerError) assert.equal(error.code, name.toLowerCase())
  }
})

test('throwIfError() throws what is retriable where Kafka says so', () => {
  throwIfError('create', { errorCode: 0 })
  const created = { errorCode: errorCodes.TOPIC_ALREADY_EXISTS, topic: 'orders' }
  const facts = { code: 'topic_already_exists', retriable: false, topic: 'orders' }
  assert.throws(() => throwIfError('create', created), facts)
  const elected = { errorCode: errorCodes.ELECTION_NOT_NEEDED }
  assert.throws(() => throwIfError('elect', elected), { retriable: true })
})
