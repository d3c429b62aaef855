import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import { groupErrors } from '../../protocol/group-errors.ts'
import { brokerError } from './delivery-errors.ts'
import { RebalanceInProgressError } from './errors.ts'
import { throwIfError } from './group-errors.ts'

test('throwIfError() knows what groups are answered with, and what producers are', () => {
  for (const [kafkaName, errorCode] of Object.entries({ ...deliveryErrors, ...groupErrors })) {
    if (errorCode === 0) throwIfError('join', { errorCode })
    else assert.throws(() => throwIfError('join', { errorCode }), { kafkaName })
  }
})

test('throwIfError() gives a member that has to join again a class of its own', () => {
  const answer = { errorCode: groupErrors.FENCED_MEMBER_EPOCH, group: 'g' }
  assert.throws(() => throwIfError('heartbeat', answer), RebalanceInProgressError)
  const passing = { errorCode: groupErrors.UNSTABLE_OFFSET_COMMIT }
  assert.throws(() => throwIfError('fetch offsets', passing), { retriable: true })
})

test('brokerError() gives the number of an error that only groups meet', () => {
  const error = brokerError('send', { errorCode: groupErrors.UNKNOWN_MEMBER_ID })
  assert.match(error.message, /error code 25/)
})
