/**
 * What requests are held against: how many bytes they bring and fetch, how much of the broker's
 * time they take, and how many partitions they create and delete (KIP-13, KIP-124, KIP-599).
 */

import type { Clock } from '../../runtime/runtime.ts'
import { RequestError } from '../request-error.ts'
import type { Session } from '../security/session.ts'
import type { ClientQuotas, Limit } from './client-quotas.ts'
import { Meters } from './meters.ts'
import type { QuotaName } from './quota-entity.ts'
import { quotaWindow, SampledRate } from './sampled-rate.ts'
import { TokenBucket } from './token-bucket.ts'

/** Who sent a request. */
export interface Caller {
  readonly session: Pick<Session, 'principal'>
  readonly clientId: string | null
}

/** What one request may still create and delete of partitions. */
export interface MutationQuota {
  /** @throws RequestError `THROTTLING_QUOTA_EXCEEDED`, where the quota is a strict one */
  record(partitionCount: number): void
  /** How long the client has to wait until it may go on. */
  throttleMs(): number
}

const unlimited: MutationQuota = Object.freeze({ record: () => {}, throttleMs: () => 0 })

/** Whole windows: more in one request than these allow would never be let through. */
const fullWindowsSeconds = ((quotaWindow.count - 1) * quotaWindow.sizeMs) / 1000

/** How long a request that took too much time is waited for at most, so that tasks go on. */
const timeThrottleMaxMs = quotaWindow.sizeMs

type RateName = Exclude<QuotaName, 'controller_mutation_rate'>

export class RequestQuotas {
  readonly #quotas: ClientQuotas
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #rates: Readonly<Record<RateName, Meters<SampledRate>>>
  readonly #buckets: Meters<{ readonly bucket: TokenBucket; limit: number }>

  constructor(quotas: ClientQuotas, clock: Pick<Clock, 'monotonic'>) {
    this.#quotas = quotas
    this.#clock = clock
    const rates = (): Meters<SampledRate> =>
      new Meters(
        () => new SampledRate(),
        (rate) => rate.isIdle(clock.monotonic()),
      )
    this.#rates = {
      producer_byte_rate: rates(),
      consumer_byte_rate: rates(),
      request_percentage: rates(),
    }
    this.#buckets = new Meters(
      () => ({ bucket: new TokenBucket(), limit: 0 }),
      ({ bucket, limit }) => bucket.isIdle(limit, clock.monotonic()),
    )
  }

  /** Whether there is anything to hold requests against. */
  get isEnabled(): boolean {
    return this.#quotas.limitsRequests
  }

  /** Returns for how long who has sent `bytes` of records is not to be read from. */
  produced(caller: Caller, bytes: number): number {
    return this.#record('producer_byte_rate', caller, bytes)
  }

  /** Returns for how long who is about to get `bytes` has to wait. */
  fetched(caller: Caller, bytes: number): number {
    return this.#record('consumer_byte_rate', caller, bytes)
  }

  /** Returns for how long whose request took `durationMs` of the broker's time has to wait. */
  spent(caller: Caller, durationMs: number): number {
    const percents = durationMs / 10
    return Math.min(timeThrottleMaxMs, this.#record('request_percentage', caller, percents))
  }

  /** The most that a fetch can be answered with without being throttled for certain. */
  fetchMaxBytes(caller: Caller): number {
    const limit = this.#limitOf('consumer_byte_rate', caller)
    return limit ? Math.floor(limit.value * fullWindowsSeconds) : Infinity
  }

  /**
   * What a request may create and delete. Clients of earlier versions do not know that it can be
   * refused: they may overdraw, and wait afterwards.
   */
  mutations(caller: Caller, { isStrict }: { readonly isStrict: boolean }): MutationQuota {
    const limit = this.#limitOf('controller_mutation_rate', caller)
    if (!limit) return unlimited
    const meter = this.#buckets.of(limit)
    meter.limit = limit.value
    const { bucket } = meter
    let untilMs = 0
    return {
      record: (partitionCount) => {
        const nowMs = this.#clock.monotonic()
        if (!isStrict) bucket.take(partitionCount, limit.value, nowMs)
        const throttleMs = bucket.throttleMs(limit.value, nowMs)
        if (throttleMs > 0) untilMs = nowMs + throttleMs
        if (!isStrict) return
        if (throttleMs > 0) throw exceeded()
        bucket.take(partitionCount, limit.value, nowMs)
      },
      throttleMs: () => Math.max(0, Math.round(untilMs - this.#clock.monotonic())),
    }
  }

  #record(name: RateName, caller: Caller, amount: number): number {
    const limit = this.#limitOf(name, caller)
    if (!limit) return 0
    const nowMs = this.#clock.monotonic()
    const rate = this.#rates[name].of(limit)
    rate.record(amount, nowMs)
    return rate.throttleMs(limit.value, nowMs)
  }

  #limitOf(name: QuotaName, { session, clientId }: Caller): Limit | undefined {
    return this.#quotas.limitOf(name, session.principal.name, clientId ?? '')
  }
}

function exceeded(): RequestError {
  const message = 'The throttling quota has been exceeded.'
  return new RequestError('THROTTLING_QUOTA_EXCEEDED', message)
}
