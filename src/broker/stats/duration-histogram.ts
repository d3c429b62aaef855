/** Durations, counted by how long they were at most: what Prometheus calls a histogram. */

/** Upper bounds, in milliseconds: from what memory takes to what users give up on. */
export const durationBoundsMs: readonly number[] = Object.freeze([
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
])

export class DurationHistogram {
  readonly #counts = new Float64Array(durationBoundsMs.length + 1)
  #sumMs = 0

  add(durationMs: number): void {
    let bucket = 0
    while (bucket < durationBoundsMs.length && durationMs > durationBoundsMs[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#sumMs += durationMs
  }

  /** Of all durations together. */
  get sumMs(): number {
    return this.#sumMs
  }

  /** For each bound how many were not longer, then how many there were. */
  cumulativeCounts(): number[] {
    let total = 0
    return Array.from(this.#counts, (count) => (total += count))
  }
}
