/** One connection of the fuzzer: bytes go out as they are, answers come in as frames. */

import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'

export interface Wire {
  readonly isClosed: boolean
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>
  /** Sends a message, or bytes that are none. */
  send(message: Uint8Array): void
  /** Resolves with the answer to `correlationId`, or `undefined` once the connection is closed. */
  answer(correlationId: number): Promise<Uint8Array | undefined>
  destroy(): void
}

/** Answers by the correlation id that they begin with. */
class Answers {
  readonly #waiting = new Map<number, (message: Uint8Array | undefined) => void>()
  #isEnded = false

  take(message: Uint8Array): void {
    if (message.length < 4) return
    const id = new DataView(message.buffer, message.byteOffset).getInt32(0)
    this.#waiting.get(id)?.(message)
    this.#waiting.delete(id)
  }

  of(correlationId: number): Promise<Uint8Array | undefined> {
    if (this.#isEnded) return Promise.resolve(undefined)
    return new Promise((resolve) => this.#waiting.set(correlationId, resolve))
  }

  end(): void {
    this.#isEnded = true
    for (const resolve of this.#waiting.values()) resolve(undefined)
    this.#waiting.clear()
  }
}

/** A TCP connection, on which `send` takes whole frames or any other bytes. */
export function dialTcp(port: number): Promise<Wire> {
  const socket: Socket = connect(port, '127.0.0.1')
  const answers = new Answers()
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>()
  let received: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (part) => {
    received = received.length === 0 ? part : Buffer.concat([received, part])
    while (received.length >= 4) {
      const end = 4 + received.readInt32BE(0)
      if (end < 4 || received.length < end) break
      answers.take(new Uint8Array(received.subarray(4, end)))
      received = received.subarray(end)
    }
  })
  const wire: Wire = {
    get isClosed() {
      return socket.destroyed
    },
    closed,
    send: (message) => void socket.write(message),
    answer: (correlationId) => answers.of(correlationId),
    destroy: () => socket.destroy(),
  }
  socket.on('close', () => {
    answers.end()
    onClosed()
  })
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(wire))
    socket.once('close', () => resolve(wire))
  })
}

/** A WebSocket, on which `send` takes messages without their length. */
export function dialWebSocket(port: number): Promise<Wire> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/kafka`)
  const answers = new Answers()
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>()
  socket.on('error', () => socket.terminate())
  socket.on('message', (data: Buffer) => answers.take(new Uint8Array(data)))
  const wire: Wire = {
    get isClosed() {
      return socket.readyState !== socket.OPEN
    },
    closed,
    send: (message) => socket.send(message),
    answer: (correlationId) => answers.of(correlationId),
    destroy: () => socket.terminate(),
  }
  socket.on('close', () => {
    answers.end()
    onClosed()
  })
  return new Promise((resolve) => {
    socket.once('open', () => resolve(wire))
    socket.once('close', () => resolve(wire))
  })
}
