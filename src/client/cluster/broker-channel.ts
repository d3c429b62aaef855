/**
 * One connection to one broker: requests go out with a correlation id in the newest version that
 * both sides know, answers find their way back to who asked. When the connection ends, everybody
 * who still waits hears of it.
 */

import { ByteWriter } from '../../bytes/writer.ts'
import type { FrameStream } from '../../connection/frame.ts'
import { apiVersions } from '../../protocol/api-versions.ts'
import { encodingOf, type Api } from '../../protocol/api.ts'
import { writeRequestHeader } from '../../protocol/client-header.ts'
import { deliveryErrors } from '../../protocol/delivery-errors.ts'
import type { Clock, Timer } from '../../runtime/runtime.ts'
import { throwIfError } from '../failure/delivery-errors.ts'
import { BrokerError, DisconnectedError, TimeoutError, unanswered } from '../failure/errors.ts'
import { delay } from '../failure/retry.ts'
import type { Observer } from '../settings/observer.ts'
import { RequestGate } from './request-gate.ts'
import { correlationIdOf, readResponse } from './response.ts'

/** What a request is made from: the input, or what makes it once the version is known. */
export type RequestInput<Input> = Input | ((version: number) => Input)

export interface RequestOptions<Response, Result> {
  readonly signal?: AbortSignal | undefined
  /** @default the channel's */
  readonly timeoutMs?: number | undefined
  /** The newest version to use. @default the newest that is known here */
  readonly maxVersion?: number
  /** The oldest version that will do. @default the oldest that is known here */
  readonly minVersion?: number
  /** Whether it is a part of what `exclusively` does. @default false */
  readonly isExclusive?: boolean
  /** Whether it leaves before programs get what else has come. @default false */
  readonly isUrgent?: boolean
  /**
   * Takes the response while the views in it are valid: records have to be copied here.
   *
   * @default the response as it is
   */
  readonly receive?: (response: Response, version: number) => Result
}

export interface BrokerChannelOptions {
  readonly stream: FrameStream
  /** Names the broker in messages. */
  readonly name: string
  readonly clientId: string
  readonly clock: Clock
  readonly timeoutMs: number
  /** Hears of each request. @default nobody does */
  readonly observer?: Observer | undefined
}

interface Sent {
  readonly api: Pick<Api, 'name'>
  readonly version: number
  readonly sentBytes: number
  readonly sentAtMs: number
}

/** A request that was sent, and who asked. */
interface Waiting extends Sent {
  readonly api: Api
  readonly options: RequestOptions<never, unknown>
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
  readonly timeoutMs: number
  readonly timer: Timer
  readonly onAbort: (() => void) | undefined
}

type VersionLimits = Pick<RequestOptions<never, never>, 'minVersion' | 'maxVersion'>

interface VersionRange {
  readonly min: number
  readonly max: number
}

/** Bytes that may wait for the network where no answers hold us back. */
const bufferedMaxBytes = 1024 * 1024
/** Not every kind of connection tells when it is ready for more. */
const drainPollMs = 5

type AnyRequestApi = Pick<Api, 'key' | 'name' | 'versions'>

export class BrokerChannel {
  readonly name: string
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>
  readonly #markClosed: () => void
  readonly #stream: FrameStream
  readonly #clientId: string
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #observer: Observer | undefined
  readonly #waiting = new Map<number, Waiting>()
  /** What the broker offers, by API key. */
  #offered = new Map<number, VersionRange>()
  /** The levels of the cluster's features, by name. */
  #features = new Map<string, number>()
  /** Says whether what is sent now has to wait, as for a quota. */
  readonly gate: RequestGate
  #nextCorrelationId = 0
  #lastHeardMs: number
  /** When the first was sent of the requests that have timed out without a word since. */
  #deafSinceMs = -Infinity
  /** The shortest time that it has taken to get an answer. */
  roundTripMs = Infinity
  /** Since when there is always a request without an answer; else, when one was sent last. */
  #busySinceMs = 0
  #closedBy: Error | undefined

