/** Frames over a WebSocket that the server accepted: one binary message is one frame. */

import type { WebSocket } from 'ws'
import type { Frame, FrameReceiver, FrameStream } from '../connection/frame.ts'
import { plainBytes } from '../connection/node-tcp-stream.ts'

export class AcceptedWebSocket implements FrameStream {
  readonly #socket: WebSocket
  #reason: Error | undefined

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  start(receiver: FrameReceiver): void {
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) receiver.onFrame(plainBytes(data))
      else this.close(new Error('a text message, where Kafka frames are binary'))
    })
    this.#socket.on('error', (error) => {
      this.#reason ??= error
    })
    this.#socket.on('close', () => receiver.onClose(this.#reason))
    this.#onSent = () => {
      if (this.#socket.bufferedAmount === 0) receiver.onDrain?.()
    }
  }

  #onSent: () => void = () => {}

  send(frame: Frame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const message = frame.length === 1 ? frame[0]! : Buffer.concat(frame)
    this.#socket.send(message, { binary: true }, this.#onSent)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(reason?: Error): void {
    this.#reason ??= reason
    if (!reason) return this.#socket.close(1000)
    // 1002: the peer broke the protocol. The text is for whoever debugs it, at most 123 bytes.
    this.#socket.close(1002, reason.message.slice(0, 100).replace(/[^ -~]/g, '?'))
  }
}
