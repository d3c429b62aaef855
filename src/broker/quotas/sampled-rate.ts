/**
 * How much of something there was in the last seconds, as Kafka's quotas count it: in windows of
 * one second, of which the last eleven count, ten whole ones and the one that is under way.
 */

interface Sample {
  startMs: number
  lastMs: number
  value: number
}

/** `quota.window.size.seconds` and `quota.window.num`, by Kafka's defaults. */
export const quotaWindow = Object.freeze({ sizeMs: 1000, count: 11 })

const expiryMs = quotaWindow.sizeMs * quotaWindow.count

export class SampledRate {
  /** A ring: one more than what counts, for the window that the oldest moment falls into. */
  readonly #samples: Sample[] = []
  #current = 0

  /** @param nowMs on a clock that only grows, as in all that follows */
  record(value: number, nowMs: number): void {
    const current = this.#samples[this.#current]
    const isOver = current && nowMs - current.startMs >= quotaWindow.sizeMs
    if (current && !isOver) {
      current.value += value
      current.lastMs = nowMs
      return
    }
    if (isOver) this.#current = (this.#current + 1) % (quotaWindow.count + 1)
    this.#samples[this.#current] = { startMs: nowMs, lastMs: nowMs, value }
  }

  perSecond(nowMs: number): number {
    const windowMs = this.#windowMs(nowMs)
    return this.#samples.reduce((total, { value }) => total + value, 0) / (windowMs / 1000)
  }

  /**
   * Returns for how long nothing may come until the rate is back at `limit` a second, 0 where it is
   * not above.
   */
  throttleMs(limit: number, nowMs: number): number {
    const rate = this.perSecond(nowMs)
    if (rate <= limit) return 0
    return Math.round(((rate - limit) / limit) * this.#windowMs(nowMs))
  }

  /** Whether it knows nothing that a new one would not. */
  isIdle(nowMs: number): boolean {
    return this.#samples.every(({ lastMs, value }) => value === 0 || nowMs - lastMs >= expiryMs)
  }

  /**
   * The time that the samples stand for. It is ten whole windows at least: a rate that was measured
   * for a moment alone would be very high.
   */
  #windowMs(nowMs: number): number {
    this.#expire(nowMs)
    const oldestMs = this.#samples.reduce((oldest, { startMs }) => Math.min(oldest, startMs), nowMs)
    const elapsedMs = nowMs - oldestMs
    const missing = quotaWindow.count - 1 - Math.floor(elapsedMs / quotaWindow.sizeMs)
    return Math.max(1, elapsedMs + Math.max(0, missing) * quotaWindow.sizeMs)
  }

  #expire(nowMs: number): void {
    for (const sample of this.#samples) {
      if (nowMs - sample.lastMs < expiryMs) continue
      sample.value = 0
      sample.startMs = nowMs
      sample.lastMs = nowMs
    }
  }
}
