/**
 * One direction of a connection through the proxy: passes pieces on in their order, each after a
 * delay of its own.
 */

import type { Socket } from 'node:net'

/** Bytes that came in together; `undefined` is the end of the stream. */
interface Piece {
  readonly bytes: Uint8Array | undefined
  readonly dueMs: number
}

export class DelayedStream {
  readonly #target: Socket
  readonly #delayMs: () => number
  readonly #queue: Piece[] = []
  #timer: NodeJS.Timeout | undefined
  #stalledUntilMs = 0
  #lastDueMs = 0
  #isDropping = false
  #onTorn: (() => void) | undefined

  /** `delayMs` is asked for each piece that comes. */
  constructor(source: Socket, target: Socket, delayMs: () => number) {
    this.#target = target
    this.#delayMs = delayMs
    source.on('data', (bytes: Uint8Array) => this.#take(bytes))
    source.on('end', () => this.#take(undefined))
    target.on('close', () => this.drop())
  }

  /** Passes nothing on for so long; what comes meanwhile follows then, in order. */
  stall(stallMs: number): void {
    this.#stalledUntilMs = performance.now() + stallMs
    this.#schedule()
  }

  /** Loses what is under way and all that comes. */
  drop(): void {
    this.#isDropping = true
    clearTimeout(this.#timer)
    this.#queue.length = 0
  }

  /** Passes half of the next piece on, loses the rest, and says so. */
  tearNext(onTorn: () => void): void {
    this.#onTorn = onTorn
  }

  #take(bytes: Uint8Array | undefined): void {
    if (this.#isDropping) return
    const dueMs = Math.max(this.#lastDueMs, performance.now() + this.#delayMs())
    this.#lastDueMs = dueMs
    this.#queue.push({ bytes, dueMs })
    if (this.#queue.length === 1) this.#schedule()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    const next = this.#queue[0]
    if (!next) return
    const waitMs = Math.max(next.dueMs, this.#stalledUntilMs) - performance.now()
    if (waitMs <= 0) this.#pass()
    else this.#timer = setTimeout(() => this.#pass(), waitMs)
  }

  #pass(): void {
    const piece = this.#queue.shift()
    if (!piece || this.#target.destroyed) return
    const { bytes } = piece
    if (!bytes) this.#target.end()
    else if (this.#onTorn) {
      this.#target.write(bytes.subarray(0, bytes.length >> 1), this.#onTorn)
      this.drop()
    } else this.#target.write(bytes)
    this.#schedule()
  }
}
