/**
 * Opens WebSocket connections with the platform's own `WebSocket`: browsers, Node, Deno, Bun and
 * most edge runtimes have it. One binary message is one frame.
 */

import { frameBytes, type Address, type Dialer, type Frame } from './frame.ts'
import type { FrameReceiver, FrameStream } from './frame.ts'

/** The path of the server that speaks Kafka over WebSocket. */
export const webSocketPath = '/kafka'

export interface WebSocketDialerOptions {
  readonly secure?: boolean
  /** @default the platform's */
  readonly open?: (url: string) => WebSocket
}

export class WebSocketDialer implements Dialer {
  readonly #scheme: 'ws' | 'wss'
  readonly #open: (url: string) => WebSocket

  constructor(options: WebSocketDialerOptions = {}) {
    this.#open = options.open ?? ((url) => new WebSocket(url))
    this.#scheme = options.secure ? 'wss' : 'ws'
  }

  dial(address: Address, options: { readonly signal?: AbortSignal } = {}): Promise<FrameStream> {
    const { signal } = options
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    const url = `${this.#scheme}://${host}:${address.port}${webSocketPath}`
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const socket = this.#open(url)
      socket.binaryType = 'arraybuffer'
      const onAbort = (): void => {
        socket.close()
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      socket.addEventListener('open', () => {
        signal?.removeEventListener('abort', onAbort)
        resolve(new WebSocketStream(socket))
      })
      // The platform does not say why, so that pages cannot probe a network.
      const onFailure = (): void => reject(new Error(`cannot connect to ${url}`))
      socket.addEventListener('error', onFailure)
      socket.addEventListener('close', onFailure)
    })
  }
}

class WebSocketStream implements FrameStream {
  readonly #socket: WebSocket
  #receiver: FrameReceiver | undefined
  #reason: Error | undefined
  /** Messages that came before `start` or while paused. */
  #held: Uint8Array[] = []
  #isPaused = false
  #isClosed = false

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#arrive(new Uint8Array(data)))
    socket.addEventListener('close', ({ code, reason }) => {
      const clean = code === 1000 || code === 1005
      const message = reason || `WebSocket closed with code ${code}`
      this.#ended(clean ? undefined : new Error(message, { cause: code }))
    })
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  start(receiver: FrameReceiver): void {
    this.#receiver = receiver
    this.resume()
    if (this.#isClosed) queueMicrotask(() => receiver.onClose(this.#reason))
  }

  send(frame: Frame): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    const message = new Uint8Array(frameBytes(frame))
    let position = 0
    for (const piece of frame) {
      message.set(piece, position)
      position += piece.length
    }
    this.#socket.send(message)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    while (this.#held.length > 0 && !this.#isPaused) this.#receiver!.onFrame(this.#held.shift()!)
  }

  close(reason?: Error): void {
    this.#socket.close()
    // A closing handshake with a peer that is gone takes long: do not wait for it.
    this.#ended(reason)
  }

  #arrive(message: Uint8Array): void {
    if (this.#isClosed) return
    if (this.#receiver && !this.#isPaused) this.#receiver.onFrame(message)
    else this.#held.push(message)
  }

  #ended(reason?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reason = reason
    this.#receiver?.onClose(reason)
  }
}
