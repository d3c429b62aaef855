/**
 * Timers by name: of each name at most one is running. What a timer leads to is decided and stored;
 * where the log refuses it, as on a full disk, it is tried until the log takes it.
 */

import { LogError } from '../log/log-error.ts'
import type { Clock, Timer } from '../runtime/runtime.ts'

const retryMs = 1000

export class Deadlines {
  readonly #clock: Pick<Clock, 'after'>
  readonly #onRefusal: (error: LogError, name: string) => void
  readonly #timers = new Map<string, Timer>()

  /** Calls `onRefusal` each time that the log refuses what a timer leads to. */
  constructor(clock: Pick<Clock, 'after'>, onRefusal: (error: LogError, name: string) => void) {
    this.#clock = clock
    this.#onRefusal = onRefusal
  }

  /**
   * Calls `callback` after `delayMs`, and again a second later where it throws a LogError; unless
   * the name is set anew or cancelled before.
   */
  set(name: string, delayMs: number, callback: () => void): void {
    this.cancel(name)
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(name)
      try {
        callback()
      } catch (error) {
        if (!(error instanceof LogError)) throw error
        this.#onRefusal(error, name)
        this.set(name, retryMs, callback)
      }
    })
    this.#timers.set(name, timer)
  }

  has(name: string): boolean {
    return this.#timers.has(name)
  }

  cancel(name: string): void {
    this.#timers.get(name)?.cancel()
    this.#timers.delete(name)
  }

  cancelUnless(isWanted: (name: string) => boolean): void {
    for (const name of this.#timers.keys()) if (!isWanted(name)) this.cancel(name)
  }

  cancelAll(): void {
    this.cancelUnless(() => false)
  }
}
