/** How a member of a group and its coordinator last heard of each other, and when they do again. */

import type { Clock, Timer } from '../../runtime/runtime.ts'

/** A moment on both clocks: one goes on while the machine is suspended, the other never jumps. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

export class CoordinatorContact {
  readonly #clock: Clock
  readonly #onContact: () => void
  #isFailing = false
  #isOver = false
  #lastHeardMs: number
  /** When that was asked which was last answered. */
  #lastAnswered: Moment
  #wake: (() => void) | undefined
  #onRenewed: (() => void)[] = []

  /** `onContact` is called whenever the coordinator has answered, or could not be asked. */
  constructor(clock: Clock, onContact: () => void) {
    this.#clock = clock
    this.#onContact = onContact
    this.#lastHeardMs = clock.monotonic()
    this.#lastAnswered = this.now()
  }

  now(): Moment {
    return { wallMs: this.#clock.now(), monotonicMs: this.#clock.monotonic() }
  }

  /** Whether the coordinator could not be asked when that was last tried. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Whether somebody waits for its next answer. */
  get isAwaited(): boolean {
    return this.#onRenewed.length > 0
  }

  /** How much is left of the time for which it may be silent: when it is over, it is 1. */
  leftMs(limitMs: number): number {
    // Timers may fire up to a millisecond too early.
    return Math.max(1, Math.ceil(limitMs - this.#clock.monotonic() + this.#lastHeardMs))
  }

  /** `asked` is when that was asked which is answered. */
  heard(asked: Moment): void {
    this.#isFailing = false
    this.#lastHeardMs = this.#clock.monotonic()
    this.#lastAnswered = asked
    this.#settleRenewed()
    this.#onContact()
  }

  failed(): void {
    this.#isFailing = true
    this.#onContact()
  }

  /** Resolves after the next answer of the coordinator, which is asked at once. */
  renewed(): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onRenewed.push(resolve)
      this.wake()
    })
  }

  /**
   * Resolves once the coordinator has answered what was asked within half of the time for which it
   * may be silent: who stood still for longer may have been replaced.
   */
  async confirmed(limitMs: number): Promise<void> {
    while (!this.#isOver && this.#answeredAgoMs() > limitMs / 2) await this.renewed()
  }

  /** We are no member any more: those who wait for an answer are not to. */
  lost(): void {
    this.#lastAnswered = this.now()
    this.#settleRenewed()
  }

  /** The coordinator is asked no more: nobody is to wait for its answer. */
  end(): void {
    this.#isOver = true
    this.#settleRenewed()
  }

  /** Waits for so long, or until there is something to do. */
  pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#wake = undefined
        resolve()
      }
      const timer: Timer = this.#clock.after(durationMs, done)
      this.#wake = done
    })
  }

  /** Ends a pause: there is something to do. */
  wake(): void {
    this.#wake?.()
  }

  #answeredAgoMs(): number {
    const { wallMs, monotonicMs } = this.now()
    const last = this.#lastAnswered
    return Math.max(wallMs - last.wallMs, monotonicMs - last.monotonicMs)
  }

  #settleRenewed(): void {
    for (const resolve of this.#onRenewed.splice(0)) resolve()
  }
}
