/**
 * Removes from the folder what is there of tasks that went elsewhere, and have not come back for a
 * while: behind a commit of tasks that run, since a worker that lost touch may get them again.
 */

import type { Clock } from '../../runtime/runtime.ts'
import type { StateFolder } from '../stores/local-store.ts'

/** As Kafka Streams' `state.cleanup.delay.ms`: what is unused once is gone the next time. */
const intervalMs = 10 * 60_000

export class StateCleaning {
  readonly #folder: StateFolder
  readonly #clock: Clock
  #lookedAtMs = -Infinity

  constructor(folder: StateFolder, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  /** All tasks of this worker run, and have committed. */
  committed(): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#lookedAtMs < intervalMs) return
    this.#lookedAtMs = nowMs
    this.#folder.removeUnused()
  }
}
