/** Timers by name: of each name at most one is running. */

import type { Clock, Timer } from '../runtime/runtime.ts'

export class Deadlines {
  readonly #clock: Pick<Clock, 'after'>
  readonly #timers = new Map<string, Timer>()

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  /** Calls `callback` after `delayMs`, unless the name is set anew or cancelled before. */
  set(name: string, delayMs: number, callback: () => void): void {
    this.cancel(name)
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(name)
      callback()
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
