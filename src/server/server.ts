/**
 * A whole server: storage, broker and the one port, put together. This is where parts are chosen;
 * everything below is handed what it needs.
 */

import type { Broker } from '../broker/broker.ts'
import { DurationHistogram } from '../broker/stats/duration-histogram.ts'
import type { Address, FrameStream } from '../connection/frame.ts'
import { IdleWatch } from '../connection/idle-watch.ts'
import { RefusedRequestError, type AuthenticatedUser } from '../connection/request-handler.ts'
import { serveStream } from '../connection/serve-stream.ts'
import { UnreadAnswers } from '../connection/unread-answers.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { installNativeCrc32c } from '../record/node-crc32c.ts'
import { systemClock, systemGiveWay, systemRandom } from '../runtime/system-runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { NodeStorage } from '../storage/node-storage.ts'
import { diskSpaceOf, healthBy, type DiskSpace, type Health } from './health.ts'
import type { Metric } from './exposition.ts'
import { metricsOf } from './metrics.ts'
import { isLoopbackHost } from './origin.ts'
import { openBroker } from './open-broker.ts'
import { Port, type Ends } from './port.ts'
import {
  brokerOptionsOf,
  NoCredentialsError,
  resolveServerOptions,
  type ResolvedServerOptions,
  type ServerOptions,
  type TlsOptions,
} from './server-options.ts'
import { processUse } from './process-use.ts'
import type { Status } from './status-page.ts'
import { version } from './version.ts'
import { Web } from './web.ts'

/** A connection that says nothing after it was opened is closed after this time. */
const firstBytesTimeoutMs = 30_000
/** So long may a request of HTTP take to come. */
const requestTimeoutMs = 30_000
/** Kafka's `sasl.server.max.receive.size`: what those may send who have not said who they are. */
const strangerMaxBytes = 512 * 1024
/** How long they have to say it: clients do so at once. */
const authenticationTimeoutMs = 30_000

/** A server: Kafka, HTTP and WebSocket on one port, and a broker behind it. */
export class KafkaServer {
  readonly #options: ResolvedServerOptions
  readonly #broker: Broker
  readonly #web: Web
  /** There is none where connections may be idle for ever. */
  readonly #idle: IdleWatch | undefined
  readonly #unread = new UnreadAnswers()
  readonly #syncs = new DurationHistogram()
  readonly #startedMs = systemClock.monotonic()
  #port: Port | undefined
  #closing: Promise<void> | undefined
  #hasFailed = false
  /** Rejects if the broker had to stop, as after a failed sync; it never resolves. */
  readonly failed: Promise<never>

  private constructor(options: ServerOptions) {
    this.#options = resolveServerOptions(options)
    const { logger, dataFolder, maxIdleMs } = this.#options
    if (maxIdleMs > 0) this.#idle = new IdleWatch({ clock: systemClock, maxIdleMs })
    const { promise, reject } = Promise.withResolvers<never>()
    this.failed = promise
    promise.catch(() => {
      // Whoever waits for `failed` is told; that nobody does must not look like a second failure.
    })
    installNativeCrc32c()
    const onSync = (durationMs: number): void => this.#syncs.add(durationMs)
    this.#broker = openBroker({
      storage: this.#isInMemory ? new MemoryStorage() : new NodeStorage(dataFolder, onSync),
      clock: systemClock,
      random: systemRandom,
      codecs: nodeCodecs,
      logger,
      options: { ...brokerOptionsOf(options), authentication: this.#options.authentication },
      onFailure: (error) => {
        this.#hasFailed = true
        reject(error)
      },
    })
    this.#web = new Web({
      originRules: {
        allowedOrigins: this.#options.allowedOrigins,
        isLoopback: isLoopbackHost(this.#options.host),
      },
      maxFrameBytes: this.#options.maxRequestBytes,
      requestTimeoutMs,
      logger,
      health: () => ({ health: this.#health(), ...this.#age() }),
      status: () => this.#status(),
      metrics: () => this.#metrics(),
      bearer: {
        allowPlaintextAuth: options.allowPlaintextAuth ?? false,
        userOf: (name, password) => this.#broker.userOf(name, password),
      },
      maySeeStatus: (user, host) => this.#broker.mayDescribeCluster(user, host),
      onKafka: (stream, ends, user) => this.#serve(stream, ends, user ? { user } : {}),
    })
  }