  constructor(options: BrokerChannelOptions) {
    this.name = options.name
    this.#stream = options.stream
    this.#clientId = options.clientId
    this.#clock = options.clock
    this.#timeoutMs = options.timeoutMs
    this.#observer = options.observer
    this.gate = new RequestGate(options.clock, options.timeoutMs)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.#markClosed = resolve
    this.#lastHeardMs = options.clock.monotonic()
    this.#stream.start({
      onFrame: (message) => this.#receive(message),
      onClose: (reason) => this.#end(reason),
    })
  }

  get isClosed(): boolean {
    return this.#closedBy !== undefined
  }

  /** Requests that have no answer yet. */
  get inFlight(): number {
    return this.#waiting.size
  }

  /** How long a request has waited without a word of the broker; below 0, how long none has. */
  get silentMs(): number {
    const quietMs = this.#clock.monotonic() - Math.max(this.#busySinceMs, this.#lastHeardMs)
    return this.#waiting.size ? quietMs : -quietMs
  }

  /** Asks the broker which versions it speaks; to be done before any other request. */
  async negotiate(softwareVersion: string): Promise<void> {
    const input = { clientSoftwareName: 'kafka.do', clientSoftwareVersion: softwareVersion }
    // Version 3 and not later ones: brokers answer those that they do not know in version 0.
    this.#offered.set(apiVersions.key, { min: 0, max: 3 })
    let answer = await this.request(apiVersions, input)
    if (answer.errorCode === deliveryErrors.UNSUPPORTED_VERSION) {
      answer = await this.request(apiVersions, input, { maxVersion: 0 })
    }
    throwIfError(`agree on versions with ${this.name}`, answer)
    const offered = new Map<number, VersionRange>()
    for (const { apiKey, minVersion, maxVersion } of answer.apiKeys) {
      offered.set(apiKey, { min: minVersion, max: maxVersion })
    }
    this.#offered = offered
    this.#features = new Map(
      answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
    )
  }

  /** The level that the cluster has agreed on for `feature`; 0 where it knows none of it. */
  featureLevel(feature: string): number {
    return this.#features.get(feature) ?? 0
  }

  /** Whether the broker speaks a version of `api` between `minVersion` and ours. */
  supports(api: AnyRequestApi, minVersion = 0): boolean {
    return this.#newestVersion(api, { minVersion }) !== undefined
  }

  /**
   * Sends a request and gives its response.
   *
   * @throws TimeoutError, DisconnectedError: with `maybeApplied`, since the request was sent
   */
  request<Request, Response, Input, ResponseInput, Result = Response>(
    api: Api<Request, Response, Input, ResponseInput>,
    input: RequestInput<Input>,
    options: RequestOptions<Response, Result> = {},
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const { signal, timeoutMs = this.#timeoutMs } = options
      signal?.throwIfAborted()
      const queue = this.gate.queueFor(options)
      if (queue) {
        const onAbort = (): void => reject(signal!.reason)
        signal?.addEventListener('abort', onAbort)
        return void queue.push(() => {
          signal?.removeEventListener('abort', onAbort)
          if (!signal?.aborted) resolve(this.request(api, input, options))
        })
      }
      const version = this.#versionFor(api, options)
      const [id, sentBytes] = this.#send(api, version, input)
      if (options.isUrgent) this.#stream.flush?.()
      const sentAtMs = this.#clock.monotonic()
      const timer = this.#clock.after(timeoutMs, () => this.#giveUp(id))
      const onAbort = signal && ((): void => this.#giveUp(id, signal.reason))
      if (onAbort) signal.addEventListener('abort', onAbort)
      this.#waiting.set(id, {
        api: api as never,
        version,
        options,
        resolve,
        reject,
        sentBytes,
        sentAtMs,
        timeoutMs,
        timer,
        onAbort,
      })
    })
  }

  /**
   * Sends a request that the broker does not answer: Produce with `acks` 0. Resolves when the
   * network has taken so much of what was sent that more may follow; where it does not in time, the
   * connection ends.
   *
   * @throws DisconnectedError, with `maybeApplied`
   */
  async post<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    input: RequestInput<Input>,
    options: Pick<RequestOptions<Response, Response>, 'maxVersion' | 'timeoutMs'> = {},
  ): Promise<undefined> {
    const { timeoutMs = this.#timeoutMs } = options
    for (let queue; (queue = this.gate.queueFor());) {
      await new Promise<void>((resolve) => void queue.push(resolve))
    }
    const version = this.#versionFor(api, options)
    const [, sentBytes] = this.#send(api, version, input)
    const sentAtMs = this.#clock.monotonic()
    while (!this.#closedBy && this.#stream.bufferedBytes > bufferedMaxBytes) {
      if (this.#clock.monotonic() - sentAtMs >= timeoutMs) this.close(new Error('it takes nothing'))
      else await delay(drainPollMs, this.#clock)
    }
    const error = this.#closedBy && this.#disconnected(api.name, true)
    this.#observe({ api, version, sentBytes, sentAtMs }, 0, error)
    if (error) throw error
    return undefined
  }

  /** Does `work`, whose requests say `isExclusive`, while all others wait. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.gate.exclusively(work)
  }

  /** Ends the connection; requests without an answer fail. */
  close(reason?: Error): void {
    this.#stream.close(reason)
    this.#end(reason)
  }

  /** Returns the newest version that both sides know, if it is within the limits. */
  #newestVersion(
    api: AnyRequestApi,
    { minVersion = 0, maxVersion = Infinity }: VersionLimits,
  ): number | undefined {
    const { min, max } = this.#offered.get(api.key) ?? { min: 0, max: -1 }
    const version = Math.min(max, api.versions.max, maxVersion)
    return version >= Math.max(min, api.versions.min, minVersion) ? version : undefined
  }

  #versionFor(api: AnyRequestApi, limits: VersionLimits): number {
    const version = this.#newestVersion(api, limits)
    if (version !== undefined) return version
    const offered = this.#offered.get(api.key)
    const range = offered ? `versions ${offered.min} to ${offered.max} of it` : 'none of it'
    throw new BrokerError(
      'UNSUPPORTED_VERSION',
      `${this.name} cannot be asked for ${api.name}: it speaks ${range}`,
    )
  }

  /** Returns the correlation id, and how long the request is. */
  #send<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    version: number,
    input: RequestInput<Input>,
  ): [id: number, sentBytes: number] {
    if (this.#closedBy) throw this.#disconnected(api.name, false)
    const correlationId = this.#nextCorrelationId
    this.#nextCorrelationId = (correlationId + 1) & 0x7fff_ffff
    const writer = new ByteWriter()
    writeRequestHeader(writer, { api, version, correlationId, clientId: this.#clientId })
    const value = typeof input === 'function' ? (input as (v: number) => Input)(version) : input
    api.request.write(writer, value, encodingOf(api, version))
    const { length } = writer
    if (!this.#waiting.size) this.#busySinceMs = this.#clock.monotonic()
    this.#stream.send(writer.pieces())
    return [correlationId, length]
  }

  /** Takes out a request, which is settled now; `undefined` where it was before. */
  #take(correlationId: number): Waiting | undefined {
    const waiting = this.#waiting.get(correlationId)
    if (!waiting) return undefined
    this.#waiting.delete(correlationId)
    waiting.timer.cancel()
    const { options, onAbort } = waiting
    if (onAbort) options.signal!.removeEventListener('abort', onAbort)
    return waiting
  }

  /** Waits no longer, since the asker's `reason` says so or, without one, the time is up. */
  #giveUp(correlationId: number, reason?: unknown): void {
    const waiting = this.#take(correlationId)
    if (!waiting) return
    const { api, timeoutMs } = waiting
    const isLate = reason === undefined || reason instanceof TimeoutError
    const message = `${this.name} did not answer ${api.name} within ${timeoutMs} ms`
    this.#reject(waiting, isLate ? new TimeoutError(message, { maybeApplied: true }) : reason)
    if (isLate) this.#endIfDead(waiting)
  }

  /**
   * Ends a connection that leads nowhere any more: since a request was sent that has timed out, it
   * has brought nothing at all for half of a time limit. Requests that come one after the other
   * with shorter limits count together, unless one from before them still waits: they may be held
   * up by that.
   */
  #endIfDead({ sentAtMs, timeoutMs }: Waiting): void {
    if (this.#lastHeardMs > sentAtMs) return
    const [oldest] = this.#waiting.values()
    if (this.#lastHeardMs > this.#deafSinceMs) this.#deafSinceMs = sentAtMs
    const isHeldUp = oldest && oldest.sentAtMs < this.#deafSinceMs
    const sinceMs = isHeldUp ? sentAtMs : this.#deafSinceMs
    const silentMs = this.#clock.monotonic() - sinceMs
    if (silentMs < Math.max(timeoutMs, this.#timeoutMs) / 2) return
    this.close(new Error(`no answer for ${Math.round(silentMs)} ms`))
  }

  #receive(message: Uint8Array): void {
    this.#lastHeardMs = this.#clock.monotonic()
    // Who asked may have given up; then there is nobody to answer.
    const waiting = this.#take(correlationIdOf(message))
    if (!waiting) return
    this.roundTripMs = Math.min(this.roundTripMs, this.#lastHeardMs - waiting.sentAtMs)
    const { api, version, options, resolve } = waiting
    try {
      const response = readResponse(api, version, message) as never
      this.gate.throttle(response)
      resolve((options.receive ? options.receive(response, version) : response) as never)
    } catch (cause) {
      // A broker that cannot be understood once is not to be trusted with the rest.
      const facts = { cause, maybeApplied: true }
      const what = `the answer of ${this.name} to ${api.name} cannot be read`
      this.#reject(waiting, new DisconnectedError(what, facts), message.length)
      return this.close(cause instanceof Error ? cause : new Error(String(cause)))
    }
    this.#observe(waiting, message.length)
  }

  #end(reason: Error | undefined): void {
    if (this.#closedBy) return
    this.#closedBy = reason ?? new Error('the broker closed the connection')
    for (const id of this.#waiting.keys()) {
      const waiting = this.#take(id)!
      this.#reject(waiting, this.#disconnected(waiting.api.name, true))
    }
    this.gate.endThrottle()
    this.#markClosed()
  }

  #reject(waiting: Waiting, error: unknown, receivedBytes = 0): void {
    waiting.reject(error)
    this.#observe(waiting, receivedBytes, error)
  }

  #observe(sent: Sent, receivedBytes: number, error?: unknown): void {
    const { api, version, sentBytes, sentAtMs } = sent
    this.#observer?.tell((to) =>
      to.onRequest?.({
        broker: this.name,
        api: api.name,
        version,
        sentBytes,
        receivedBytes,
        durationMs: this.#clock.monotonic() - sentAtMs,
        error,
      }),
    )
  }

  #disconnected(apiName: string, maybeApplied: boolean): Error {
    const what = `connection to ${this.name} broke during ${apiName}`
    return unanswered(what, this.#closedBy!, maybeApplied)
  }
}
