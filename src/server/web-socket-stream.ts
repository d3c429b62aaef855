/** Frames over a WebSocket that the server accepted: one binary message is one frame. */

import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { keyNeededCode } from '../connection/frame.ts'
import type { Frame, FrameReceiver, FrameStream } from '../connection/frame.ts'
import { movedBytesOf, plainBytes } from '../connection/node-tcp-stream.ts'
import {
  RefusedRequestError,
  StrangerRefusedError,
  UnreadAnswersError,
} from '../connection/request-handler.ts'

export class AcceptedWebSocket implements FrameStream {
  readonly #socket: WebSocket
  /** The connection below, whose bytes are counted while messages have to be small. */
  readonly #below: Socket
  #receiver: FrameReceiver | undefined
  #reason: Error | undefined
  #maxBytes: number | undefined
  #bytesSinceMessage = 0

  constructor(socket: WebSocket, below: Socket) {
    this.#socket = socket
    this.#below = below
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  get movedBytes(): number {
    return movedBytesOf(this.#below)
  }

  start(receiver: FrameReceiver): void {
    this.#receiver = receiver
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#bytesSinceMessage = 0
      if (isBinary) receiver.onFrame(plainBytes(data))
      else this.close(new Error('a text message, where Kafka frames are binary'))
    })
    this.#socket.on('error', (error) => {
      this.#reason ??= error
    })
    this.#socket.on('close', () => receiver.onClose(this.#reason))
  }

  readonly #onSent = (): void => {
    if (this.#socket.bufferedAmount === 0) this.#receiver?.onDrain?.()
  }

  send(frame: Frame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const message = frame.length === 1 ? frame[0]! : Buffer.concat(frame)
    this.#socket.send(message, { binary: true }, this.#onSent)
    const { bufferedAmount } = this.#socket
    if (bufferedAmount > 0) this.#receiver?.onBehind?.(bufferedAmount)
  }

  finish(reason: Error): void {
    this.close(reason)
  }

  /** The library has one limit for all connections, and collects a message up to there. */
  limitFrames(maxBytes: number | undefined): void {
    this.#maxBytes = maxBytes
    this.#below.off('data', this.#count)
    if (maxBytes !== undefined) this.#below.on('data', this.#count)
  }

  readonly #count = (part: Buffer): void => {
    this.#bytesSinceMessage += part.length
    if (this.#bytesSinceMessage <= this.#maxBytes!) return
    this.#reason ??= new RefusedRequestError('a message is too long for one without authentication')
    this.#socket.terminate()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(reason?: Error): void {
    this.#reason ??= reason
    // It would read no farewell, either.
    if (reason instanceof UnreadAnswersError) return this.#socket.terminate()
    // Else nobody reads that the other side closes it too, and the connection stays for a while.
    this.#socket.resume()
    if (!reason) return this.#socket.close(1000)
    if (reason instanceof StrangerRefusedError) {
      return this.#socket.close(keyNeededCode, 'an API key is needed: apiKey, or KAFKA_DO_API_KEY')
    }
    // 1002: the peer broke the protocol. The text is for whoever debugs it, at most 123 bytes.
    this.#socket.close(1002, reason.message.slice(0, 100).replace(/[^ -~]/g, '?'))
  }
}
