/**
 * The one port: tells from the first bytes of a connection whether a Kafka client or a browser is
 * calling, and hands it on accordingly.
 */

import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Address, FrameStream } from '../connection/frame.ts'
import { NodeTcpStream, plainBytes } from '../connection/node-tcp-stream.ts'
import type { Logger } from '../runtime/runtime.ts'
import type { TlsOptions } from './server-options.ts'
import { TlsDoor } from './tls-door.ts'

export interface PortOptions {
  /** `localhost` listens on every loopback address there is. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly maxFrameBytes: number
  /** Connections that say nothing for this long after they were opened are closed. */
  readonly firstBytesTimeoutMs: number
  readonly logger: Logger
  /** Certificate and key, where TLS is served as well. */
  readonly tls: TlsOptions | undefined
  readonly onKafka: (stream: FrameStream, ends: Ends) => void
  /** `socket` has the bytes read so far put back. */
  readonly onHttp: (socket: Socket) => void
}

/**
 * A connection that says nothing for so long is asked whether it is still there, and ended where
 * nobody answers: a laptop that was shut, or a phone in a tunnel, never says that it is gone.
 */
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 60_000 }

const methods = 'GET HEAD POST PUT DELETE OPTIONS PATCH CONNECT TRACE PRI'
  .split(' ')
  .map((method) => `${method} `)

/** The two ends of an accepted connection. */
export interface Ends {
  readonly remoteHost: string
  readonly dialled: Address
  /** Whether the connection is under TLS. */
  readonly isEncrypted: boolean
}

/** A listening port. */
export class Port {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #options: PortOptions
  readonly #tls: TlsDoor | undefined

  private constructor(options: PortOptions) {
    this.#options = options
    const { tls, logger } = options
    const onSecure = (socket: TLSSocket): void => this.#listenTo(socket, true)
    this.#tls = tls && new TlsDoor({ tls, logger, onSecure })
  }

  /** Starts listening. @throws where the port is taken or the host is not of this machine */
  static async listen(options: PortOptions): Promise<Port> {
    const port = new Port(options)
    if (options.host !== 'localhost') {
      await port.#listenOn(options.host, options.port)
      return port
    }
    // Some clients try ::1 first for `localhost`, others 127.0.0.1: be at home at both.
    await port.#listenOn('127.0.0.1', options.port)
    try {
      await port.#listenOn('::1', port.address.port)
    } catch (error) {
      // Whose port it is there would get clients of ours; one of many free ports has no name yet.
      if (options.port !== 0 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
        await port.close()
        throw error
      }
      options.logger.debug('not listening on ::1', { reason: String(error) })
    }
    return port
  }

  get address(): Address {
    const { address, port } = this.#servers[0]!.address() as AddressInfo
    return { host: address, port }
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#sockets.size
  }

  /** Shows another certificate from now on. @throws InvalidServerOptionError */
  reloadTls(tls: TlsOptions): void {
    this.#tls?.reload(tls)
  }

  /** Stops listening and cuts the connections that are open. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => once(server, 'close'))
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
  }

  async #listenOn(host: string, port: number): Promise<void> {
    const server = createServer(keepAlive, (socket) => this.#accept(socket))
    server.listen({ host, port, backlog: 4096 })
    await once(server, 'listening')
    this.#servers.push(server)
  }

  #accept(socket: Socket): void {
    this.#track(socket)
    this.#listenTo(socket, false)
  }

  #listenTo(socket: Socket, isEncrypted: boolean): void {
    const onTimeout = (): void => void socket.destroy()
    // A client that goes away before it has said anything is nobody's error.
    const onError = (): void => void socket.destroy()
    socket.setTimeout(this.#options.firstBytesTimeoutMs, onTimeout)
    socket.on('error', onError)
    socket.once('data', (first: Buffer) => {
      socket.setTimeout(0, onTimeout)
      const isTls = first[0] === 0x16 && (first.length === 1 || first[1] === 0x03)
      const isHttp = looksLikeHttp(first)
      if (!isTls && !isHttp) return this.#acceptKafka(socket, first, isEncrypted)
      if (isTls && (isEncrypted || !this.#tls)) return this.#refuseTls(socket)
      socket.off('error', onError)
      socket.pause()
      socket.unshift(first)
      if (isTls) this.#tls!.accept(socket)
      else this.#options.onHttp(socket)
    })
  }

  #refuseTls(socket: Socket): void {
    const facts = { peer: socket.remoteAddress }
    this.#options.logger.warn('connection closed: TLS is not set up on this port', facts)
    socket.destroy()
  }

  #acceptKafka(socket: Socket, first: Buffer, isEncrypted: boolean): void {
    const { maxFrameBytes, onKafka } = this.#options
    const ends = endsOf(socket, isEncrypted)
    const stream = new NodeTcpStream({ maxFrameBytes })
    // In this order: a bad first frame must find a socket to close.
    stream.attach(isEncrypted ? socket : this.#readIntoArena(socket, stream))
    onKafka(stream, ends)
    stream.push(plainBytes(first))
  }

  /**
   * Returns a socket for the same connection that reads into the stream's memory. Node offers this
   * for connections that it opens, not for those that it accepts, so the connection's handle is
   * moved to a new socket; where a runtime has no such handle, the socket stays as it is.
   */
  #readIntoArena(socket: Socket, stream: NodeTcpStream): Socket {
    const holder = socket as unknown as {
      _handle?: { readStop?: () => void; reading?: boolean } | null
    }
    const handle = holder._handle
    if (!handle?.readStop) return socket
    handle.readStop()
    // The new socket starts a handle that is not being read, and this is how it tells.
    handle.reading = false
    holder._handle = null
    const options = { handle, onread: stream.onread, allowHalfOpen: false }
    const moved = new Socket(options as ConstructorParameters<typeof Socket>[0])
    this.#track(moved)
    socket.destroy()
    return moved
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

/**
 * Kafka frames begin with a length, whose first byte is 0 for anything below 16 MiB. The first
 * bytes of a request of HTTP may come alone.
 */
function looksLikeHttp(first: Buffer): boolean {
  const text = first.toString('latin1', 0, 8)
  return methods.some((method) => text.startsWith(method) || method.startsWith(text))
}

function endsOf(socket: Socket, isEncrypted: boolean): Ends {
  return {
    isEncrypted,
    remoteHost: plainAddress(socket.remoteAddress ?? 'unknown'),
    dialled: { host: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 },
  }
}

/** Writes an IPv4 address that arrived on an IPv6 socket the way that everyone else does. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}
