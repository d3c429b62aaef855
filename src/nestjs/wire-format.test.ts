import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nestValue, readReply, replyAddress, replyMessage, requestHeaders } from './wire-format.ts'
import { toMessage } from './wire-format.ts'

const encoder = new TextEncoder()
const written = (value: unknown): unknown => nestValue.serialize(value)
const read = (text: string): unknown => nestValue.deserialize(encoder.encode(text))

test('nestValue writes text as it is, and all else as JSON', () => {
  assert.equal(written('plain'), 'plain')
  assert.equal(written({ id: 1 }), '{"id":1}')
  assert.equal(written(42), '42')
  assert.equal(written(new Date(0)), '1970-01-01T00:00:00.000Z')
  assert.deepEqual(written(new Uint8Array([1])), new Uint8Array([1]))
})

test('nestValue reads objects and arrays, and leaves text and bytes with a schema alone', () => {
  assert.deepEqual(read('{"id":1}'), { id: 1 })
  assert.deepEqual(read('[1]'), [1])
  assert.equal(read('42'), '42')
  assert.equal(read('{not JSON'), '{not JSON')
  assert.deepEqual(nestValue.deserialize(new Uint8Array([0, 1])), new Uint8Array([0, 1]))
})

test('toMessage() takes a value with a key for a message, and all else for a value', () => {
  assert.deepEqual(toMessage({ value: 1, key: 'a' }), { value: 1, key: 'a' })
  assert.deepEqual(toMessage({ value: 1, currency: 'EUR' }), {
    value: { value: 1, currency: 'EUR' },
  })
  assert.deepEqual(toMessage('text'), { value: 'text' })
  assert.deepEqual(toMessage(undefined), { value: null })
})

test('replyAddress() finds what requestHeaders() has written', () => {
  const address = { correlationId: 'id', topic: 'sum.reply', partition: 3 }
  const headers = requestHeaders({ trace: 't' }, address)
  assert.deepEqual(headers, [
    ['trace', 't'],
    ['kafka_correlationId', 'id'],
    ['kafka_replyTopic', 'sum.reply'],
    ['kafka_replyPartition', '3'],
  ])
  assert.deepEqual(
    replyAddress(Object.fromEntries(headers as [string, string][]) as Record<string, string>),
    address,
  )
  assert.equal(replyAddress({ trace: 't' }), undefined)
})

test('readReply() understands what replyMessage() has written', () => {
  const address = { correlationId: 'id', topic: 'sum.reply', partition: undefined }
  const replies = [
    { response: 1 },
    { response: null, isDisposed: true },
    { isDisposed: true },
    { err: { status: 'error', message: 'no' }, isDisposed: true },
    { err: 'no', isDisposed: true },
  ]
  const understood = replies.map((reply) => {
    const { value, headers } = replyMessage(reply, address)
    return readReply(Object.fromEntries(headers) as Record<string, string>, value)
  })
  assert.deepEqual(understood, [
    { correlationId: 'id', response: 1, isDisposed: false },
    { correlationId: 'id', response: null, isDisposed: true },
    { correlationId: 'id', isDisposed: true },
    { correlationId: 'id', err: { status: 'error', message: 'no' }, isDisposed: true },
    { correlationId: 'id', err: 'no', isDisposed: true },
  ])
  assert.equal(readReply({}, 1), undefined)
})
