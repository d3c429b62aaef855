/**
 * Connections within one process: the same messages as over a network, without one.
 *
 * A message is delivered in a microtask, which is fast and would leave no time for anything else:
 * timers and sockets wait while a client and a broker answer each other at once. So now and then
 * a message gives way to them.
 */

import type { GiveWay, Logger } from '../runtime/runtime.ts'
import type { Dialer, Frame, FrameReceiver, FrameStream } from './frame.ts'
import type { AuthenticatedUser, RequestHandler } from './request-handler.ts'
import { serveStream } from './serve-stream.ts'

/** Messages to one end of a connection before all else in the process gets its turn: about 1 ms. */
const messagesPerTurn = 64

interface InProcessOptions {
  readonly logger: Logger
  readonly giveWay: GiveWay
  /** Who the connections belong to, where that need not be proven. */
  readonly user?: AuthenticatedUser
}

/** Returns a dialer whose every connection is served by `handler`, whatever the address. */
export function inProcessDialer(
  handler: RequestHandler,
  { logger, giveWay, user }: InProcessOptions,
): Dialer {
  return {
    async dial(address) {
      const [client, server] = inProcessPair(giveWay)
      serveStream(server, {
        handler,
        logger,
        peer: {
          kind: 'in-process',
          host: 'in-process',
          dialled: address,
          isPrivate: true,
          ...(user ? { user } : {}),
        },
      })
      return client
    },
  }
}

/** Returns the two ends of one connection. */
export function inProcessPair(giveWay: GiveWay): [FrameStream, FrameStream] {
  const left = new InProcessStream(giveWay)
  const right = new InProcessStream(giveWay)
  left.connect(right)
  right.connect(left)
  return [left, right]
}

class InProcessStream implements FrameStream {
  readonly #giveWay: GiveWay
  #deliverToOther: (message: Uint8Array | undefined) => void = () => {}
  #receiver: FrameReceiver | undefined
  /** Messages on their way to this end, in order; `undefined` is the end of the connection. */
  readonly #arriving: (Uint8Array | undefined)[] = []
  /** Messages that were delivered since we last gave way. */
  #delivered = 0
  #isPaused = false
  #isScheduled = false
  #isClosed = false

  readonly bufferedBytes = 0

  constructor(giveWay: GiveWay) {
    this.#giveWay = giveWay
  }

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
    if (this.#delivered < messagesPerTurn) return queueMicrotask(() => this.#deliver())
    this.#delivered = 0
    this.#giveWay(() => this.#deliver())
  }

  #deliver(): void {
    this.#isScheduled = false
    while (this.#arriving.length > 0 && !this.#isPaused && !this.#isClosed) {
      if (this.#delivered === messagesPerTurn) return this.#schedule()
      this.#delivered++
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
