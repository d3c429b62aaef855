import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import { WebSocket } from 'ws'
import { KafkaServer } from '../../src/server/server.ts'
import { textLogger } from '../../src/server/logger.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

let server: KafkaServer
let log = ''

before(async () => {
  const logger = textLogger('warn', (line) => (log += line))
  server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger })
})
after(() => server.close())

/** ApiVersions v0, correlation id 7, no client id. */
const apiVersionsRequest = Buffer.from('0000000a' + '0012' + '0000' + '00000007' + 'ffff', 'hex')

async function tcp(...bytes: Buffer[]): Promise<Socket> {
  const socket = connect(server.address.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  for (const part of bytes) socket.write(part)
  return socket
}

/** Resolves with the first answer on the connection; rejects where it ends without one. */
async function answerOn(socket: Socket): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  let all = Buffer.alloc(0)
  socket.on('data', (part: Buffer) => {
    all = Buffer.concat([all, part])
    if (all.length >= 4 && all.length >= 4 + all.readInt32BE(0)) resolve(all.subarray(4))
  })
  socket.on('close', () => reject(new Error('closed')))
  return promise
}

function client(): Kafka {
  const { host, port } = server.address
  return new Kafka({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING })
}

test('kafkajs produces to the port and reads it back in a group', async () => {
  const kafka = client()
  const producer = kafka.producer()
  await producer.connect()
  const messages = [{ key: 'k', value: 'a', headers: { h: 'x' } }, { value: 'b' }]
  await producer.send({ topic: 'orders', messages })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'g' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const received: (string | undefined)[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  await consumer.run({
    eachMessage: async ({ message }) => {
      received.push(message.value?.toString())
      if (received.length === 2) resolve()
    },
  })
  await promise
  await consumer.disconnect()
  assert.deepEqual(received, ['a', 'b'])
})

test('the same port answers HTTP: /health, the status page, and what is not there', async () => {
  const health = await fetch(`${server.url}/health`)
  assert.equal(((await health.json()) as { status: string }).status, 'ok')
  const page = await fetch(server.url)
  assert.match(await page.text(), /orders/)
  assert.equal((await fetch(`${server.url}/nothing`)).status, 404)
  assert.equal((await fetch(server.url, { method: 'POST', body: 'x' })).status, 405)
})

test('the same port speaks Kafka over WebSocket, one message a frame', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/kafka`)
  await once(socket, 'open')
  socket.send(apiVersionsRequest.subarray(4))
  const [answer] = (await once(socket, 'message')) as [Buffer]
  assert.equal(answer.readInt32BE(0), 7)
  socket.close()
  await once(socket, 'close')
})

test('a WebSocket of a page from elsewhere is refused, one of a local page is not', async () => {
  const url = `${server.url.replace('http', 'ws')}/kafka`
  const foreign = new WebSocket(url, { origin: 'https://evil.example' })
  const [error] = (await once(foreign, 'error')) as [Error]
  assert.match(error.message, /403/)
  const local = new WebSocket(url, { origin: 'http://localhost:3000' })
  await once(local, 'open')
  local.terminate()
})

test('a foreign name that leads to this machine is refused', async () => {
  const { host, port } = server.address
  const call = request({ host, port, headers: { host: 'evil.example' } }).end()
  const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }]
  response.resume()
  assert.equal(response.statusCode, 403)
})

const malformed: Readonly<Record<string, string>> = {
  'a negative length': 'ffffffff' + '00'.repeat(8),
  'a length over the limit': '7fffffff' + '00'.repeat(8),
  'an empty frame': '00000000',
  'a frame too short for a header': '00000003' + '001200',
  'an API that there is none of': '0000000a' + '7fff' + '0000' + '00000001' + 'ffff',
  'a cut-off body': '0000000e' + '0003' + '0001' + '00000001' + 'ffff' + '7fffffff',
  'a TLS hello': '160301020001000000',
}

for (const [name, hex] of Object.entries(malformed)) {
  test(`${name} closes its connection, says so in the log, and harms no other`, async () => {
    const other = await tcp()
    log = ''
    const bad = await tcp(Buffer.from(hex, 'hex'))
    bad.resume()
    await once(bad, 'close')
    assert.match(log, /connection closed/)
    other.write(apiVersionsRequest)
    assert.equal((await answerOn(other)).readInt32BE(0), 7)
    other.destroy()
  })
}

test('a frame may come in pieces, and several in one', async () => {
  const socket = await tcp()
  const answer = answerOn(socket)
  for (const byte of apiVersionsRequest) {
    socket.write(Uint8Array.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await answer).readInt32BE(0), 7)
  socket.destroy()
})

test('start() refuses options that can never work, naming them', async () => {
  const cases: readonly [object, RegExp][] = [
    [{ port: 70_000 }, /'port'/],
    [{ host: '0.0.0.0' }, /no API key yet.*kafka\.do key create --allow admin/],
    [{ host: '0.0.0.0', authentication: 'none' }, /'authentication'.*allowUnauthenticated/],
    [{ tls: { cert: 'none', key: 'none' } }, /'tls' must be a certificate and its key/],
    [{ advertise: 'nowhere' }, /'advertise' must be host:port/],
    [{ maxRequestBytes: 5 }, /'maxRequestBytes'/],
    [{ maxIdleMs: -1 }, /'maxIdleMs'/],
    [{ flush: 'never' }, /'flush'/],
    [{ defaultPartitions: 0 }, /'defaultPartitions'/],
  ]
  for (const [options, message] of cases) {
    const start = KafkaServer.start({ port: 0, dataFolder: 'memory:', ...options })
    await assert.rejects(start, { message })
  }
})

test('start() says so where the port is taken', async () => {
  const { port } = server.address
  const start = KafkaServer.start({ port, dataFolder: 'memory:' })
  await assert.rejects(start, { code: 'EADDRINUSE' })
})
