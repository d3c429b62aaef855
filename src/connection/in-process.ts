/** Connections within one process: the same messages as over a network, without one. */

import type { Logger } from '../runtime/runtime.ts'
import type { Dialer, Frame, FrameReceiver, FrameStream } from './frame.ts'
import type { RequestHandler } from './request-handler.ts'
import { serveStream } from './serve-stream.ts'

/** Returns a dialer whose every connection is served by `handler`, whatever the address. */
export function inProcessDialer(handler: RequestHandler, logger: Logger): Dialer {
  return {
    async dial(address) {
      const [client, server] = inProcessPair()
      serveStream(server, {
        handler,
        logger,
        peer: { kind: 'in-process', host: 'in-process', dialled: address },
      })
      return client
    },
  }
}

/** Returns the two ends of one connection. */
export function inProcessPair(): [FrameStream, FrameStream] {
  const left = new InProcessStream()
  const right = new InProcessStream()
  left.connect(right)
  right.connect(left)
  return [left, right]
}

class InProcessStream implements FrameStream {
  #deliverToOther: (message: Uint8Array | undefined) => void = () => {}
  #receiver: FrameReceiver | undefined
  /** Messages on their way to this end, in order; `undefined` is the end of the connection. */
  readonly #arriving: (Uint8Array | undefined)[] = []
  #isPaused = false
  #isScheduled = false
  #isClosed = false

  readonly bufferedBytes = 0

  connect(other: InProcessStream): void {
    this.#deliverToOther = (message) => other.#arrive(message)
  }

  start(receiver: FrameReceiver): void {
    this.#receiver = receiver
    this.#schedule()
  }

  send(frame: Frame): void {
    if (!this.#isClosed) this.#deliverToOther(joined(frame))
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#schedule()
  }

  close(reason?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#arriving.length = 0
    this.#deliverToOther(undefined)
    queueMicrotask(() => this.#receiver?.onClose(reason))
  }

  #arrive(message: Uint8Array | undefined): void {
    if (this.#isClosed) return
    this.#arriving.push(message)
    this.#schedule()
  }

  /** Delivers later, never inside the sender's call, as a network would. */
  #schedule(): void {
    if (this.#isScheduled || !this.#receiver || this.#arriving.length === 0) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#deliver()
    })
  }

  #deliver(): void {
    while (this.#arriving.length > 0 && !this.#isPaused && !this.#isClosed) {
      const message = this.#arriving.shift()
      if (message) this.#receiver!.onFrame(message)
      else {
        this.#isClosed = true
        this.#receiver!.onClose()
      }
    }
  }
}

/** Returns the bytes of `frame` in memory that the receiver may write to. */
function joined(frame: Frame): Uint8Array {
  let length = 0
  for (const piece of frame) length += piece.length
  const whole = new Uint8Array(length)
  let position = 0
  for (const piece of frame) {
    whole.set(piece, position)
    position += piece.length
  }
  return whole
}
