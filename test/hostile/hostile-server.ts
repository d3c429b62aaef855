/** A listening server for bad clients, and what must be true of it after each of them. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Logger } from '../../src/runtime/runtime.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'
import { KafkaServer } from '../../src/server/server.ts'

export interface HostileServer {
  readonly server: KafkaServer
  readonly port: number
  /** Lines of its log that say that something of the server itself went wrong. */
  readonly errors: string[]
  /** Opens a connection, on which nothing that happens is an error of the test. */
  dial(): Promise<Socket>
  /** Fails where a new connection is not served, or the server has blamed itself. */
  check(): Promise<void>
  close(): Promise<void>
}

/** ApiVersions v0, correlation id 7, no client id. */
export const apiVersionsFrame = Buffer.from(
  '0000000a' + '0012' + '0000' + '00000007' + 'ffff',
  'hex',
)

export async function startHostileServer(options: ServerOptions = {}): Promise<HostileServer> {
  const errors: string[] = []
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (message, facts) => void errors.push(`${message} ${JSON.stringify(facts)}`),
  }
  const server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger, ...options })
  const { port } = server.address
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return {
    server,
    port,
    errors,
    dial,
    async check() {
      const socket = await dial()
      socket.write(apiVersionsFrame)
      assert.equal((await nextFrame(socket)).readInt32BE(0), 7)
      socket.destroy()
      assert.deepEqual(errors, [])
    },
    close: () => server.close(),
  }
}

/** Returns the first frame that comes, without its length. Rejects where the connection ends. */
export async function nextFrame(socket: Socket): Promise<Buffer> {
  const [frame] = await frames(socket, 1)
  if (!frame) throw new Error('the connection has ended without an answer')
  return frame
}

/** Returns the next `count` frames, or fewer where the connection ends. */
export function frames(socket: Socket, count: number): Promise<Buffer[]> {
  const { promise, resolve } = Promise.withResolvers<Buffer[]>()
  const found: Buffer[] = []
  let received: Buffer = Buffer.alloc(0)
  const take = (part: Buffer): void => {
    received = Buffer.concat([received, part])
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const end = 4 + received.readInt32BE(0)
      found.push(received.subarray(4, end))
      received = received.subarray(end)
      if (found.length === count) done()
    }
  }
  const done = (): void => {
    socket.off('data', take)
    socket.off('close', done)
    resolve(found)
  }
  socket.on('data', take)
  socket.on('close', done)
  if (socket.destroyed) done()
  return promise
}

/** Resolves with all that comes, when the other side has closed the connection. */
export async function untilClosed(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  // A reset is an end like any other, so nobody asks for errors here.
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve))
  return Buffer.concat(parts)
}

export function framed(message: Uint8Array | string): Buffer {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'hex') : message
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(bytes.length)
  return Buffer.concat([prefix, bytes])
}
