import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import {
  apiVersionsFrame,
  startHostileServer,
  untilClosed,
  type HostileServer,
} from './hostile-server.ts'

let hostile: HostileServer

before(async () => {
  hostile = await startHostileServer({ maxRequestBytes: 64 * 1024 })
})
after(() => hostile.close())

const end = '\r\n\r\n'
const local = 'Host: localhost'
const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='

/** What is sent, and the status that it is answered with; 0 for none. */
const cases: readonly (readonly [name: string, text: string, status: number])[] = [
  ['a path that is no URL', `GET // HTTP/1.1\r\n${local}${end}`, 404],
  ['a URL that is none', `GET http://[ HTTP/1.1\r\n${local}${end}`, 404],
  ['a path out of the root', `GET /../../etc/passwd HTTP/1.1\r\n${local}${end}`, 404],
  ['an encoded path out of the root', `GET /%2e%2e/%2e%2e/x HTTP/1.1\r\n${local}${end}`, 404],
  ['a path with a backslash', `GET /..\\..\\x HTTP/1.1\r\n${local}${end}`, 404],
  ['a path that is encoded twice', `GET /%252e%252e HTTP/1.1\r\n${local}${end}`, 404],
  ['a path with a line break', `GET /%0d%0aSet-Cookie:a=b HTTP/1.1\r\n${local}${end}`, 404],
  ['a host of somebody else', `GET /health HTTP/1.1\r\nHost: evil.example${end}`, 403],
  ['no host', `GET /health HTTP/1.0${end}`, 403],
  ['a host that is none', `GET /health HTTP/1.1\r\nHost: [${end}`, 403],
  ['a foreign origin', `GET / HTTP/1.1\r\n${local}\r\nOrigin: https://evil.example${end}`, 403],
  ['an origin of null', `GET / HTTP/1.1\r\n${local}\r\nOrigin: null${end}`, 403],
  ['a name that only begins right', `GET / HTTP/1.1\r\nHost: localhost.evil.example${end}`, 403],
  ['POST', `POST / HTTP/1.1\r\n${local}\r\nContent-Length: 0${end}`, 405],
  ['a method that there is none of', `BREW / HTTP/1.1\r\n${local}${end}`, 0],
  ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${local}${end}`, 0],
  ['the greeting of HTTP/2', `PRI * HTTP/2.0${end}SM${end}`, 400],
  ['a header without a name', `GET / HTTP/1.1\r\n: x${end}`, 400],
  ['a header with NUL', `GET / HTTP/1.1\r\nHost: localhost\0${end}`, 400],
  ['headers of 20 KiB', `GET / HTTP/1.1\r\n${local}\r\nX: ${'x'.repeat(20_000)}${end}`, 431],
  ['a path of 20 KiB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${local}${end}`, 431],
  [
    'two lengths of a body',
    `POST / HTTP/1.1\r\n${local}\r\nContent-Length: 5\r\nContent-Length: 6${end}`,
    400,
  ],
  [
    'a length and chunks',
    `POST / HTTP/1.1\r\n${local}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked${end}0${end}`,
    400,
  ],
  [
    'chunks that are none',
    `POST / HTTP/1.1\r\n${local}\r\nTransfer-Encoding: chunked${end}zz\r\n`,
    405,
  ],
  ['an upgrade of another path', `GET /x HTTP/1.1\r\n${local}\r\n${upgrade}\r\n${key}${end}`, 404],
  ['an upgrade of no path', `GET // HTTP/1.1\r\n${local}\r\n${upgrade}\r\n${key}${end}`, 404],
  [
    'an upgrade from elsewhere',
    `GET /kafka HTTP/1.1\r\n${local}\r\n${upgrade}\r\n${key}\r\nOrigin: https://evil.example${end}`,
    403,
  ],
  ['an upgrade without a key', `GET /kafka HTTP/1.1\r\n${local}\r\n${upgrade}${end}`, 400],
  [
    'an upgrade with a key that is none',
    `GET /kafka HTTP/1.1\r\n${local}\r\n${upgrade}\r\nSec-WebSocket-Key: x${end}`,
    400,
  ],
  [
    'an upgrade to something else',
    `GET /kafka HTTP/1.1\r\n${local}\r\nConnection: Upgrade\r\nUpgrade: h2c${end}`,
    426,
  ],
  ['the path of Kafka without an upgrade', `GET /kafka HTTP/1.1\r\n${local}${end}`, 426],
]

for (const [name, text, status] of cases) {
  test(`${name}: ${status === 0 ? 'the connection is closed' : status}`, async () => {
    const socket = await hostile.dial()
    const answered = untilClosed(socket)
    socket.write(text.replace(end, text.startsWith('GET / ') ? `\r\nConnection: close${end}` : end))
    // An answer that leaves the connection open is followed by the end of what we say.
    setTimeout(() => socket.end(), 10)
    const answer = (await answered).toString('latin1')
    const found = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
    assert.ok(
      status === 0 ? found === undefined || found === '400' : found === String(status),
      answer,
    )
    assert.ok(!/set-cookie/i.test(answer.split(end)[0]!), 'a header came from the request')
    await hostile.check()
  })
}

