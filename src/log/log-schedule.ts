/** What is done for all logs at intervals: noting how far they are on the disk, and retention. */

import type { Clock, Timer } from '../runtime/runtime.ts'
import type { LogManager } from './log-manager.ts'

/**
 * What was acknowledged since the last checkpoint cannot be told, after a crash, from what was
 * being written; see `recovery/decision.ts`. A checkpoint costs three syncs of small files.
 */
const checkpointMs = 5000

export interface LogScheduleOptions {
  readonly logs: LogManager
  readonly clock: Clock
  /** How often old segments are looked for. */
  readonly retentionCheckMs: number
}

export class LogSchedule {
  readonly #clock: Clock
  readonly #timers = new Map<() => unknown, Timer>()

  constructor({ logs, clock, retentionCheckMs }: LogScheduleOptions) {
    this.#clock = clock
    this.#every(checkpointMs, () => logs.checkpoint())
    this.#every(retentionCheckMs, () => logs.enforceRetention())
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel()
  }

  #every(intervalMs: number, task: () => unknown): void {
    const timer = this.#clock.after(intervalMs, () => {
      task()
      this.#every(intervalMs, task)
    })
    this.#timers.set(task, timer)
  }
}
