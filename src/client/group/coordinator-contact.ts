/** How a member of a group and its coordinator last heard of each other, and when they do again. */

import type { Clock, Timer } from '../../runtime/runtime.ts'

export class CoordinatorContact {
  readonly #clock: Clock
  readonly #onContact: () => void
  #isFailing = false
  #isOver = false
  #lastHeardMs: number
  #wake: (() => void) | undefined
  #onRenewed: (() => void)[] = []

  /** `onContact` is called whenever the coordinator has answered, or could not be asked. */
  constructor(clock: Clock, onContact: () => void) {
    this.#clock = clock
    this.#onContact = onContact
    this.#lastHeardMs = clock.monotonic()
  }

  /** Whether the coordinator could not be asked when that was last tried. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** How much is left of the time for which it may be silent: when it is over, it is 1. */
  leftMs(limitMs: number): number {
    // Timers may fire up to a millisecond too early.
    return Math.max(1, Math.ceil(limitMs - this.#clock.monotonic() + this.#lastHeardMs))
  }

  heard(): void {
    this.#isFailing = false
    this.#lastHeardMs = this.#clock.monotonic()
    this.settleRenewed()
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

  /** For those who wait for an answer that may never come. */
  settleRenewed(): void {
    for (const resolve of this.#onRenewed.splice(0)) resolve()
  }

  /** The coordinator is asked no more: nobody is to wait for its answer. */
  end(): void {
    this.#isOver = true
    this.settleRenewed()
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
}
