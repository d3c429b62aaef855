import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import kafkajs from 'kafkajs'
import { WebSocket } from 'ws'
import { withFolder } from '../../src/server/offline.ts'
import type { KafkaOptions } from '../../src/client/settings/kafka-options.ts'
import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'tls')
const pem = (name: string): string => readFileSync(join(fixtures, `${name}.pem`), 'utf8')
const tls = { cert: pem('server'), key: pem('server-key') }
const ca = pem('ca')

const folder = mkdtempSync(join(tmpdir(), 'kafka-do-security-'))
let server: KafkaServer
const rootKey = 'root.secret'

before(async () => {
  await withFolder(folder, ({ admin }) => {
    return admin.alterScramCredentials([
      { user: 'ann', password: 'se=c,ret' },
      { user: 'root', password: 'secret' },
    ])
  })
  server = await start()
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

function start(): Promise<KafkaServer> {
  return KafkaServer.start({
    port: 0,
    dataFolder: folder,
    authentication: 'required',
    superUsers: ['ann', 'root'],
    tls,
    logger: silentLogger,
  })
}

const at = (scheme: string): string => `${scheme}://localhost:${server.address.port}`
const asAnn = (mechanism: 'PLAIN' | 'SCRAM-SHA-256') =>
  ({ sasl: { mechanism, username: 'ann', password: 'se=c,ret' } }) as const

async function withClient<Result>(
  options: KafkaOptions,
  work: (kafka: Kafka) => Promise<Result>,
): Promise<Result> {
  const trust = /^\w+s:/.test(options.url!) ? { tls: { ca } } : {}
  const kafka = new Kafka({ ...trust, retries: 0, timeout: '10s', ...options })
  try {
    return await work(kafka)
  } finally {
    await kafka.close()
  }
}

const describe = (options: KafkaOptions): Promise<string> =>
  withClient(options, async ({ admin }) => (await admin.describeCluster()).id)

test('one port takes Kafka and WebSocket clients, with TLS and without', async () => {
  for (const scheme of ['kafka', 'kafkas', 'http', 'https']) {
    const url = at(scheme)
    for (const credentials of [asAnn('PLAIN'), asAnn('SCRAM-SHA-256'), { apiKey: rootKey }]) {
      assert.ok(await describe({ url, ...credentials }), scheme)
    }
    await assert.rejects(describe({ url, apiKey: 'ann.wrong' }), { code: 'unauthorized' }, scheme)
    // Over TCP the connection is closed without a word, as by Apache Kafka.
    const refusal = scheme.startsWith('http')
      ? {
          code: 'unauthorized',
          retriable: false,
          message: /an API key is needed.*KAFKA_DO_API_KEY/,
        }
      : { code: 'disconnected' }
    await assert.rejects(describe({ url }), refusal, scheme)
  }
})

test('a certificate of an authority that is not trusted is refused', async () => {
  for (const scheme of ['kafkas', 'https']) {
    const client = describe({ url: at(scheme), tls: {}, ...asAnn('PLAIN') })
    await assert.rejects(client, { code: 'disconnected', message: /certificate/ }, scheme)
  }
})

test('a client that is told whom to trust does not connect without TLS', async () => {
  for (const scheme of ['kafka', 'http']) {
    const client = describe({ url: at(scheme), tls: { ca }, ...asAnn('PLAIN') })
    await assert.rejects(client, { code: 'invalid_option', option: 'tls' }, scheme)
  }
})

test('kafkajs authenticates by each mechanism, under TLS', async () => {
  for (const mechanism of ['plain', 'scram-sha-256'] as const) {
    const client = new kafkajs.Kafka({
      brokers: [`localhost:${server.address.port}`],
      ssl: { ca: [ca] },
      sasl: { mechanism, username: 'ann', password: 'se=c,ret' } as never,
      logLevel: kafkajs.logLevel.NOTHING,
    })
    const admin = client.admin()
    await admin.connect()
    assert.ok((await admin.describeCluster()).brokers.length === 1)
    await admin.disconnect()
  }
})

test('TLS before version 1.2 is refused, and nonsense after a hello', async () => {
  const { port } = server.address
  const ancient = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const
  const old = connectTls({ port, ca, ciphers: 'DEFAULT@SECLEVEL=0', ...ancient })
  await assert.rejects(once(old, 'secureConnect'), /protocol version/)
  const socket = connectTcp(port, '127.0.0.1')
  socket.write(Buffer.concat([Buffer.of(0x16, 0x03), Buffer.alloc(100, 0x47)]))
  socket.on('error', () => socket.destroy())
  socket.resume()
  await once(socket, 'close')
  assert.ok(await describe({ url: at('kafkas'), ...asAnn('PLAIN') }))
})

test('requestCert wants a certificate of the authority from every client', async () => {
  const strict = await KafkaServer.start({
    port: 0,
    dataFolder: 'memory:',
    tls: { ...tls, ca, requestCert: true },
    logger: silentLogger,
  })
  try {
    for (const scheme of ['kafkas', 'https']) {
      const url = `${scheme}://localhost:${strict.address.port}`
      const own = { ca, cert: pem('client'), key: pem('client-key') }
      assert.ok(await describe({ url, tls: own }), scheme)
      await assert.rejects(describe({ url, timeout: '3s' }), { code: 'disconnected' }, scheme)
    }
  } finally {
    await strict.close()
  }
})

test('reloadTls() shows another certificate, and keeps the old one where the new is none', async () => {
  const subject = async (): Promise<unknown> => {
    const socket = connectTls({ port: server.address.port, ca, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return CN
  }
  assert.equal(await subject(), 'localhost')
  server.reloadTls({ cert: pem('client'), key: pem('client-key') })
  assert.equal(await subject(), 'client')
  assert.throws(() => server.reloadTls({ cert: 'none', key: 'none' }), /'tls'/)
  assert.equal(await subject(), 'client')
  server.reloadTls(tls)
  assert.equal(await subject(), 'localhost')
})

/** Asks for a page; returns the status, and what it says of how to authenticate. */
async function page(path: string, authorization?: string) {
  const headers = authorization === undefined ? {} : { authorization }
  const request = get({ port: server.address.port, path, ca, headers, servername: 'localhost' })
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  response.resume()
  return [response.statusCode, response.headers['www-authenticate']]
}

test('the status page is for keys that may see the cluster, /health for everybody', async () => {
  const challenge = 'Bearer realm="kafka.do"'
  assert.deepEqual(await page('/health'), [200, undefined])
  assert.deepEqual(await page('/'), [401, challenge])
  assert.deepEqual(await page('/', `Bearer ${rootKey}`), [200, undefined])
  for (const header of ['Bearer', 'Bearer x', 'Bearer ann.', 'Basic YW5uOmFubg==', 'Bearer a.b']) {
    assert.deepEqual(await page('/', header), [401, challenge], header)
  }
})

test('a WebSocket with a key in its header is authenticated, and one with a wrong key refused', async () => {
  const url = `${at('wss')}/kafka`
  const open = new WebSocket(url, { ca, headers: { authorization: `Bearer ${rootKey}` } })
  await once(open, 'open')
  // ListTopics of Metadata version 0, which no stranger gets an answer to.
  open.send(Buffer.from('0003' + '0000' + '00000007' + 'ffff' + '00000000', 'hex'))
  const [answer] = (await once(open, 'message')) as [Buffer]
  assert.equal(answer.readInt32BE(0), 7)
  open.terminate()
  const refused = new WebSocket(url, { ca, headers: { authorization: 'Bearer ann.wrong' } })
  const [error] = (await once(refused, 'error')) as [Error]
  assert.match(error.message, /401/)
})

test('a stranger may send no large message, over TCP or WebSocket', async () => {
  const { port } = server.address
  const socket = connectTcp(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(512 * 1024 + 1)
  socket.write(Buffer.concat([prefix, Buffer.from('00120003', 'hex')]))
  await once(socket, 'close')

  const web = new WebSocket(`ws://localhost:${port}/kafka`)
  web.on('error', () => web.terminate())
  await once(web, 'open')
  web.send(Buffer.alloc(2 * 1024 * 1024))
  await once(web, 'close')
  const known = { url: at('http'), ...asAnn('PLAIN') }
  const sent = await withClient(known, (kafka) => kafka.produce('large', 'x'.repeat(900_000)))
  assert.equal(sent.offset, 0)
})

test('a client renews its session before it ends, amid its requests', async () => {
  const short = await KafkaServer.start({
    port: 0,
    dataFolder: mkdtempSync(join(folder, 'short-')),
    maxReauthMs: 3000,
    logger: silentLogger,
  })
  try {
    const url = short.url.replace('http', 'kafka')
    await withClient({ url }, ({ admin }) => {
      return admin.alterScramCredentials([{ user: 'ann', password: 'se=c,ret' }])
    })
    await withClient({ url, ...asAnn('SCRAM-SHA-256') }, async (kafka) => {
      const producer = kafka.producer('renewed')
      const untilMs = performance.now() + 3300
      let count = 0
      // None is sent again: a session that ends takes some with it.
      while (performance.now() < untilMs) {
        await Promise.all([producer.send(count++), producer.send(count++), producer.send(count++)])
      }
      const [end] = await kafka.admin.listOffsets('renewed')
      assert.equal(end?.offset, count)
    })
  } finally {
    await short.close()
  }
})

test('a server that nobody could connect to does not start, and says what to do', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'kafka-do-empty-'))
  const started = KafkaServer.start({ port: 0, dataFolder: empty, authentication: 'required' })
  await assert.rejects(started, /make the first with: kafka\.do key create --allow admin/)
  rmSync(empty, { recursive: true })
})
