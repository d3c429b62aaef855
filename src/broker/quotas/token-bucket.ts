/**
 * A bucket of tokens that fills at a constant rate (KIP-599): it holds what eleven seconds bring,
 * and may be overdrawn once, which whoever comes next waits for.
 */

import { quotaWindow } from './sampled-rate.ts'

const burstSeconds = (quotaWindow.count * quotaWindow.sizeMs) / 1000

export class TokenBucket {
  #tokens = Infinity
  #updatedMs = 0

  /** Takes `count` tokens, if need be more than there are. @param limit tokens a second */
  take(count: number, limit: number, nowMs: number): void {
    this.#refill(limit, nowMs)
    this.#tokens -= count
  }

  /** Returns how long it takes until the bucket is not overdrawn any more; 0 where it is not. */
  throttleMs(limit: number, nowMs: number): number {
    this.#refill(limit, nowMs)
    return this.#tokens < 0 ? Math.round((-this.#tokens / limit) * 1000) : 0
  }

  /** Whether a new one would be as full. @param limit the least that there is */
  isIdle(limit: number, nowMs: number): boolean {
    this.#refill(limit, nowMs)
    return this.#tokens >= burstSeconds * limit
  }

  #refill(limit: number, nowMs: number): void {
    const brought = (limit * (nowMs - this.#updatedMs)) / 1000
    this.#tokens = Math.min(burstSeconds * limit, this.#tokens + brought)
    this.#updatedMs = nowMs
  }
}
