import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClosedError, TimeoutError } from '../failure/errors.ts'
import { BatchPlaces } from './batch-places.ts'

const place = (offset: number) => ({ topic: 'orders', partition: 0, offset, timestamp: 0 })

test('take() gives the places in order, in whichever they came', async () => {
  const places = new BatchPlaces(2)
  places.stored(1, place(8))
  places.stored(0, place(7))
  await places.settled
  assert.deepEqual(places.take(), [place(7), place(8)])
})

test('a batch of none is settled', async () => {
  const places = new BatchPlaces(0)
  await places.settled
  assert.deepEqual(places.take(), [])
})

test('take() says which failed, and what else is where', async () => {
  const places = new BatchPlaces(3)
  const closed = new ClosedError('closed')
  places.stored(0, place(7))
  places.failed(2, closed)
  const late = new TimeoutError('late')
  places.failRest(late)
  // What comes after the end changes nothing.
  places.stored(1, place(8))
  await places.settled
  assert.throws(() => places.take(), {
    code: 'batch_incomplete',
    results: [{ metadata: place(7) }, { error: late }, { error: closed }],
  })
})

test('take() throws the error where all failed of the same', () => {
  const places = new BatchPlaces(2)
  const late = new TimeoutError('late')
  places.failRest(late)
  assert.throws(() => places.take(), late)
})

test('take() throws the error that says that its record may be stored, where any does', () => {
  const places = new BatchPlaces(2)
  places.failed(1, new TimeoutError('late'))
  places.failed(0, new TimeoutError('late', { maybeApplied: true }))
  assert.throws(() => places.take(), { code: 'timeout', maybeApplied: true })
})
