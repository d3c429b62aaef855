/**
 * Lets a long piece of work go on in slices of a quarter of a millisecond, with longer pauses in
 * which appends and reads have their turn: with the defaults, they hardly notice
 * (`bench/compaction.ts`). A slice also ends after so many bytes: in a simulation no time passes
 * within it.
 */

import type { Clock, Timer } from '../../runtime/runtime.ts'

export interface PaceOptions {
  readonly clock: Clock
  /** @default 0.25 */
  readonly sliceMs?: number
  /** Length of a pause: a longer one costs others less, and takes longer. @default 2 */
  readonly pauseMs?: number
}

const sliceBytes = 4 * 1024 * 1024

export class CompactionPace {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #pauseMs: number
  #begunMs: number
  #workedBytes = 0
  #timer: Timer | undefined
  #wake: (() => void) | undefined
  #isStopped = false

  constructor({ clock, sliceMs = 0.25, pauseMs = 2 }: PaceOptions) {
    this.#clock = clock
    this.#sliceMs = sliceMs
    this.#pauseMs = pauseMs
    this.#begunMs = clock.monotonic()
  }

  /** Whether there shall be no more work. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Notes that so many bytes were worked on. Returns whether the slice is over. */
  worked(bytes: number): boolean {
    this.#workedBytes += bytes
    return (
      this.#workedBytes >= sliceBytes || this.#clock.monotonic() - this.#begunMs >= this.#sliceMs
    )
  }

  /** Resolves when the next slice may begin. */
  async pause(): Promise<void> {
    if (!this.#isStopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#timer = this.#clock.after(this.#pauseMs, resolve)
      })
    }
    this.resume()
  }

  /** Begins a slice after the work has waited for something else. */
  resume(): void {
    this.#workedBytes = 0
    this.#begunMs = this.#clock.monotonic()
  }

  /** Ends the pause, if there is one. */
  wake(): void {
    this.#timer?.cancel()
    this.#wake?.()
  }

  /** Lets `isStopped` be true. */
  stop(): void {
    this.#isStopped = true
    this.wake()
  }
}
