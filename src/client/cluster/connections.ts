/**
 * The connections of one client. Each is opened when it is first needed, once even if many ask at
 * the same time, and opened again when it is needed after it broke.
 */

import type { Address } from '../../connection/frame.ts'
import { abortable, withinLimits } from '../failure/deadline.ts'
import { ClosedError, DisconnectedError, KafkaError, messageOf } from '../failure/errors.ts'
import type { ResolvedKafkaOptions } from '../settings/kafka-options.ts'
import type { Platform, Transport } from '../settings/platform.ts'
import { BrokerChannel } from './broker-channel.ts'

/** Given to brokers, for their statistics. A test compares it with package.json. */
export const clientVersion = '0.1.0'

/** A broker that does not take a connection for so long is taken for dead. */
const connectTimeoutMs = 10_000
/** Brokers end connections that are idle for four minutes or more, and lose what comes then. */
const idleMaxMs = 180_000

export class Connections {
  readonly #options: ResolvedKafkaOptions
  readonly #platform: Platform
  #transport: Promise<Transport> | undefined
  /** Open channels and those being opened, by address and purpose. */
  readonly #channels = new Map<string, Promise<BrokerChannel>>()
  readonly #open = new Map<BrokerChannel, Address>()
  /** When it last failed to connect, by broker. */
  readonly #failedAtMs = new Map<string, number>()
  #isWatching = false
  readonly #closing = new AbortController()
  #hasConnected = false

  constructor(options: ResolvedKafkaOptions, platform: Platform) {
    this.#options = options
    this.#platform = platform
  }

  /** Whether any connection was ever made: if not, the address may be wrong. */
  get hasConnected(): boolean {
    return this.#hasConnected
  }

  /**
   * Whether brokers are reached at the addresses that they advertise. Otherwise the one that the
   * URL names stands for all of them: a server that is reached over HTTP, or one in this process.
   */
  get followsAddresses(): boolean {
    return this.#options.scheme.startsWith('kafka')
  }

  /**
   * Returns the connection to `address` for `purpose`; requests of different purposes never wait
   * for each other, as those on one connection do.
   *
   * @throws DisconnectedError where there is none to be had, UnauthorizedError
   */
  channel(address: Address, purpose: string, signal?: AbortSignal): Promise<BrokerChannel> {
    const key = `${address.host}:${address.port}/${purpose}`
    const existing = this.#channels.get(key)
    if (existing) {
      const open = existing.then((channel) => {
        if (channel.silentMs < -idleMaxMs) channel.close()
        return channel.isClosed ? this.channel(address, purpose) : channel
      })
      return abortable(open, signal)
    }
    const opening = this.#connect(address)
    this.#channels.set(key, opening)
    const forget = (): void => {
      if (this.#channels.get(key) === opening) this.#channels.delete(key)
    }
    // Who comes after that connects anew; those who wait now are told by their own promise.
    opening.then((channel) => channel.closed.then(forget), forget)
    return abortable(opening, signal)
  }

  /** Closes the connections for `purpose`. */
  closePurpose(purpose: string): void {
    for (const [key, opening] of this.#channels) {
      if (!key.endsWith(`/${purpose}`)) continue
      this.#channels.delete(key)
      opening.then(
        (channel) => channel.close(new ClosedError('no longer needed')),
        () => undefined,
      )
    }
  }

  /** Closes all connections, also those being opened. */
  async close(): Promise<void> {
    const reason = new ClosedError('the client is closed')
    this.#closing.abort(reason)
    for (const channel of this.#open.keys()) channel.close(reason)
    const transport = await this.#transport?.catch(() => undefined)
    await transport?.close?.()
  }

  /** Whether `address` could not be reached just now: others are to be tried first. */
  isDoubtful(address: Address): boolean {
    const failedAtMs = this.#failedAtMs.get(this.#nameOf(address)) ?? -Infinity
    return this.#platform.clock.monotonic() - failedAtMs < connectTimeoutMs
  }

  /** Ends connections to brokers that hang, from now on: there are others to be asked. */
  async watchSilence(): Promise<void> {
    if (this.#isWatching) return
    this.#isWatching = true
    const { timeoutMs, logger } = this.#options
    try {
      const { watchSilence } = await import('./silence-watch.ts')
      await watchSilence({
        clock: this.#platform.clock,
        timeoutMs,
        open: this.#open,
        probe: async (address, timeoutMs) => (await this.#connect(address, timeoutMs)).close(),
        signal: this.#closing.signal,
      })
    } catch (error) {
      logger.warn('brokers are not watched', { error: messageOf(error) })
    }
    this.#isWatching = false
  }

  #nameOf({ host, port }: Address): string {
    return this.followsAddresses ? `${host}:${port}` : this.#options.url
  }

  async #connect(
    address: Address,
    timeoutMs = Math.min(connectTimeoutMs, this.#options.timeoutMs),
  ): Promise<BrokerChannel> {
    const { clock } = this.#platform
    const name = this.#nameOf(address)
    const { signal } = this.#closing
    const limits = { action: `connect to ${name}`, clock, timeoutMs, signal }
    try {
      const channel = await withinLimits(limits, (signal) => this.#dial(address, name, signal))
      this.#failedAtMs.delete(name)
      return channel
    } catch (error) {
      this.#failedAtMs.set(name, clock.monotonic())
      if (KafkaError.is(error) && error.code !== 'timeout') throw error
      const message = `cannot connect to ${name}: ${messageOf(error)}`
      throw new DisconnectedError(message, { cause: error })
    }
  }

  async #dial(address: Address, name: string, signal: AbortSignal): Promise<BrokerChannel> {
    const { clientId, timeoutMs, credentials, observer } = this.#options
    const { dialer } = await this.#openTransport()
    const stream = await dialer.dial(address, { signal })
    const channel = new BrokerChannel({
      stream,
      name,
      clientId,
      clock: this.#platform.clock,
      timeoutMs,
      observer,
    })
    this.#open.set(channel, address)
    void channel.closed.then(() => this.#open.delete(channel))
    // Once nobody waits for it, nobody would ever close it.
    signal.addEventListener('abort', () => channel.close())
    try {
      signal.throwIfAborted()
      await channel.negotiate(clientVersion)
      if (credentials) {
        const { authenticate } = await import('./authenticate.ts')
        await authenticate(channel, credentials, this.#platform)
      }
    } catch (error) {
      channel.close()
      throw error
    }
    this.#hasConnected = true
    return channel
  }

  #openTransport(): Promise<Transport> {
    const { url, scheme, logger, tls } = this.#options
    const open = this.#platform.transports[scheme]!
    this.#transport ??= Promise.resolve(open(url, logger, tls)).catch((error: unknown) => {
      // What is in the way, such as another process with the same folder, may go away.
      this.#transport = undefined
      throw error
    })
    return this.#transport
  }
}
