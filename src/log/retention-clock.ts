/**
 * What time it is for retention. A clock that is wrong must not delete everything: a machine that
 * thinks it is ten years later would find all records too old, and deleting cannot be undone.
 *
 * So where the clock jumps ahead, its time is not believed for a day: retention by time pauses, and
 * says so. If the clock is set right meanwhile, nothing was deleted; after a day it is taken to be
 * right, as it is when a machine has slept or was off. Retention by size goes on. A jump is
 *
 * | when            | the clock is ahead of                             | by more than |
 * | --------------- | ------------------------------------------------- | ------------ |
 * | while it runs   | the time before, plus what the monotonic clock says | an hour    |
 * | at the start    | the time that the data folder noted last          | a day        |
 *
 * A clock that goes back makes records younger, and deletes nothing.
 */

import type { Clock, Logger } from '../runtime/runtime.ts'

const hourMs = 60 * 60 * 1000
const runningJumpMs = hourMs
const startJumpMs = 24 * hourMs
export const disbeliefMs = 24 * hourMs

export interface RetentionClockOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** The time that was noted last; `undefined` where none was. */
  readonly notedMs: number | undefined
}

export class RetentionClock {
  readonly #clock: Clock
  readonly #logger: Logger
  /** What the clocks said when the time was believed last. */
  #believed: { readonly wallMs: number; readonly monotonicMs: number }
  /** Since when it has not been, by the monotonic clock, and by how much more may differ. */
  #disbelief: { readonly sinceMs: number; readonly boundMs: number } | undefined

  constructor({ clock, logger, notedMs }: RetentionClockOptions) {
    this.#clock = clock
    this.#logger = logger
    const nowMs = clock.now()
    const monotonicMs = clock.monotonic()
    this.#believed = { wallMs: Math.min(notedMs ?? nowMs, nowMs), monotonicMs }
    this.#look(startJumpMs)
  }

  /** The latest time that was believed. */
  get believedMs(): number {
    this.now()
    return this.#believed.wallMs
  }

  /** Returns the time to delete old records by, or `undefined` while it is not to be believed. */
  now(): number | undefined {
    this.#look(this.#disbelief?.boundMs ?? runningJumpMs)
    return this.#disbelief ? undefined : this.#believed.wallMs
  }

  #look(boundMs: number): void {
    const wallMs = this.#clock.now()
    const monotonicMs = this.#clock.monotonic()
    const expectedMs = this.#believed.wallMs + monotonicMs - this.#believed.monotonicMs
    const aheadMs = wallMs - expectedMs
    const isAhead = aheadMs > boundMs
    if (isAhead && !this.#disbelief) {
      this.#disbelief = { sinceMs: monotonicMs, boundMs }
      const facts = { clock: isoTime(wallMs), expected: isoTime(expectedMs), pauseMs: disbeliefMs }
      this.#logger.warn(
        'the clock jumped ahead: retention by time pauses, as it may be wrong',
        facts,
      )
    }
    if (isAhead && monotonicMs - this.#disbelief!.sinceMs < disbeliefMs) return
    if (this.#disbelief) {
      this.#disbelief = undefined
      this.#logger.warn('retention by time goes on', { clock: isoTime(wallMs), aheadMs })
    }
    this.#believed = { wallMs, monotonicMs }
  }
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
