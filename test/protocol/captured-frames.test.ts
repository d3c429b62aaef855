/**
 * Our tables against what real clients and Apache Kafka sent each other: each frame in
 * `test/fixtures/frames` is read, and comes out byte for byte when it is written again.
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { encodingOf } from '../../src/protocol/api.ts'
import { apiVersions } from '../../src/protocol/api-versions.ts'
import { readResponseHeader, writeRequestHeader } from '../../src/protocol/client-header.ts'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { apiByKey, type AnyApi } from '../../src/protocol/registry.ts'
import { readRequestHeader, writeResponseHeader } from '../../src/protocol/server-header.ts'

interface Exchange {
  readonly client: string
  readonly clientVersion: string
  readonly apiKey: number
  readonly apiName: string
  readonly version: number
  readonly request: string
  /** Empty or missing where the client wanted none. */
  readonly response?: string | null
}

/** What we have no tables for: share groups, and moves between disks. */
const unspoken = new Set([
  'AlterReplicaLogDirs',
  'AlterShareGroupOffsets',
  'DeleteShareGroupOffsets',
  'DescribeShareGroupOffsets',
  'ShareAcknowledge',
  'ShareFetch',
  'ShareGroupDescribe',
  'ShareGroupHeartbeat',
])

/** Requests that end with bytes which belong to nothing, as Kafka allows. */
const withExcessBytes = new Set(['librdkafka AlterUserScramCredentials v0'])

const folder = join(import.meta.dirname, '../fixtures/frames')
const exchanges: readonly Exchange[] = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as Exchange)

function labelOf({ client, apiName, version }: Exchange): string {
  return `${client} ${apiName} v${version}`
}

/** The API of an exchange, or `undefined` where it is one of those we do not speak. */
function apiOf({ apiKey, apiName }: Exchange): AnyApi | undefined {
  const api = apiByKey(apiKey)
  assert.ok(api ?? unspoken.has(apiName), `${apiName} has no table`)
  return api
}

test('there are captured frames of several clients', () => {
  const clients = new Set(exchanges.map(({ client }) => client))
  assert.ok(exchanges.length > 100 && clients.size > 3, `${exchanges.length} of ${clients.size}`)
})

test('captured requests are read, and written byte for byte', () => {
  for (const exchange of exchanges) {
    const api = apiOf(exchange)
    if (!api) continue
    const label = labelOf(exchange)
    const frame = Buffer.from(exchange.request, 'hex')
    const reader = new ByteReader(frame)
    const { apiVersion: version, correlationId, clientId } = readRequestHeader(reader)
    assert.equal(version, exchange.version, label)
    const encoding = encodingOf(api, version)
    const value = api.request.read(reader, encoding)
    assert.equal(reader.remaining > 0, withExcessBytes.has(label), `${label}: bytes left over`)

    const writer = new ByteWriter()
    writeRequestHeader(writer, { api, version, correlationId, clientId })
    api.request.write(writer, value, encoding)
    const expected = frame.subarray(0, reader.position).toString('hex')
    assert.equal(Buffer.from(writer.finish()).toString('hex'), expected, label)
  }
})

test('captured responses are read to their end, and written byte for byte', () => {
  for (const exchange of exchanges) {
    const api = apiOf(exchange)
    if (!api || !exchange.response) continue
    const label = labelOf(exchange)
    const reader = new ByteReader(Buffer.from(exchange.response, 'hex'))
    const correlationId = readResponseHeader(reader, api, exchange.version)
    const encoding = encodingOf(api, answeredVersion(api, exchange))
    const value = api.response.read(reader, encoding)
    assert.equal(reader.remaining, 0, label)

    const writer = new ByteWriter()
    writeResponseHeader(writer, api, exchange.version, correlationId)
    api.response.write(writer, value, encoding)
    assert.equal(Buffer.from(writer.finish()).toString('hex'), exchange.response, label)
  }
})

/** An ApiVersions request in a version that the broker lacks is answered in version 0 (KIP-511). */
function answeredVersion(api: AnyApi, { version, response }: Exchange): number {
  const errorAt = 4 * 2
  const errorCode = Number.parseInt(response!.slice(errorAt, errorAt + 4), 16)
  const isRefused = api.key === apiVersions.key && errorCode === errorCodes.UNSUPPORTED_VERSION
  return isRefused ? 0 : version
}
