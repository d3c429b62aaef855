/** What a server can be told, and what it does when it is told nothing. */

import type { BrokerOptions } from '../broker/broker-options.ts'
import type { Logger } from '../runtime/runtime.ts'
import { isLoopbackHost } from './origin.ts'
import { textLogger } from './logger.ts'

/** The options of a server: where it listens, who may come, and those of its broker. */
export interface ServerOptions extends BrokerOptions {
  /**
   * Address to listen on. `localhost` is every loopback address; anything else can be reached
   * from other machines, so that clients have to authenticate there.
   *
   * @default 'localhost'
   */
  readonly host?: string
  /** Port for Kafka, HTTP and WebSocket alike; 0 takes any free one. @default 9092 */
  readonly port?: number
  /** Folder for the data; `memory:` keeps nothing. @default './kafka-data' */
  readonly dataFolder?: string
  /**
   * `host:port` that clients are told to connect to, for servers behind a proxy or a container's
   * port mapping.
   *
   * @default the address that each client dialled
   */
  readonly advertise?: string
  /** Web origins that may connect, besides loopback ones and the server's own. @default [] */
  readonly allowedOrigins?: readonly string[]
  /**
   * Whether a client has to say who it is, with an API key or as a SCRAM user.
   *
   * @default 'none' on loopback addresses and with `allowUnauthenticated`, else 'required'
   */
  readonly authentication?: 'none' | 'required'
  /**
   * Whether anybody who reaches the port may read and write everything. Without it,
   * `authentication: 'none'` is for loopback addresses only.
   *
   * @default false
   */
  readonly allowUnauthenticated?: boolean
  /** Serves TLS, too, on the same port. @default none */
  readonly tls?: TlsOptions
  /** Largest request, in bytes. @default 100 MiB */
  readonly maxRequestBytes?: number
  /**
   * How long a connection may be idle before it is closed; 0 is for ever. One that waits for an
   * answer is not idle.
   *
   * @default 600,000 (10 minutes)
   */
  readonly maxIdleMs?: number
  /** Whom to tell what happens. @default text on standard error */
  readonly logger?: Logger
}

/** Certificate and key of the server, as PEM. TLS 1.2 is the oldest version that is spoken. */
export interface TlsOptions {
  /** The certificate, and those between it and its authority. */
  readonly cert: string | Buffer
  /** The private key of `cert`. */
  readonly key: string | Buffer
  /** Authorities of the clients' certificates. @default those that Node trusts */
  readonly ca?: string | Buffer
  /** Whether clients need a certificate, beside whatever says who they are. @default false */
  readonly requestCert?: boolean
}

export type ResolvedServerOptions = Required<
  Omit<ServerOptions, keyof BrokerOptions | 'advertise' | 'tls'>
> & {
  readonly tls: TlsOptions | undefined
  readonly authentication: 'none' | 'required'
  readonly advertised: { readonly host: string; readonly port: number } | undefined
}

const serverDefaults = Object.freeze({
  host: 'localhost',
  port: 9092,
  dataFolder: './kafka-data',
  allowedOrigins: Object.freeze([]),
  allowUnauthenticated: false,
  maxRequestBytes: 100 * 1024 * 1024,
  maxIdleMs: 10 * 60 * 1000,
})

/** An option that can never work; the message names it and says what would. */
export class InvalidServerOptionError extends Error {
  /** The name of the class. */
  override readonly name = 'InvalidServerOptionError'
  /** The option's name. */
  readonly option: string

  /** @internal */
  constructor(facts: { option: string; expected: string; actual: unknown }) {
    super(`option '${facts.option}' must be ${facts.expected}, not '${String(facts.actual)}'`)
    this.option = facts.option
  }
}

/** Clients have to authenticate, and none could. */
export class NoCredentialsError extends Error {
  /** The name of the class. */
  override readonly name = 'NoCredentialsError'

  /** @internal */
  constructor(dataFolder: string) {
    super(
      `clients have to authenticate here, and there is no API key yet in '${dataFolder}'; ` +
        `make the first with: kafka.do key create --allow admin --data-folder ${dataFolder}`,
    )
  }
}

/** @throws InvalidServerOptionError naming the first bad option */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const { advertise, ...given } = options
  const resolved = { ...serverDefaults, logger: given.logger ?? textLogger(), ...defined(given) }
  const { port, maxRequestBytes, maxIdleMs, allowedOrigins } = resolved
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidServerOptionError({
      option: 'port',
      expected: 'between 0 and 65535',
      actual: port,
    })
  }
  if (!Number.isSafeInteger(maxRequestBytes) || maxRequestBytes < 1024) {
    const expected = 'an integer of at least 1024'
    throw new InvalidServerOptionError({
      option: 'maxRequestBytes',
      expected,
      actual: maxRequestBytes,
    })
  }
  if (!Number.isSafeInteger(maxIdleMs) || maxIdleMs < 0) {
    const expected = 'an integer of at least 0'
    throw new InvalidServerOptionError({ option: 'maxIdleMs', expected, actual: maxIdleMs })
  }
  const noOrigin = allowedOrigins.find((text) => !isOrigin(text))
  if (noOrigin !== undefined) {
    const expected = 'origins as browsers write them, such as https://example.com'
    throw new InvalidServerOptionError({ option: 'allowedOrigins', expected, actual: noOrigin })
  }
  return {
    ...resolved,
    tls: given.tls,
    authentication: authenticationOf(given.authentication, resolved),
    advertised: advertise === undefined ? undefined : parseAddress(advertise),
  }
}

function authenticationOf(
  given: ServerOptions['authentication'],
  { host, allowUnauthenticated }: { readonly host: string; readonly allowUnauthenticated: boolean },
): 'none' | 'required' {
  const mayBeNone = isLoopbackHost(host) || allowUnauthenticated
  if (given === 'none' && !mayBeNone) {
    const expected =
      `'required' where '${host}' can be reached from other machines ` +
      '(`allowUnauthenticated` takes the risk on a network you trust)'
    throw new InvalidServerOptionError({ option: 'authentication', expected, actual: given })
  }
  return given ?? (mayBeNone ? 'none' : 'required')
}

/** Returns what is left for the broker, which refuses options that it does not know. */
export function brokerOptionsOf(options: ServerOptions): BrokerOptions {
  const own = new Set([...Object.keys(serverDefaults), 'advertise', 'logger', 'tls'])
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name)))
}

/** Whether a page can have that origin: with a path, or as a pattern, it would allow nobody. */
function isOrigin(text: string): boolean {
  // Of a page in a file, or of an app, whose schemes have origins that only they know.
  if (text === 'null' || /^(?!https?:)[a-z][a-z\d+.-]*:\/\/[^/?#\s]+$/.test(text)) return true
  return URL.canParse(text) && new URL(text).origin === text
}

function parseAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^\[?([^\]/,\s]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535 || Number(port) === 0) {
    throw new InvalidServerOptionError({ option: 'advertise', expected: 'host:port', actual: text })
  }
  return { host, port: Number(port) }
}

/** Leaves out what is `undefined`, which means "not given" and must not hide a default. */
function defined<Options extends object>(
  options: Options,
): {
  [Name in keyof Options]?: Exclude<Options[Name], undefined>
} {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as ReturnType<typeof defined<Options>>
}