test('a refused upgrade whose client is gone ends nothing else', async () => {
  for (let round = 0; round < 20; round++) {
    const socket = await hostile.dial()
    socket.write(`GET /x HTTP/1.1\r\n${local}\r\n${upgrade}\r\n${key}${end}`)
    socket.resetAndDestroy()
  }
  await hostile.check()
})

test('two thousand headers are no more than those that fit', async () => {
  const socket = await hostile.dial()
  const many = Array.from({ length: 2000 }, (_, index) => `A${index}: b`).join('\r\n')
  socket.write(`GET /health HTTP/1.1\r\n${local}\r\n${many}${end}`)
  const answered = untilClosed(socket)
  setTimeout(() => socket.end(), 10)
  assert.match((await answered).toString(), /^HTTP\/1\.1 (200|431)/)
  await hostile.check()
})

async function webSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${hostile.port}/kafka`)
  await once(socket, 'open')
  return socket
}

/** Resolves with the code that the connection was closed with. */
async function closeCode(socket: WebSocket): Promise<number> {
  socket.on('error', () => {})
  const [code] = (await once(socket, 'close')) as [number]
  return code
}

test('a text message, a message that is too long, and one that is no request end a WebSocket', async () => {
  const messages: readonly (readonly [string | Uint8Array, number])[] = [
    ['text', 1002],
    [new Uint8Array(64 * 1024 + 1), 1009],
    [new Uint8Array(3), 1002],
    [new Uint8Array(0), 1002],
    [Buffer.from('7fff0000' + '00000001' + 'ffff', 'hex'), 1002],
  ]
  for (const [message, code] of messages) {
    const socket = await webSocket()
    socket.send(message)
    assert.equal(await closeCode(socket), code)
  }
  await hostile.check()
})

/** A frame of a WebSocket with a mask of zeros, as a client must mask what it sends. */
function frame(opcode: number, payload: Uint8Array, { isFinal = true } = {}): Buffer {
  const isShort = payload.length < 126
  const head = Buffer.alloc(isShort ? 6 : 8)
  head[0] = (isFinal ? 0x80 : 0) | opcode
  head[1] = 0x80 | (isShort ? payload.length : 126)
  if (!isShort) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}

async function rawWebSocket() {
  const socket = await hostile.dial()
  socket.write(`GET /kafka HTTP/1.1\r\n${local}\r\n${upgrade}\r\n${key}${end}`)
  const [head] = (await once(socket, 'data')) as [Buffer]
  assert.match(head.toString(), /^HTTP\/1\.1 101/)
  return socket
}

/** Frames that no client sends. */
const broken: Readonly<Record<string, Buffer>> = {
  'a frame without a mask': Buffer.from([0x82, 0x01, 0x00]),
  'a compressed frame': Buffer.concat([Buffer.from([0xc2, 0x80]), Buffer.alloc(4)]),
  'an opcode that there is none of': frame(3, new Uint8Array(1)),
  'a continuation of nothing': frame(0, new Uint8Array(1)),
  'a ping in pieces': frame(9, new Uint8Array(1), { isFinal: false }),
  'a ping of 126 bytes': frame(9, new Uint8Array(126)),
  'a length of 2⁶³': Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  'fragments that together are too long': Buffer.concat([
    frame(2, new Uint8Array(40_000), { isFinal: false }),
    frame(0, new Uint8Array(40_000)),
  ]),
}

for (const [name, bytes] of Object.entries(broken)) {
  test(`${name} ends a WebSocket`, async () => {
    const socket = await rawWebSocket()
    socket.write(bytes)
    await untilClosed(socket)
    await hostile.check()
  })
}

test('a message in a thousand fragments is one, with pings between them', async () => {
  const socket = await rawWebSocket()
  const message = apiVersionsFrame.subarray(4)
  const pings = Array.from({ length: 50 }, () => frame(9, new Uint8Array(0)))
  const empty = Array.from({ length: 1000 }, () => frame(0, new Uint8Array(0), { isFinal: false }))
  const all = [frame(2, message.subarray(0, 5), { isFinal: false }), ...pings, ...empty]
  const { promise: answered, resolve } = Promise.withResolvers<void>()
  let received = ''
  socket.on('data', (part: Buffer) => {
    received += part.toString('hex')
    if (received.startsWith('8a00'.repeat(50)) && received.includes('00000007')) resolve()
  })
  socket.write(Buffer.concat([...all, frame(0, message.subarray(5))]))
  await answered
  socket.destroy()
  await hostile.check()
})

test('thousands of pings at once end a WebSocket, as do thousands of fragments', async () => {
  const flood = (opcode: number, isFinal: boolean): Buffer[] =>
    Array.from({ length: 20_000 }, () => frame(opcode, new Uint8Array(0), { isFinal }))
  for (const bytes of [
    flood(9, true),
    [frame(2, new Uint8Array(1), { isFinal: false }), ...flood(0, false)],
  ]) {
    const socket = await rawWebSocket()
    socket.write(Buffer.concat(bytes))
    await untilClosed(socket)
  }
  await hostile.check()
})
