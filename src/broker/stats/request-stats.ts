/** How many requests of each API were answered, and how long that took. */

import { DurationHistogram } from './duration-histogram.ts'

export class RequestStats {
  readonly #byApiKey = new Map<number, DurationHistogram>()

  answered(apiKey: number, durationMs: number): void {
    let durations = this.#byApiKey.get(apiKey)
    if (!durations) {
      durations = new DurationHistogram()
      this.#byApiKey.set(apiKey, durations)
    }
    durations.add(durationMs)
  }

  /** By API key, of those that somebody has asked for. */
  all(): Iterable<readonly [number, DurationHistogram]> {
    return this.#byApiKey
  }
}
