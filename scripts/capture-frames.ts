/**
 * Captures what real clients and Apache Kafka say to each other, as fixtures for our codecs: runs
 * each client against Apache Kafka through a recording proxy, and writes one request with its
 * response for each API and version it used to `test/fixtures/frames/<client>.jsonl`.
 *
 * Needs Java 17, Maven, Go and Python. Clients can be named: `capture-frames.ts java kafkajs`.
 */

import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startApacheKafka } from '../test/support/apache-kafka.ts'
import {
  startRecordingProxy,
  type Exchange,
  type RecordingProxy,
} from '../test/support/recording-proxy.ts'
import { apiNames } from './capture-frames/api-names.ts'
import { capturedClients, type CapturedClient } from './capture-frames/clients.ts'

const fixtures = join(import.meta.dirname, '../test/fixtures/frames')
const clientTimeoutMs = 300_000
/** Frames above this size are kept only where there is no smaller one. */
const frameBytesWanted = 2000

const [username, password] = ['capture', 'capture-secret']

/** Clients authenticate, and may do everything: so those requests are captured too. */
const properties = {
  'listener.security.protocol.map': 'CLIENTS:SASL_PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'listener.name.clients.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.clients.plain.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
    `user_${username}="${password}";`,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': `User:ANONYMOUS;User:${username}`,
}

/** Runs a client to its end and returns the version it printed. */
async function runClient(client: CapturedClient, proxy: RecordingProxy): Promise<string> {
  const [program, ...args] = client.command
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: clientTimeoutMs,
    env: {
      ...process.env,
      ...client.env,
      BOOTSTRAP: `127.0.0.1:${proxy.port}`,
      SASL_USERNAME: username,
      SASL_PASSWORD: password,
    },
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const outcome = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  if (outcome !== 0) process.stderr.write(`${client.name} ended with ${String(outcome)}\n`)
  return printed.split('\n')[0] ?? ''
}

function zeroCount(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0)
}

/**
 * Whether `a` tells more than `b` of the same API and version. The largest response that is still
 * small tells most: refusals and empty answers are shorter than answers with content.
 */
function tellsMore(a: Exchange, b: Exchange): boolean {
  const size = ({ request, response }: Exchange) => Math.max(request.length, response.length)
  const [aFits, bFits] = [size(a) <= frameBytesWanted, size(b) <= frameBytesWanted]
  if (aFits !== bFits) return aFits
  if (!aFits) return size(a) < size(b)
  if (a.response.length !== b.response.length) return a.response.length > b.response.length
  if (a.request.length !== b.request.length) return a.request.length > b.request.length
  // Success is error code 0.
  return zeroCount(a.response) > zeroCount(b.response)
}

/** Returns one exchange for each API and version, in the order of both. */
function choose(exchanges: readonly Exchange[]): Exchange[] {
  const chosen = new Map<string, Exchange>()
  for (const exchange of exchanges) {
    const key = `${exchange.apiKey}v${exchange.version}`
    const rival = chosen.get(key)
    if (rival === undefined || tellsMore(exchange, rival)) chosen.set(key, exchange)
  }
  return [...chosen.values()].sort((a, b) => a.apiKey - b.apiKey || a.version - b.version)
}

function fixtureLine(client: CapturedClient, clientVersion: string, exchange: Exchange): string {
  const { apiKey, version, request, response } = exchange
  const apiName = apiNames[apiKey]
  if (apiName === undefined) throw new Error(`api-names.ts has no name for API ${apiKey}`)
  const facts = { client: client.name, clientVersion, apiKey, apiName, version }
  const frames = { request: request.toString('hex'), response: response.toString('hex') }
  return `${JSON.stringify({ ...facts, ...frames })}\n`
}

async function capture(client: CapturedClient, proxy: RecordingProxy): Promise<void> {
  proxy.take()
  const version = await runClient(client, proxy)
  const seen = proxy.take()
  const chosen = choose(seen)
  const lines = chosen.map((exchange) => fixtureLine(client, version, exchange))
  await writeFile(join(fixtures, `${client.name}.jsonl`), lines.join(''))
  process.stdout.write(
    `${client.name} ${version}: ${seen.length} exchanges, kept ${chosen.length}\n`,
  )
}

const names = process.argv.slice(2)
const clients = capturedClients.filter(({ name }) => names.length === 0 || names.includes(name))
for (const client of clients) await client.prepare()

await mkdir(fixtures, { recursive: true })
let brokerPort = 0
const proxy = await startRecordingProxy(() => ({ host: '127.0.0.1', port: brokerPort }))
const kafka = await startApacheKafka({ advertisedPort: proxy.port, properties })
brokerPort = Number(kafka.bootstrap.split(':')[1])
try {
  for (const client of clients) await capture(client, proxy)
} finally {
  await proxy.close()
  await kafka.stop()
}
