/** Frames over a connection that is a pair of web streams, as Workers have them. */

import { frameBytes, type Frame, type FrameReceiver, type FrameStream } from './frame.ts'
import { FrameSplitter } from './frame-splitter.ts'

const prefixBytes = 4

export interface WebStreams {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  close(): Promise<void>
}

export class WebStreamFrames implements FrameStream {
  readonly #streams: WebStreams
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  readonly #splitter: FrameSplitter
  #receiver: FrameReceiver | undefined
  #isClosed = false
  #bufferedBytes = 0
  #isPaused = false
  /** Ends the wait of the reading loop while it is paused. */
  #wake: (() => void) | undefined

  constructor(streams: WebStreams, options: { readonly maxFrameBytes: number }) {
    this.#streams = streams
    this.#writer = streams.writable.getWriter()
    // Its end is told by the reads and the writes that fail.
    this.#writer.closed.catch(() => undefined)
    this.#splitter = new FrameSplitter({
      maxFrameBytes: options.maxFrameBytes,
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
    this.#streams.close().catch(() => undefined)
    this.#wake?.()
    this.#receiver?.onClose(reason)
  }

  /** Reads until either side has closed. @throws what went wrong with the connection */
  async #read(): Promise<void> {
    const reader = this.#streams.readable.getReader()
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
