/**
 * The part of the port that speaks HTTP: `/health`, `/metrics`, a status page, and Kafka over
 * WebSocket.
 */

import { createServer, ServerResponse, STATUS_CODES } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
import type { FrameStream } from '../connection/frame.ts'
import type { AuthenticatedUser } from '../connection/request-handler.ts'
import { webSocketPath } from '../connection/web-socket-dialer.ts'
import type { Logger } from '../runtime/runtime.ts'
import { systemGiveWay } from '../runtime/system-runtime.ts'
import { checkBearer, type BearerRules, type Refusal } from './bearer.ts'
import { exposition, expositionType, type Metric } from './exposition.ts'
import { httpStatusOf, type Health } from './health.ts'
import { isLoopbackHost, originProblem, type OriginRules } from './origin.ts'
import { plainAddress, type Ends } from './port.ts'
import { statusPage, type Status } from './status-page.ts'
import { AcceptedWebSocket } from './web-socket-stream.ts'

export interface WebOptions {
  readonly originRules: OriginRules
  readonly maxFrameBytes: number
  /** A request that is not all there after this time is refused; it may take twice as long. */
  readonly requestTimeoutMs: number
  readonly logger: Logger
  readonly health: () => { readonly health: Health } & Pick<Status, 'version' | 'uptimeMs'>
  readonly status: () => Status
  readonly metrics: () => readonly Metric[]
  readonly bearer: BearerRules
  /** Returns whether somebody may see what the status page and the metrics show. */
  readonly maySeeStatus: (user: AuthenticatedUser | undefined, host: string) => boolean
  readonly onKafka: (stream: FrameStream, ends: Ends, user: AuthenticatedUser | undefined) => void
}

/** What is shown at one path. */
type Page = (response: ServerResponse) => void | Promise<void>

export class Web {
  readonly #options: WebOptions
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  readonly #pages: ReadonlyMap<string, Page>

  constructor(options: WebOptions) {
    this.#options = options
    const { requestTimeoutMs, status, metrics } = options
    this.#pages = new Map<string, Page>([
      ['/', (response) => send(response, 200, 'text/html', statusPage(status()))],
      ['/metrics', (response) => sendParts(response, expositionType, exposition(metrics()))],
    ])
    const limits = {
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs,
    }
    this.#http = createServer(limits, (request, response) => this.#answer(request, response))
    // Node begins to look for requests that are late when it listens, which the port does for it.
    this.#http.emit('listening')
    this.#http.on('upgrade', (request, socket, head) => {
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
        return this.#ignoreUpgrade(request, socket as Socket)
      }
      this.#upgrade(request, socket as Socket, head).catch((error: unknown) => {
        options.logger.error('a WebSocket could not be accepted', { error })
        socket.destroy()
      })
    })
    this.#webSockets = new WebSocketServer({
      noServer: true,
      // Compressed messages can be bombs, and batches are compressed already.
      perMessageDeflate: false,
      maxPayload: options.maxFrameBytes,
    })
  }

  /** Serves HTTP on a connection that the port has accepted. */
  accept(socket: Socket): void {
    this.#http.emit('connection', socket)
    socket.resume()
  }

  close(): void {
    for (const socket of this.#webSockets.clients) socket.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const problem = originProblem(request.headers, this.#options.originRules)
    if (problem !== undefined) return send(response, 403, 'text/plain', `${problem}\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(response, 405, 'text/plain', 'only GET and HEAD are served here\n')
    }
    const pathname = pathOf(request)
    if (pathname === '/health') {
      const { health, version, uptimeMs } = this.#options.health()
      const text = JSON.stringify({ ...health, version, uptimeMs: Math.round(uptimeMs) })
      return send(response, httpStatusOf(health), 'application/json', `${text}\n`)
    }
    const page = this.#pages.get(pathname)
    if (page) {
      return void this.#show(page, request, response).catch((error: unknown) => {
        // Who asked for it has gone, which is nobody's error.
        if (response.destroyed) return
        this.#options.logger.error('a page could not be shown', { pathname, error })
        response.destroy()
      })
    }
    if (pathname === webSocketPath) {
      return send(response, 426, 'text/plain', 'this path speaks Kafka over WebSocket\n')
    }
    send(response, 404, 'text/plain', `there is nothing at ${pathname.slice(0, 200)}\n`)
  }

  /** Shows `page` to those who may see what is in the cluster. */
  async #show(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { bearer, maySeeStatus } = this.#options
    const { remoteHost, isEncrypted } = endsOf(request, request.socket)
    const isPrivate = isEncrypted || isLoopbackHost(remoteHost)
    const { user, refusal } = await checkBearer(request.headers.authorization, isPrivate, bearer)
    if (refusal) return refuse(response, refusal)
    if (maySeeStatus(user, remoteHost)) return page(response)
    if (user) return refuse(response, { status: 403, why: 'this API key may not see the cluster' })
    refuse(response, { status: 401, why: 'send an API key: Authorization: Bearer <id>.<secret>' })
  }

  /** Answers as if nothing but HTTP had been asked for: Java's client would like HTTP/2 (h2c). */
  #ignoreUpgrade(request: IncomingMessage, socket: Socket): void {
    socket.on('error', () => socket.destroy())
    const response = new ServerResponse(request)
    // Node does not read from the connection any more.
    response.shouldKeepAlive = false
    try {
      response.assignSocket(socket)
    } catch {
      // An earlier answer has the connection still: who asks before it is there gets no other.
      socket.destroySoon()
      return
    }
    response.on('finish', () => socket.destroySoon())
    this.#answer(request, response)
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Node has taken its own listeners away, and an error that nobody hears of ends the process.
    socket.on('error', () => socket.destroy())
    const problem = originProblem(request.headers, this.#options.originRules)
    const pathname = pathOf(request)
    if (problem !== undefined || pathname !== webSocketPath) {
      const facts = {
        peer: socket.remoteAddress,
        reason: problem ?? `no WebSocket at ${pathname.slice(0, 200)}`,
      }
      this.#options.logger.warn('WebSocket refused', facts)
      const status = problem === undefined ? '404 Not Found' : '403 Forbidden'
      endWith(socket, `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
      return
    }
    const ends = endsOf(request, socket)
    const isPrivate = ends.isEncrypted || isLoopbackHost(ends.remoteHost)
    // Browsers cannot send the header: there, SASL follows inside the WebSocket.
    const { authorization } = request.headers
    const { user, refusal } = await checkBearer(authorization, isPrivate, this.#options.bearer)
    if (refusal) {
      const { status, why } = refusal
      this.#options.logger.warn('WebSocket refused', { peer: ends.remoteHost, reason: why })
      const name = STATUS_CODES[status]!
      endWith(socket, `HTTP/1.1 ${status} ${name}\r\nConnection: close\r\n${challenge}\r\n`)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#options.onKafka(new AcceptedWebSocket(webSocket, socket), ends, user)
    })
  }
}

