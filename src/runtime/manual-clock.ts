/** A clock that stands still until it is told to go on, for tests and simulations. */

import type { Clock, Timer } from './runtime.ts'

interface Waiting {
  readonly atMs: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on: nothing times out before a test says so. */
export class ManualClock implements Clock {
  /** The time of day when nothing had elapsed. */
  #startMs: number
  #elapsedMs = 0
  readonly #waiting = new Set<Waiting>()

  /** Begins at `nowMs`, in milliseconds since 1970. */
  constructor(nowMs = 1_700_000_000_000) {
    this.#startMs = nowMs
  }

  now(): number {
    // Callbacks fall due between milliseconds, too, which the time of day does not have.
    return Math.round(this.#startMs + this.#elapsedMs)
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  after(delayMs: number, callback: () => void): Timer {
    const waiting = { atMs: this.#elapsedMs + Math.max(0, delayMs), callback }
    this.#waiting.add(waiting)
    return { cancel: () => void this.#waiting.delete(waiting) }
  }

  /** How many callbacks wait: a test can see that nothing was left behind. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  /** Lets `durationMs` pass, and runs what falls due in it, in order of time. */
  advance(durationMs: number): void {
    const endMs = this.#elapsedMs + durationMs
    for (;;) {
      const next = this.#nextBefore(endMs)
      if (!next) break
      this.#waiting.delete(next)
      this.#elapsedMs = Math.max(next.atMs, this.#elapsedMs)
      next.callback()
    }
    // A callback may have let more time pass.
    this.#elapsedMs = Math.max(endMs, this.#elapsedMs)
  }

  /** Sets what `now()` says, as when somebody changes a machine's clock. Timers do not notice. */
  jumpTo(nowMs: number): void {
    this.#startMs = nowMs - this.#elapsedMs
  }

  /** Of those that fall due at the same time, the one that was set first. */
  #nextBefore(endMs: number): Waiting | undefined {
    let next: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= endMs && (!next || waiting.atMs < next.atMs)) next = waiting
    }
    return next
  }
}
