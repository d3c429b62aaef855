/**
 * Reads and writes again what real clients and Apache Kafka said to each other: see
 * `test/fixtures/frames/README.md`.
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ByteReader } from '../../src/bytes/reader.ts'
import { encode, encodingOf, hasTaggedResponseHeader, type Api } from '../../src/protocol/api.ts'
import { apiVersions } from '../../src/protocol/api-versions.ts'
import { readResponseHeader } from '../../src/protocol/client-header.ts'
import { apiByKey } from '../../src/protocol/registry.ts'
import { readRequestHeader } from '../../src/protocol/server-header.ts'

interface Capture {
  readonly client: string
  readonly clientVersion: string
  readonly apiKey: number
  readonly apiName: string
  readonly version: number
  readonly request: string
  readonly response: string
}

const folder = join(import.meta.dirname, '../fixtures/frames')
const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
const captures = files.flatMap((name) =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Capture),
)

/** APIs of share groups and of several log folders, which our tables leave out. */
const unknownKeys = new Set([34, 76, 77, 78, 79, 90, 91, 92])

// librdkafka ends this request with one byte for tagged fields more than it has structs.
const surplusBytes = new Map([['librdkafka AlterUserScramCredentials', 1]])

/** Reads `hex` with `codec` and asserts that writing what was read gives the same bytes. */
function assertSameBytes(codec: Api['request'], reader: ByteReader, rest: RestOf): void {
  const start = reader.position
  const value = codec.read(reader, rest.encoding)
  assert.equal(reader.remaining, rest.surplus, `${rest.what}: bytes left over`)
  const bytes = Buffer.from(rest.hex, 'hex').subarray(start, reader.position)
  const written = Buffer.from(encode(codec, value, rest.encoding))
  assert.equal(written.toString('hex'), bytes.toString('hex'), rest.what)
}

interface RestOf {
  readonly hex: string
  readonly encoding: ReturnType<typeof encodingOf>
  readonly surplus: number
  readonly what: string
}

function check(capture: Capture): void {
  const { client, apiKey, apiName, version, request, response } = capture
  const api = apiByKey(apiKey)
  assert.ok(api, `no table for ${apiName}`)
  assert.equal(api.name, apiName)
  const what = `${apiName} v${version} of ${client}`
  const encoding = encodingOf(api, version)

  const requestReader = new ByteReader(Buffer.from(request, 'hex'))
  const header = readRequestHeader(requestReader)
  assert.deepEqual([header.apiKey, header.apiVersion], [apiKey, version])
  const surplus = surplusBytes.get(`${client} ${apiName}`) ?? 0
  const requestFacts = { hex: request, encoding, surplus, what: `request of ${what}` }
  assertSameBytes(api.request, requestReader, requestFacts)

  const responseReader = new ByteReader(Buffer.from(response, 'hex'))
  assert.equal(readResponseHeader(responseReader, api, version), header.correlationId)
  assert.equal(responseReader.position, hasTaggedResponseHeader(api, version) ? 5 : 4)
  const responseFacts = { hex: response, encoding, surplus: 0, what: `response of ${what}` }
  assertSameBytes(api.response, responseReader, responseFacts)
}

const isNewer = ({ apiKey, version }: Capture) =>
  version > (apiByKey(apiKey)?.versions.max ?? Infinity)

for (const file of files) {
  const client = file.replace('.jsonl', '')
  test(`every table reads and writes the frames of ${client} byte for byte`, () => {
    const known = captures.filter(
      (capture) =>
        capture.client === client && !unknownKeys.has(capture.apiKey) && !isNewer(capture),
    )
    assert.ok(known.length > 30)
    for (const capture of known) check(capture)
  })
}

test('apiVersions.response reads the answer to a version that the broker does not know', () => {
  const newer = captures.filter((capture) => !unknownKeys.has(capture.apiKey) && isNewer(capture))
  assert.deepEqual(newer.map(({ client }) => client).sort(), ['franz-go', 'java'])
  for (const { response, version } of newer) {
    const reader = new ByteReader(Buffer.from(response, 'hex'))
    readResponseHeader(reader, apiVersions, version)
    const { errorCode, apiKeys } = apiVersions.response.read(reader, encodingOf(apiVersions, 0))
    assert.equal(errorCode, 35)
    assert.deepEqual(apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }])
    assert.equal(reader.remaining, 0)
  }
})
