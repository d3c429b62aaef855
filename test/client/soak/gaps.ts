/** Measures the longest time that something did not go on. */

export class Gaps {
  longestMs = 0
  #lastMs = performance.now()

  /** Says that it has gone on. */
  progress(): void {
    const nowMs = performance.now()
    this.longestMs = Math.max(this.longestMs, nowMs - this.#lastMs)
    this.#lastMs = nowMs
  }
}
