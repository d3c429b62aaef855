import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { connect as connectTls, createServer as createTls, type TLSSocket } from 'node:tls'
import { isPooled, takeMemory } from '../bytes/pooled-memory.ts'
import { movedBytesOf, NodeTcpStream } from './node-tcp-stream.ts'

interface Pair {
  readonly stream: NodeTcpStream
  /** The other side's socket, which does not read yet. */
  readonly peer: Socket
}

async function connected(t: TestContext): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[peer]] = await Promise.all([accepted, once(socket, 'connect')])
  t.after(() => {
    socket.destroy()
    peer.destroy()
    server.close()
  })
  const stream = new NodeTcpStream({ maxFrameBytes: 100_000_000 })
  stream.attach(socket)
  stream.start({ onFrame() {}, onClose() {} })
  return { stream, peer }
}

/** Returns the frames that come until the connection ends. */
async function framesOf(peer: Socket): Promise<Buffer[]> {
  const chunks: Buffer[] = []
  peer.on('data', (chunk: Buffer) => chunks.push(chunk))
  peer.resume()
  await once(peer, 'end')
  const bytes = Buffer.concat(chunks)
  const frames: Buffer[] = []
  for (let position = 0; position < bytes.length;) {
    const end = position + 4 + bytes.readInt32BE(position)
    frames.push(bytes.subarray(position + 4, end))
    position = end
  }
  return frames
}

const filled = (length: number, value: number) => new Uint8Array(length).fill(value)

test('send() keeps frames of all sizes whole and in order, read at once or late', async (t) => {
  const { stream, peer } = await connected(t)
  const sizes = [3, 40_000, 0, 5_000, 100, 31_000, 8_000_000, 12, 20_000, 32_764, 32_765]
  for (const [index, size] of sizes.entries()) {
    stream.send([filled(size >> 1, index), filled(size - (size >> 1), index)])
    // Some leave together, others alone, most of them before the reader has begun.
    if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  stream.finish(new Error('all is said'))
  const frames = await framesOf(peer)
  assert.deepEqual(
    frames.map((frame) => frame.length),
    sizes,
  )
  for (const [index, frame] of frames.entries()) {
    assert.ok(
      frame.every((byte) => byte === index),
      `frame ${index}`,
    )
  }
})

test('send() counts what has not left, and gives pooled memory back once it has', async (t) => {
  const { stream, peer } = await connected(t)
  const large = takeMemory(1_000_000)
  const small = takeMemory(40_000)
  stream.send([small.subarray(0, 10)])
  assert.equal(stream.bufferedBytes, 4 + 10)
  await new Promise((resolve) => setImmediate(resolve))
  stream.send([large])
  assert.equal(stream.bufferedBytes, 4 + 1_000_000)
  assert.ok(isPooled(large))
  stream.finish(new Error('all is said'))
  assert.equal((await framesOf(peer)).length, 2)
  assert.equal(stream.bufferedBytes, 0)
  assert.deepEqual([isPooled(large), isPooled(small)], [false, false])
})

test('flush() has what was sent leave before others get their turn', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0)
  t.after(() => server.close())
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port)
  await once(socket, 'connect')
  const stream = new NodeTcpStream({ maxFrameBytes: 100 })
  stream.attach(socket)
  t.after(() => stream.close())
  stream.send([new Uint8Array(5)])
  stream.send([new Uint8Array(6)])
  assert.equal(stream.bufferedBytes, 4 + 5 + 4 + 6)
  stream.flush()
  assert.equal(stream.bufferedBytes, 0)
  stream.send([new Uint8Array(7)])
  assert.equal(stream.bufferedBytes, 4 + 7)
  await new Promise<void>((resolve) => process.nextTick(resolve))
  assert.equal(stream.bufferedBytes, 0)
})

test('of a peer that does not read it is told what waits, until it has read', async (t) => {
  const { stream, peer } = await connected(t)
  const behind: number[] = []
  const drained = Promise.withResolvers<void>()
  stream.start({
    onFrame() {},
    onClose() {},
    onBehind: (unsentBytes) => void behind.push(unsentBytes),
    onDrain: drained.resolve,
  })
  stream.send([filled(3, 0)])
  stream.flush()
  assert.deepEqual(behind, [])
  // More than the system takes by itself.
  const sizeBytes = 40_000_000
  stream.send([filled(sizeBytes, 1)])
  stream.flush()
  const { movedBytes } = stream
  assert.equal(behind.length, 1)
  assert.ok(behind[0]! > 0 && behind[0]! <= sizeBytes + 4, String(behind[0]))
  assert.ok(movedBytes < sizeBytes, 'what waits has not moved')
  peer.resume()
  await drained.promise
  assert.equal(stream.movedBytes, 3 + 4 + sizeBytes + 4)
})

const pem = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

test('with TLS, too, what is sent counts as moved when it leaves', async (t) => {
  const tls = createTls({ cert: pem('server'), key: pem('server-key') })
  // As the one port of a server does, which has looked at the first bytes.
  const server = createServer((socket) => {
    socket.once('data', (first: Buffer) => {
      socket.pause()
      socket.unshift(first)
      tls.emit('connection', socket)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const secured = once(tls, 'secureConnection') as Promise<[TLSSocket]>
  const { port } = server.address() as AddressInfo
  const peer = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const [[socket]] = await Promise.all([secured, once(peer, 'secureConnect')])
  t.after(() => {
    peer.destroy()
    socket.destroy()
    server.close()
  })
  const sizeBytes = 40_000_000
  const drained = once(socket, 'drain')
  socket.write(Buffer.alloc(sizeBytes))
  const seen = new Set<number>()
  peer.on('data', () => seen.add(movedBytesOf(socket)))
  await drained
  assert.ok(seen.size > 2, `${seen.size} counts`)
})