  /**
   * Opens the data folder and the port. Resolves when clients can connect.
   *
   * @throws InvalidServerOptionError naming a bad option; Node's error where the port is taken
   */
  static async start(options: ServerOptions = {}): Promise<KafkaServer> {
    const server = new KafkaServer(options)
    const { host, port, maxRequestBytes, logger, tls } = server.#options
    try {
      if (server.#options.authentication === 'required' && !server.#broker.hasUsers) {
        throw new NoCredentialsError(server.#options.dataFolder)
      }
      await server.#broker.whenReady()
      server.#port = await Port.listen({
        host,
        port,
        maxFrameBytes: maxRequestBytes,
        firstBytesTimeoutMs,
        logger,
        tls,
        onKafka: (stream, ends) => server.#serve(stream, ends),
        onHttp: (socket) => server.#web.accept(socket),
      })
    } catch (error) {
      await server.#broker.close()
      throw error
    }
    return server
  }

  /** Where it listens. */
  get address(): Address {
    return this.#port!.address
  }

  /** The address for `new Kafka({ url })`, browsers included. */
  get url(): string {
    const { port } = this.address
    // A certificate is for a name.
    const { tls } = this.#options
    const host = tls && this.#options.host === 'localhost' ? 'localhost' : this.address.host
    return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** Shows another certificate from now on. @throws InvalidServerOptionError */
  reloadTls(tls: TlsOptions): void {
    this.#port!.reloadTls(tls)
  }

  /** Whether clients have to say who they are. */
  get isGuarded(): boolean {
    return this.#options.authentication === 'required'
  }

  /** Stops taking requests, ends the connections, syncs and closes the log. Never rejects twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    this.#web.close()
    await this.#port?.close()
    await this.#broker.close()
  }

  #serve(stream: FrameStream, ends: Ends, web?: { readonly user?: AuthenticatedUser }): void {
    const { advertised, authentication, logger } = this.#options
    const isStranger = authentication === 'required' && !web?.user
    const deadline = isStranger
      ? systemClock.after(authenticationTimeoutMs, () => stream.close(tooLate()))
      : undefined
    serveStream(stream, {
      handler: this.#broker,
      giveWay: systemGiveWay,
      idle: this.#idle,
      unread: this.#unread,
      logger,
      ...(isStranger ? { strangerMaxBytes } : {}),
      onAuthenticated: () => deadline?.cancel(),
      onEnd: () => deadline?.cancel(),
      peer: {
        kind: web ? 'websocket' : 'tcp',
        host: ends.remoteHost,
        dialled: advertised ?? ends.dialled,
        isPrivate: ends.isEncrypted || isLoopbackHost(ends.remoteHost),
        ...web,
      },
    })
  }

  #health(): Health {
    if (this.#hasFailed) return { status: 'failed', reason: 'nothing can be stored: see the log' }
    return this.#isInMemory ? { status: 'ok' } : healthBy(this.#disk())
  }

  get #isInMemory(): boolean {
    return this.#options.dataFolder === 'memory:'
  }

  #disk(): DiskSpace | undefined {
    return this.#isInMemory ? undefined : diskSpaceOf(this.#options.dataFolder)
  }

  #age(): Pick<Status, 'version' | 'uptimeMs'> {
    return { version, uptimeMs: systemClock.monotonic() - this.#startedMs }
  }

  #metrics(): Metric[] {
    return metricsOf({
      version,
      health: this.#health(),
      disk: this.#disk(),
      connectionCount: this.#port!.connectionCount,
      syncs: this.#isInMemory ? undefined : this.#syncs,
      process: processUse(),
      broker: this.#broker.stats,
    })
  }

  #status(): Status {
    const { host, port } = this.#options.advertised ?? this.address
    return {
      ...this.#age(),
      address: `${host}:${port}`,
      connectionCount: this.#port!.connectionCount,
      dataFolder: this.#options.dataFolder,
      topics: this.#broker.describeTopics(),
    }
  }
}

function tooLate(): Error {
  return new RefusedRequestError('nobody has authenticated in time')
}
