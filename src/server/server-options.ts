/** What a server can be told, and what it does when it is told nothing. */

import type { BrokerOptions } from '../broker/broker-options.ts'
import type { Logger } from '../runtime/runtime.ts'
import { isLoopbackHost } from './origin.ts'
import { textLogger } from './logger.ts'

export interface ServerOptions extends BrokerOptions {
  /**
   * Address to listen on. `localhost` is every loopback address; anything else can be reached
   * from other machines and needs `allowUnauthenticated`.
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
   * Whether anybody who reaches the port may read and write everything. Without it, only loopback
   * addresses can be listened on.
   *
   * @default false
   */
  readonly allowUnauthenticated?: boolean
  /** Largest request, in bytes. @default 100 MiB */
  readonly maxRequestBytes?: number
  /** @default text on standard error */
  readonly logger?: Logger
}

export type ResolvedServerOptions = Required<
  Omit<ServerOptions, keyof BrokerOptions | 'advertise'>
> & {
  readonly advertised: { readonly host: string; readonly port: number } | undefined
}

export const serverDefaults = Object.freeze({
  host: 'localhost',
  port: 9092,
  dataFolder: './kafka-data',
  allowedOrigins: Object.freeze([]),
  allowUnauthenticated: false,
  maxRequestBytes: 100 * 1024 * 1024,
})

/** An option that can never work; the message names it and says what would. */
export class InvalidServerOptionError extends Error {
  override readonly name = 'InvalidServerOptionError'
  readonly option: string

  constructor(facts: { option: string; expected: string; actual: unknown }) {
    super(`option '${facts.option}' must be ${facts.expected}, not '${String(facts.actual)}'`)
    this.option = facts.option
  }
}

/** @throws InvalidServerOptionError naming the first bad option */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const { advertise, ...given } = options
  const resolved = { ...serverDefaults, logger: given.logger ?? textLogger(), ...defined(given) }
  const { port, host, maxRequestBytes } = resolved
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
  if (!isLoopbackHost(host) && !resolved.allowUnauthenticated) {
    throw new InvalidServerOptionError({
      option: 'host',
      expected:
        'a loopback address, as this server does not ask who is calling ' +
        '(`allowUnauthenticated` takes the risk on a network you trust)',
      actual: host,
    })
  }
  return { ...resolved, advertised: advertise === undefined ? undefined : parseAddress(advertise) }
}

/** Returns what is left for the broker, which refuses options that it does not know. */
export function brokerOptionsOf(options: ServerOptions): BrokerOptions {
  const own = new Set([...Object.keys(serverDefaults), 'advertise', 'logger'])
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name)))
}

function parseAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? []
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
