import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import { apiVersions } from './api-versions.ts'
import { readResponseHeader, writeRequestHeader, type RequestHeaderInput } from './client-header.ts'
import { heartbeat } from './heartbeat.ts'

function toHex(header: RequestHeaderInput): string {
  const writer = new ByteWriter()
  writeRequestHeader(writer, header)
  return Buffer.from(writer.finish()).toString('hex')
}

test('writeRequestHeader() ends with the client id before flexible versions', () => {
  const header = { api: heartbeat, version: 3, correlationId: 7, clientId: 'c' }
  assert.equal(toHex(header), '000c' + '0003' + '00000007' + '000163')
  assert.equal(toHex({ ...header, clientId: null }), '000c' + '0003' + '00000007' + 'ffff')
})

test('writeRequestHeader() adds tags in flexible versions, but keeps the long client id', () => {
  const header = { api: heartbeat, version: 4, correlationId: 7, clientId: 'c' }
  assert.equal(toHex(header), '000c' + '0004' + '00000007' + '000163' + '00')
})

test('readResponseHeader() leaves the reader at the body', () => {
  const cases = [
    { api: heartbeat, version: 3, hex: '00000007' + 'aa' },
    { api: heartbeat, version: 4, hex: '00000007' + '01' + '0001ff' + 'aa' },
    // Its header has no tags in any version (KIP-511).
    { api: apiVersions, version: 4, hex: '00000007' + 'aa' },
  ]
  for (const { api, version, hex } of cases) {
    const reader = new ByteReader(Buffer.from(hex, 'hex'))
    assert.equal(readResponseHeader(reader, api, version), 7)
    assert.equal(reader.bytes(1)[0], 0xaa)
  }
})
