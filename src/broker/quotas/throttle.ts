/**
 * Makes clients wait that are over a quota, by not reading from their connections; and closes new
 * connections of addresses that open too many (KIP-612).
 */

import { RefusedRequestError, type Peer } from '../../connection/request-handler.ts'
import type { Clock, Timer } from '../../runtime/runtime.ts'
import type { ClientQuotas } from './client-quotas.ts'
import { Meters } from './meters.ts'
import { quotaWindow, SampledRate } from './sampled-rate.ts'

/** An address that opens too many connections is told so by closing them, but not at once. */
const refusalMaxMs = quotaWindow.sizeMs

export class Throttle {
  readonly #quotas: ClientQuotas
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  readonly #timers = new Set<Timer>()
  readonly #connections: Meters<SampledRate>

  constructor(quotas: ClientQuotas, clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#quotas = quotas
    this.#clock = clock
    this.#connections = new Meters(
      () => new SampledRate(),
      (rate) => rate.isIdle(clock.monotonic()),
    )
  }

  /** Does not read from `peer` for that long. */
  mute(peer: Peer, durationMs: number): void {
    const unmute = peer.mute()
    this.#after(durationMs, unmute)
  }

  /** Takes note of a new connection, which is closed after a while where it is one too many. */
  opened(peer: Peer): void {
    if (!this.#quotas.limitsConnections || peer.kind === 'in-process') return
    const ip = peer.host.replace(/^::ffff:/, '')
    const limit = this.#quotas.connectionLimitOf(ip)
    if (limit === undefined) return
    const rate = this.#connections.of({ user: ip, clientId: undefined })
    const nowMs = this.#clock.monotonic()
    rate.record(1, nowMs)
    const throttleMs = Math.min(refusalMaxMs, rate.throttleMs(limit, nowMs))
    if (throttleMs === 0) return
    rate.record(-1, nowMs)
    peer.mute()
    const reason = new RefusedRequestError(`more than ${limit} connections a second from ${ip}`)
    this.#after(throttleMs, () => peer.disconnect(reason))
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #after(delayMs: number, callback: () => void): void {
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      callback()
    })
    this.#timers.add(timer)
  }
}