/** Ends a connection that nobody reads from any more, and so would not hear the end of. */
function endWith(socket: Socket, answer: string): void {
  socket.end(answer, () => socket.destroy())
}

/** Returns the path of a request without its query; what is no path is none that we know. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return url.replace(/[?#].*$/s, '')
}

/** The address that a browser dialled is in its `Host`, whatever stands between it and us. */
function endsOf(request: IncomingMessage, socket: Socket): Ends {
  const host = `http://${request.headers.host ?? ''}`
  const local = { hostname: socket.localAddress ?? '', port: String(socket.localPort ?? 0) }
  const dialled = URL.canParse(host) ? new URL(host) : local
  const isEncrypted = 'encrypted' in socket
  // In a URL an IPv6 address has brackets, which are not a part of it.
  const name = dialled.hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    remoteHost: plainAddress(socket.remoteAddress ?? 'unknown'),
    dialled: { host: name, port: Number(dialled.port || (isEncrypted ? 443 : 80)) },
    isEncrypted,
  }
}

const challenge = 'WWW-Authenticate: Bearer realm="kafka.do"\r\n'

function refuse(response: ServerResponse, { status, why }: Refusal): void {
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="kafka.do"')
  send(response, status, 'text/plain', `${why}\n`)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.setHeader('content-length', Buffer.byteLength(body))
  response.writeHead(status, headersOf(type))
  response.end(body)
}

/** Sends what may be long and takes time to make: others have their turn in between. */
async function sendParts(
  response: ServerResponse,
  type: string,
  parts: Iterable<string>,
): Promise<void> {
  response.writeHead(200, headersOf(type))
  if (response.req.method === 'HEAD') return void response.end()
  await pipeline(Readable.from(inTurns(parts)), response)
}

async function* inTurns(parts: Iterable<string>): AsyncIterable<string> {
  for (const part of parts) {
    yield part
    await new Promise<void>(systemGiveWay)
  }
}

function headersOf(type: string): OutgoingHttpHeaders {
  return {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  }
}
