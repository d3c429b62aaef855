import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, EndOfBytesError } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import { apiVersions } from './api-versions.ts'
import { heartbeat } from './heartbeat.ts'
import { readRequestHeader, writeResponseHeader } from './server-header.ts'

test('readRequestHeader() reads version 1 before flexible versions, version 2 in them', () => {
  const inflexible = new ByteReader(Buffer.from('000c0003' + '00000007' + '000163' + 'aa', 'hex'))
  assert.deepEqual(readRequestHeader(inflexible), {
    apiKey: 12,
    apiVersion: 3,
    correlationId: 7,
    clientId: 'c',
    flexible: false,
  })
  assert.equal(inflexible.bytes(1)[0], 0xaa)

  const tagged = '01' + '0001ff'
  const flexible = new ByteReader(
    Buffer.from('000c0004' + '00000007' + 'ffff' + tagged + 'aa', 'hex'),
  )
  assert.deepEqual(readRequestHeader(flexible), {
    apiKey: 12,
    apiVersion: 4,
    correlationId: 7,
    clientId: null,
    flexible: true,
  })
  assert.equal(flexible.bytes(1)[0], 0xaa)
})

test('readRequestHeader() reads up to the client id of an unknown API or version', () => {
  for (const unknown of ['000c' + '0063', '7fff' + '0000', 'ffff' + '0000', '0012' + '7fff']) {
    const reader = new ByteReader(Buffer.from(unknown + '00000007' + '000163', 'hex'))
    const header = readRequestHeader(reader)
    assert.deepEqual([header.correlationId, header.clientId, header.flexible], [7, 'c', false])
  }
})

test('readRequestHeader() refuses every truncation', () => {
  const whole = Buffer.from('000c0004' + '00000007' + '000163' + '00', 'hex')
  for (let length = 0; length < whole.length; length++) {
    const reader = new ByteReader(whole.subarray(0, length))
    assert.throws(() => readRequestHeader(reader), EndOfBytesError)
  }
})

test('writeResponseHeader() adds tags in flexible versions, but never for ApiVersions', () => {
  const headers = [
    { api: heartbeat, version: 3, hex: '00000007' },
    { api: heartbeat, version: 4, hex: '0000000700' },
    { api: apiVersions, version: 4, hex: '00000007' },
  ]
  for (const { api, version, hex } of headers) {
    const writer = new ByteWriter()
    writeResponseHeader(writer, api, version, 7)
    assert.equal(Buffer.from(writer.finish()).toString('hex'), hex)
  }
})
