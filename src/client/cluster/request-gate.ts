/**
 * Holds back the requests of one connection: while work is to have it alone, and for as long as the
 * broker asks for. They go on in their order.
 */

import type { Clock, Timer } from '../../runtime/runtime.ts'

export class RequestGate {
  readonly #clock: Clock
  readonly #throttleMaxMs: number
  /** Requests that wait until `exclusively` is done. */
  #held: (() => void)[] | undefined
  /** Requests that wait as the broker has asked for; there is a list as long as it lasts. */
  #throttled: (() => void)[] | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, throttleMaxMs: number) {
    this.#clock = clock
    this.#throttleMaxMs = throttleMaxMs
  }

  /** Where who wants to send now has to wait. `isExclusive` is what `exclusively` does itself. */
  queueFor({ isExclusive = false }: { readonly isExclusive?: boolean } = {}) {
    return (isExclusive ? undefined : this.#held) ?? this.#throttled
  }

  /** Does `work`, whose requests say `isExclusive`, while all others wait. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    // Those that wait as the broker has asked for are to stay before those that come now.
    this.#held = this.#throttled?.splice(0) ?? []
    try {
      return await work()
    } finally {
      const held = this.#held
      this.#held = undefined
      for (const goOn of held) goOn()
    }
  }

  /** Lets nothing through for as long as an answer asks for: it would not be read (KIP-219). */
  throttle({ throttleTimeMs = 0 }: { readonly throttleTimeMs?: number }): void {
    if (throttleTimeMs <= 0 || this.#throttled) return
    this.#throttled = []
    // Whatever a broker asks for: after that, what is sent has its own time limit.
    const limitedMs = Math.min(throttleTimeMs, this.#throttleMaxMs)
    this.#timer = this.#clock.after(limitedMs, () => this.endThrottle())
  }

  /** Waits no longer, since the time is over, or the connection. */
  endThrottle(): void {
    this.#timer?.cancel()
    const throttled = this.#throttled
    this.#throttled = undefined
    for (const goOn of throttled ?? []) goOn()
  }
}
