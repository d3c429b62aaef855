import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimeoutError } from '../client/failure/errors.ts'
import { ofError, ofPlace, ofRecord, ofRequest } from './attributes.ts'

test('ofRequest() has the address of a broker, and never a password', () => {
  const cases: readonly (readonly [broker: string, address?: string, port?: number])[] = [
    ['b1:9092', 'b1', 9092],
    ['10.0.0.1:9092', '10.0.0.1', 9092],
    ['::1:9092', '::1', 9092],
    ['http://localhost:9092', 'localhost', 9092],
    ['https://kafka.do', 'kafka.do'],
    ['https://id.secret@kafka.do:444/path', 'kafka.do', 444],
    ['http://[::1]:9092', '::1', 9092],
    ['memory:'],
    ['file:./data'],
  ]
  for (const [broker, address, port] of cases) {
    assert.deepEqual(
      ofRequest('Fetch', broker),
      {
        'kafka.api.name': 'Fetch',
        ...(address && { 'server.address': address }),
        ...(port && { 'server.port': port }),
      },
      broker,
    )
  }
})

test('ofError() has a code, else the name of the class', () => {
  assert.deepEqual(ofError(new TimeoutError('late')), { 'error.type': 'timeout' })
  assert.deepEqual(ofError(new RangeError('7')), { 'error.type': 'RangeError' })
  assert.deepEqual(ofError(Object.assign(new Error('no'), { code: 'ENOENT' })), {
    'error.type': 'ENOENT',
  })
  assert.deepEqual(ofError(Object.create(null)), { 'error.type': '_OTHER' })
  assert.deepEqual(ofError(undefined), {})
})

test('ofRecord() leaves out keys that are no text, and says what is a tombstone', () => {
  assert.deepEqual(ofRecord('ann', false), { 'messaging.kafka.message.key': 'ann' })
  assert.deepEqual(ofRecord(7, true), {
    'messaging.kafka.message.key': '7',
    'messaging.kafka.message.tombstone': true,
  })
  assert.deepEqual(ofRecord({ id: 7 }, false), {})
  assert.deepEqual(ofRecord(null, false), {})
})

test('ofPlace() leaves out what is not known', () => {
  assert.deepEqual(ofPlace(undefined), {})
  assert.deepEqual(ofPlace(0, -1), { 'messaging.destination.partition.id': '0' })
  assert.deepEqual(ofPlace(1, 0), {
    'messaging.destination.partition.id': '1',
    'messaging.kafka.offset': 0,
  })
})
