/** Connections that break: requests that never leave, answers that never arrive. */

import type { Dialer, Frame, FrameReceiver, FrameStream } from '../../src/connection/frame.ts'

/**
 * - `send`: the request is lost, and the connection with it
 * - `answer`: the request is carried out, its answer is lost, and the connection with it
 */
export type Fault = 'send' | 'answer' | undefined

/** Returns a dialer like `dialer`; `choose` is asked before each request what becomes of it. */
export function faultyDialer(dialer: Dialer, choose: (frame: Frame) => Fault): Dialer {
  return {
    async dial(address, options) {
      return new FaultyStream(await dialer.dial(address, options), choose)
    },
  }
}

/** The API of a request, by the first two bytes of its header. */
export function apiKeyOf(frame: Frame): number {
  const [first] = frame
  return new DataView(first!.buffer, first!.byteOffset, 2).getInt16(0)
}

class FaultyStream implements FrameStream {
  readonly #stream: FrameStream
  readonly #choose: (frame: Frame) => Fault
  #isDeaf = false

  constructor(stream: FrameStream, choose: (frame: Frame) => Fault) {
    this.#stream = stream
    this.#choose = choose
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes
  }

  start(receiver: FrameReceiver): void {
    this.#stream.start({
      ...receiver,
      onFrame: (message) => {
        if (!this.#isDeaf) return receiver.onFrame(message)
        this.#stream.close(new Error('the answer was lost'))
      },
    })
  }

  send(frame: Frame): void {
    if (this.#isDeaf) return
    const fault = this.#choose(frame)
    if (fault === 'send') return this.#stream.close(new Error('the request was lost'))
    // From now on nothing is heard, and nothing more is sent.
    if (fault === 'answer') this.#isDeaf = true
    this.#stream.send(frame)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  close(reason?: Error): void {
    this.#stream.close(reason)
  }
}
