/** Opens TCP and TLS connections from Workers, by `cloudflare:sockets`. */

import { connect, type WorkerSocket } from 'cloudflare:sockets'
import { frameBytes, type Address, type Dialer, type Frame } from './frame.ts'
import type { FrameReceiver, FrameStream } from './frame.ts'
import { FrameSplitter } from './frame-splitter.ts'

/** Larger answers than this are taken for garbage: brokers are asked for far less. */
const maxFrameBytes = 512 * 1024 * 1024
const prefixBytes = 4

export class WorkerdTcpDialer implements Dialer {
  readonly #secureTransport: 'off' | 'on'

  constructor({ secure = false }: { readonly secure?: boolean } = {}) {
    this.#secureTransport = secure ? 'on' : 'off'
  }

  async dial(
    address: Address,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<FrameStream> {
    signal?.throwIfAborted()
    const options = { secureTransport: this.#secureTransport, allowHalfOpen: false }
    const socket = connect({ hostname: address.host, port: address.port }, options)
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = (): void => reject(signal!.reason as Error)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([socket.opened, aborted])
    } catch (error) {
      // Whatever closing comes to, the reason for it is known.
      socket.close().catch(() => undefined)
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    return new WorkerdTcpStream(socket)
  }
}

class WorkerdTcpStream implements FrameStream {
  readonly #socket: WorkerSocket
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  readonly #splitter: FrameSplitter
  #receiver: FrameReceiver | undefined
  #isClosed = false
  #bufferedBytes = 0
  #isPaused = false
  /** Ends the wait of the reading loop while it is paused. */
  #wake: (() => void) | undefined

  constructor(socket: WorkerSocket) {
    this.#socket = socket
    this.#writer = socket.writable.getWriter()
    this.#splitter = new FrameSplitter({
      maxFrameBytes,
      onFrame: (message) => this.#receiver!.onFrame(message),
    })
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  start(receiver: FrameReceiver): void {
    this.#receiver = receiver
    this.#read().then(
      () => this.close(),
      (error: unknown) => this.close(asError(error)),
    )
  }

  send(frame: Frame): void {
    if (this.#isClosed) return
    const lengthBytes = frameBytes(frame)
    const message = new Uint8Array(prefixBytes + lengthBytes)
    new DataView(message.buffer).setInt32(0, lengthBytes)
    let position = prefixBytes
    for (const piece of frame) {
      message.set(piece, position)
      position += piece.length
    }
    this.#bufferedBytes += message.length
    this.#writer.write(message).then(
      () => {
        this.#bufferedBytes -= message.length
        if (this.#bufferedBytes === 0) this.#receiver?.onDrain?.()
      },
      (error: unknown) => this.close(asError(error)),
    )
  }

  pause(): void {
    this.#isPaused = true
    this.#splitter.pause()
  }

  resume(): void {
    this.#isPaused = false
    try {
      this.#splitter.resume()
    } catch (error) {
      return this.close(asError(error))
    }
    // What was kept may have been enough to be told to pause again.
    if (!this.#isPaused) this.#wake?.()
  }

  close(reason?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // The other side may be gone already, which is what closing is to come to.
    this.#socket.close().catch(() => undefined)
    this.#wake?.()
    this.#receiver?.onClose(reason)
  }

  /** Reads until either side has closed. @throws what went wrong with the connection */
  async #read(): Promise<void> {
    const reader = this.#socket.readable.getReader()
    for (;;) {
      while (this.#isPaused && !this.#isClosed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      const { done, value } = await reader.read()
      if (done || this.#isClosed) return
      this.#splitter.push(value)
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
