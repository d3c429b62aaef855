import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { silentLogger } from '../runtime/runtime.ts'
import { Web, type WebOptions } from './web.ts'

/** Serves connections as the port hands them on, until the test ends. */
async function serving(
  context: TestContext,
  requestTimeoutMs: number,
  onKafka: WebOptions['onKafka'] = () => assert.fail('nobody speaks Kafka'),
) {
  const web = new Web({
    originRules: { allowedOrigins: [], isLoopback: true },
    maxFrameBytes: 1024,
    requestTimeoutMs,
    logger: silentLogger,
    health: () => ({ health: { status: 'ok' }, version: '1', uptimeMs: 0 }),
    status: () => assert.fail('nobody asks for it'),
    metrics: () => assert.fail('nobody asks for it'),
    bearer: { allowPlaintextAuth: false, userOf: async () => undefined },
    maySeeStatus: () => false,
    onKafka,
  })
  const accepted: Socket[] = []
  const door = createServer((socket) => {
    accepted.push(socket)
    web.accept(socket)
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  context.after(() => {
    web.close()
    door.close()
  })
  const { port } = door.address() as AddressInfo
  const address = { host: '127.0.0.1', port }
  return {
    accepted,
    address,
    /** Resolves with all that is answered to `text`, once the connection has ended. */
    async answerTo(text: string): Promise<string> {
      const socket: Socket = connect(address)
      socket.write(text, 'latin1')
      let answer = ''
      socket.on('data', (part: Buffer) => (answer += part.toString()))
      await once(socket, 'close')
      return answer
    },
  }
}

test('a request that does not come to its end is cut off, a second one, too', async (context) => {
  const web = await serving(context, 20)
  const begun = 'GET /health HTTP/1.1\r\nHost: localhost\r\n'
  assert.match(await web.answerTo(begun), /^HTTP\/1\.1 408 /)
  assert.match(await web.answerTo(`${begun}\r\n${begun}`), /^HTTP\/1\.1 200 .*HTTP\/1\.1 408 /s)
})

/** What Java's HttpClient says first, unless it is told not to. */
const toHttp2 =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' +
  'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n'

test('an upgrade that comes before an earlier answer ends its connection only', async (context) => {
  const web = await serving(context, 10_000)
  const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n'
  for (let time = 0; time < 2; time++) {
    assert.match(await web.answerTo(`${health}\r\n${health}${toHttp2}`), /^HTTP\/1\.1 200 /)
  }
})

test('an upgrade to anything but a WebSocket is ignored', async (context) => {
  const web = await serving(context, 10_000)
  const answer = await web.answerTo(`GET /health HTTP/1.1\r\nHost: localhost\r\n${toHttp2}`)
  assert.match(answer, /^HTTP\/1\.1 200 .*Connection: close.*"status":"ok"/s)
  assert.match(
    await web.answerTo(`GET /health HTTP/1.1\r\nHost: evil.example\r\n${toHttp2}`),
    /^HTTP\/1\.1 403 /,
  )
})

const toWebSocket =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

test('a WebSocket that is refused is gone, whether its client ends it or not', async (context) => {
  const web = await serving(context, 10_000)
  for (const what of ['/x HTTP/1.1', '/kafka HTTP/1.1\r\nAuthorization: Bearer a.b']) {
    const client = connect({ ...web.address, allowHalfOpen: true }).resume()
    context.after(() => client.destroy())
    client.write(`GET ${what}\r\nHost: localhost\r\n${toWebSocket}`)
    await once(client, 'end')
    const socket = web.accepted.at(-1)!
    if (!socket.closed) await once(socket, 'close')
  }
})

test('a WebSocket comes with the address that was dialled, without brackets', async (context) => {
  const dialled: unknown[] = []
  const web = await serving(context, 10_000, (stream, ends) => {
    dialled.push(ends.dialled)
    stream.close()
  })
  const closeFrame = '\x88\x80\0\0\0\0'
  for (const host of ['[::1]:1234', 'localhost']) {
    await web.answerTo(`GET /kafka HTTP/1.1\r\nHost: ${host}\r\n${toWebSocket}${closeFrame}`)
  }
  assert.deepEqual(dialled, [
    { host: '::1', port: 1234 },
    { host: 'localhost', port: 80 },
  ])
})
